"""The files of a store as an earlier version left them (tests/data/store): all of it is read, and its work goes on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.delivery import Link
from tests.fakes.ledger import ACCEPTED, DELIVER, SOURCE, Ledger, snapshot
from tests.fakes.servers import Server
from worker.ledger.audit import Audit
from worker.ledger.claims import Claim
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.refusals import Refusals
from worker.ledger.store.client import Store

KEPT = Path(__file__).parents[1] / "data" / "store" / "appendonlydir"
LINK = Link(order_id="77", contact_id="5", line_ids={"1": "701"}, notes={"sent": "abc"})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "store")
    shutil.copytree(KEPT, made.directory / KEPT.name)
    with made:
        yield made


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    made = Store(server.url)
    yield made
    made.close()


def test_every_state_of_a_delivery_is_read(store: Store) -> None:
    found = {one.event_id: (one.state.value, one.reason) for one in Deliveries(store).listed(Filter(provider="one"))}
    assert found == {
        "delivered-1": ("delivered", "saved"),
        "delivered-2": ("delivered", "saved"),
        "superseded-1": ("superseded", "newer"),
        "superseded-2": ("delivered", "saved"),
        "skipped-1": ("skipped", "unsupported"),
        "dead-1": ("dead", "rejected"),
        "dead-2": ("pending", None),
        "discarded-1": ("discarded", "discarded"),
        "doubt-1": ("dead", "unknown"),
        "parked-1": ("parked", "server_error"),
        "attempting-1": ("attempting", None),
        "pending-1": ("pending", None),
    }


def test_a_provider_where_nothing_was_done_has_it_all_to_come(store: Store) -> None:
    found = [one.state.value for one in Deliveries(store).listed(Filter(provider="two"))]
    assert found == ["pending"] * 12


def test_an_order_is_told_with_its_link_and_its_attempts(store: Store) -> None:
    orders = Orders(store)
    [(source, digest)] = orders.named("delivered")
    story = orders.story(digest)
    assert (source, story.order, story.revision) == (SOURCE, "delivered", 2)
    assert [event.id for event in story.events] == ["delivered-1", "delivered-2"]
    [first, second] = [one for one in story.deliveries if one.provider == "one"]
    assert (first.link, second.link) == (LINK, LINK)
    assert [(one.outcome, one.reason, one.http_status) for one in first.history] == [("accepted", "saved", 200)]


def test_a_dead_letter_says_why_and_whether_it_is_in_doubt(store: Store, server: Server) -> None:
    ledger = Ledger(server.url, "one", "two")
    groups = {(one.provider, one.reason): one.count for one in ledger.dead.groups()}
    assert groups == {("one", "rejected"): 1, ("one", "unknown"): 1}
    letters = {one.order: one for one in ledger.deliveries(state="dead")}
    assert {order: one.in_doubt for order, one in letters.items()} == {"dead": False, "doubt": True}
    assert letters["dead"].last_attempt is not None
    assert letters["dead"].last_attempt.message == "No product 'A-1'."
    event = ledger.dead.event_of(letters["doubt"].id)
    assert event is not None
    assert str(event.order.totals.grand) == "10"
    ledger.store.close()


def test_a_refusal_is_shown_with_its_body(store: Store) -> None:
    [kept] = Refusals(store).listed()
    assert (kept.shown.event_id, kept.shown.order, kept.shown.reason) == ("refused-1", "refused", "invalid")
    assert [(fault.path, fault.message) for fault in kept.shown.errors] == [("time", "is missing")]
    assert kept.body == b'{"id":"refused-1"}'


def test_what_people_did_is_on_record_and_a_pause_stands(store: Store) -> None:
    assert [(one.verb, one.why, one.who) for one in Audit(store).deeds()] == [
        ("discard", "the shop has it", "ann"),
        ("pause", "release night", "ann"),
    ]
    status = LedgerStatus(store).read("ordercast.intake")
    assert {row.provider: row.gate.state for row in status.providers} == {"one": "limited", "two": "paused"}
    [one] = [row for row in status.providers if row.provider == "one"]
    counts = (one.pending, one.attempting, one.parked, one.delivered, one.skipped, one.superseded, one.dead)
    assert counts == (2, 1, 1, 3, 1, 1, 2)
    assert status.intake.refusals == 1


def test_the_work_goes_on_where_it_was_left(server: Server) -> None:
    ledger = Ledger(server.url, "one", "two")
    ledger.resume("two", who="ann", why="the night is over")
    letters = {one.order: one.id for one in ledger.deliveries(state="dead")}
    assert ledger.dead.replay(letters["dead"]).result == "replayed"
    assert ledger.dead.replay(letters["doubt"], force=True).result == "replayed"
    ledger.advance(3600)
    for name in ("one", "two"):
        ledger.tick(name)
        while isinstance(claim := ledger.runner(name).begin(), Claim):
            ledger.finish(claim, ACCEPTED, DELIVER, name)
    states = {name: ledger.states(provider=name) for name in ("one", "two")}
    assert states["one"] == dict.fromkeys(states["one"], "delivered") | {
        "superseded-1": "superseded",
        "skipped-1": "skipped",
        "discarded-1": "discarded",
    }
    assert states["two"] == dict.fromkeys(states["one"], "delivered") | {
        "delivered-1": "superseded",
        "superseded-1": "superseded",
    }
    ledger.store.close()


def test_an_event_that_came_before_is_a_duplicate(server: Server) -> None:
    ledger = Ledger(server.url, "one", "two")
    [receipt] = ledger.accept(snapshot("pending-1", "pending"))
    assert receipt.status == "duplicate"
    assert sorted(receipt.deliveries) == sorted(one.id for one in ledger.deliveries(order="pending"))
    ledger.store.close()
