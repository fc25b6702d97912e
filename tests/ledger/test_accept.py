"""The door's atomic step: known, stored and in all lanes, or not accepted at all."""

from __future__ import annotations

import threading

import pytest

from schemas.delivery import Link, delivery_id
from schemas.order import ProviderRefs
from tests.fakes.ledger import ACCEPTED, DELIVER, Ledger, action, order_of, snapshot
from worker.errors import LeaseLost, NoProviders, StoreFull
from worker.intake.receipts import shape
from worker.ledger.intake import UNWANTED, Arrival, Intake, Reader
from worker.ledger.provider_rows import read_table
from worker.ledger.provider_table import apply_table


def test_an_accepted_event_has_one_delivery_for_each_provider(clean_store: str) -> None:
    ledger = Ledger(clean_store, "one", "two")
    [receipt] = ledger.accept(snapshot())
    assert receipt.status == "accepted"
    assert receipt.deliveries == [delivery_id(name, "shop/one", "e1") for name in ("one", "two")]
    assert [d.state for d in ledger.deliveries()] == ["pending", "pending"]


def test_a_second_one_is_a_duplicate_with_the_first_ones_receipt(ledger: Ledger) -> None:
    [first] = ledger.accept(snapshot())
    [second] = ledger.accept(snapshot())
    assert second.status == "duplicate"
    assert second.deliveries == first.deliveries
    assert len(ledger.deliveries()) == 1


def test_a_duplicate_is_known_after_its_provider_was_removed(ledger: Ledger) -> None:
    [first] = ledger.accept(snapshot())
    apply_table(ledger.store, {}, "other")
    [second] = Intake(ledger.store).accept([Arrival(snapshot(), _digest(snapshot()))])[0]
    assert (second.status, second.deliveries) == ("duplicate", first.deliveries)


def test_the_same_id_with_another_body_is_refused(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    [receipt] = ledger.accept(snapshot(grand="11"))
    assert (receipt.status, receipt.reason) == ("refused", "id_reused")
    assert receipt.errors[0]["path"] == "id"


def test_two_that_accept_the_same_event_at_once_make_one(clean_store: str) -> None:
    ledger = Ledger(clean_store)
    statuses: list[str] = []

    def accept() -> None:
        mine = Intake(ledger.store)
        statuses.extend(r.status for r in mine.accept([Arrival(snapshot(), _digest(snapshot()))])[0])

    threads = [threading.Thread(target=accept) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == ["accepted", *["duplicate"] * 7]
    assert ledger.row().pending == 1


def test_a_snapshot_older_than_one_accepted_is_superseded_at_once(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", revision=5), snapshot("e2", revision=4))
    assert ledger.states() == {"e1": "pending", "e2": "superseded"}
    assert ledger.deliveries(state="superseded")[0].reason == "stale"


def test_an_equal_revision_is_not_stale(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", revision=5), snapshot("e2", revision=5))
    assert ledger.states() == {"e1": "pending", "e2": "pending"}


def test_revisions_count_for_one_order_only(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", "1001", revision=5), snapshot("e2", "1002", revision=1))
    assert set(ledger.states().values()) == {"pending"}


def test_an_action_is_never_stale(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", revision=5), action("a1", revision=1))
    assert ledger.states()["a1"] == "pending"


def test_an_event_goes_to_the_providers_that_want_it(clean_store: str) -> None:
    ledger = Ledger(clean_store)
    wants = {
        "shops": ledger.configs["one"].__class__(
            name="shops", kind="retargeting", base_url="x", options=None, sources=("shop/*",), events=("order.created",)
        ),
        "tests": ledger.configs["one"].__class__(
            name="tests", kind="retargeting", base_url="x", options=None, sources=("other",), test_events=True
        ),
    }
    apply_table(ledger.store, wants, "new")
    ledger.accept(snapshot("e1"), snapshot("e2"), snapshot("e31", source="other"), snapshot("e41", test=True))
    assert {(d.event_id, d.provider) for d in ledger.deliveries()} == {("e1", "shops"), ("e31", "tests")}


def test_a_receipt_says_that_no_provider_wants_the_event(ledger: Ledger) -> None:
    apply_table(ledger.store, {}, "nobody")
    accepted, again = ledger.accept(snapshot())[0], ledger.accept(snapshot())[0]
    assert (accepted.status, again.status) == ("accepted", "duplicate")
    assert accepted.remarks == again.remarks == [{"path": "", "message": UNWANTED}]
    assert shape(accepted)["remarks"] == accepted.remarks
    apply_table(ledger.store, ledger.configs, "somebody")
    assert ledger.accept(snapshot("e2"))[0].remarks == []


def test_an_accept_by_an_old_table_is_made_again_by_the_new_one(ledger: Ledger) -> None:
    ledger.intake.table()
    two = ledger.configs | {"two": ledger.configs["one"].__class__(name="two", kind="x", base_url="x", options=None)}
    apply_table(ledger.store, two, "newer")
    [receipt] = ledger.accept(snapshot())
    assert len(receipt.deliveries) == 2


def test_a_removed_provider_keeps_its_number_and_takes_no_more(ledger: Ledger) -> None:
    apply_table(ledger.store, {}, "empty")
    apply_table(ledger.store, ledger.configs | {}, "back")
    assert [(row.name, row.ordinal, row.gone) for row in read_table(ledger.store).rows] == [("one", 0, False)]


def test_what_the_producer_knows_of_a_provider_fills_the_link(ledger: Ledger) -> None:
    base = order_of()
    known = base.__class__(
        **{f: getattr(base, f) for f in base.__struct_fields__} | {"refs": {"one": ProviderRefs(order_id="9")}}
    )
    ledger.accept(snapshot(order=known))
    assert ledger.claim().link == Link(order_id="9")


def test_nothing_more_is_accepted_past_max_pending(ledger: Ledger) -> None:
    small = Intake(ledger.store, max_pending=2)
    events = [snapshot(f"e{i}1", number=str(i)) for i in range(3)]
    with pytest.raises(StoreFull, match="max_pending"):
        small.accept([Arrival(event, _digest(event)) for event in events])
    assert ledger.row().pending == 2
    ledger.deliver()
    assert [r.status for r in small.accept([Arrival(e, _digest(e)) for e in events])[0]] == [
        "duplicate",
        "duplicate",
        "accepted",
    ]


def test_a_store_past_its_memory_cap_closes_the_door_and_still_drains(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.gates.measure(cap_bytes=1)
    with pytest.raises(StoreFull, match="memory_cap"):
        ledger.accept(snapshot("e2"))
    ledger.deliver()
    assert ledger.row().delivered == 1


def test_a_store_that_is_out_of_memory_accepts_nothing_and_still_drains(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    used = ledger.store.client.info("memory")["used_memory"]
    ledger.store.client.config_set("maxmemory", used // 2)
    try:
        with pytest.raises(StoreFull):
            ledger.accept(snapshot("e2", order=order_of(number="1001")))
        claim = ledger.claim()
        ledger.finish(claim, ACCEPTED, DELIVER)
    finally:
        ledger.store.client.config_set("maxmemory", 0)
    assert ledger.states() == {"e1": "delivered"}


def test_an_old_reader_of_the_letterbox_accepts_nothing(ledger: Ledger) -> None:
    ledger.store.run("reader_lease", "q", "new", 5000)
    with pytest.raises(LeaseLost):
        ledger.intake.accept([Arrival(snapshot(), _digest(snapshot()))], Reader("q", "old"))
    assert ledger.deliveries() == []


def test_runners_are_called_only_up_to_the_limit(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=2)
    called = [ledger.calls(snapshot(f"e{i}1", number=str(i))) for i in range(4)]
    assert called == [["one"], ["one"], [], []]


def test_a_batch_calls_as_many_runners_as_its_lanes_want(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=3)
    assert ledger.calls(*[snapshot(f"e{i}1", number=str(i)) for i in range(10)]) == ["one"] * 3


def test_an_id_is_still_known_thirteen_months_later(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    ledger.advance(395 * 86400)
    assert ledger.accept(snapshot())[0].status == "duplicate"


def _digest(event: object) -> str:
    from schemas.event import event_digest  # noqa: PLC0415

    return event_digest(event)  # type: ignore[arg-type]


def test_a_ledger_that_no_configuration_was_applied_to_accepts_nothing(clean_store: str) -> None:
    ledger = Ledger(clean_store)
    providers = {name: ledger.store.client.hget(ledger.store.keys.key("table"), name) for name in ("version", "json")}
    ledger.store.client.delete(ledger.store.keys.key("table"))
    mine = Intake(ledger.store)
    for _ in range(2):
        with pytest.raises(NoProviders, match="check --apply"):
            mine.accept([Arrival(snapshot(), _digest(snapshot()))])
    ledger.store.client.hset(ledger.store.keys.key("table"), mapping=providers)
    [receipt] = mine.accept([Arrival(snapshot(), _digest(snapshot()))])[0]
    assert (receipt.status, len(receipt.deliveries)) == ("accepted", 1)


def test_a_ledger_whose_store_came_back_empty_accepts_nothing_by_what_was_known_before(ledger: Ledger) -> None:
    ledger.intake.table()
    ledger.store.client.delete(ledger.store.keys.key("table"))
    with pytest.raises(NoProviders):
        ledger.accept(snapshot())
    assert ledger.deliveries() == []
