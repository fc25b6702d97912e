"""What an action does is named by its own id: a second event of the same act moves nothing again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from schemas.delivery import delivery_id
from schemas.event import Event, EventData, EventType, Invoice, Refund, RefundLine, event_digest
from schemas.outcome import Reason
from tests.fakes.ledger import Ledger, action, order_of, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.intake import Arrival, Intake, Receipt
from worker.ledger.provider_table import apply_table

DAY_S = 86_400


@pytest.fixture
def two(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, "one", "two")
    yield made
    made.store.close()


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3, "one")
    yield made
    made.close()


def refund(event_id: str, refund_id: str | None = "rf-9", amount: str | None = "10.00", **more: Any) -> Event:
    told = {"amount": Decimal(amount)} if amount else {}
    told |= {name: more.pop(name) for name in ("lines", "whole", "reason", "restock") if name in more}
    data = EventData(refund=Refund(id=refund_id, **told))
    return action(event_id, type=EventType.REFUNDED, data=data, **more)


def line(item_id: str, amount: str | None = "5.00", quantity: str | None = None) -> RefundLine:
    return RefundLine(
        item_id=item_id, amount=Decimal(amount) if amount else None, quantity=Decimal(quantity) if quantity else None
    )


def lines(*of: RefundLine) -> dict[str, Any]:
    return {"amount": None, "lines": list(of)}


def invoice(event_id: str, number: str | None = "900", **told: Any) -> Event:
    return action(event_id, type=EventType.INVOICED, data=EventData(invoice=Invoice(number=number, **told)))


def tell(ledger: Ledger, *events: Event) -> list[Receipt]:
    """Each event in a step of its own."""
    return [receipt for event in events for receipt in ledger.accept(event)]


def statuses(receipts: list[Receipt]) -> list[str]:
    return [receipt.status for receipt in receipts]


def is_refused(receipt: Receipt) -> str:
    """The one sentence of an id that was used for something else."""
    assert (receipt.status, receipt.reason, receipt.deliveries) == ("refused", Reason.ID_REUSED, [])
    [error] = receipt.errors
    assert error["path"] == "data.refund.id"
    return error["message"]


def test_a_second_event_of_one_refund_is_a_duplicate_that_names_the_first(two: Ledger) -> None:
    first, second = tell(two, refund("a1"), refund("a2"))
    assert (first.status, first.duplicate_of) == ("accepted", None)
    assert (second.event_id, second.status, second.duplicate_of) == ("a2", "duplicate", "a1")
    assert second.deliveries == first.deliveries == [delivery_id(name, "shop/one", "a1") for name in ("one", "two")]
    assert two.states(provider="one") == {"a1": "pending"}


def test_a_second_event_of_one_refund_is_known_within_one_batch(ledger: Ledger) -> None:
    receipts = ledger.accept(snapshot("e1"), refund("a1"), refund("a2"), refund("a3", "rf-10"), refund("a4"))
    assert statuses(receipts) == ["accepted", "accepted", "duplicate", "accepted", "duplicate"]
    assert [receipt.duplicate_of for receipt in receipts] == [None, None, "a1", None, "a1"]


def test_a_second_event_of_one_refund_is_known_over_the_steps_of_a_long_batch(ledger: Ledger) -> None:
    receipts = ledger.accept(*(refund(f"a{n}") for n in range(40)))
    assert statuses(receipts) == ["accepted", *["duplicate"] * 39]
    assert ledger.row().pending == 1


def test_a_second_event_of_one_invoice_number_is_a_duplicate(ledger: Ledger) -> None:
    later = datetime(2026, 11, 21, 13, tzinfo=UTC)
    receipts = tell(ledger, invoice("a1"), invoice("a2", issued_at=later, notify=True), invoice("a3", "901"))
    assert statuses(receipts) == ["accepted", "duplicate", "accepted"]
    assert receipts[1].duplicate_of == "a1"


@pytest.mark.parametrize("nameless", [refund("a1", None), invoice("a1", None), action("a1")], ids=lambda e: e.type)
def test_two_equal_actions_without_an_id_are_two(ledger: Ledger, nameless: Event) -> None:
    again = action("a2", type=nameless.type, data=nameless.data)
    assert statuses(tell(ledger, nameless, again)) == ["accepted", "accepted"]
    assert ledger.states() == {"a1": "pending", "a2": "pending"}


@pytest.mark.parametrize(
    "other",
    [
        refund("a2", number="1002"),
        refund("a2", source="shop/two"),
        refund("a2", "RF-9"),
        refund("a2", test=True),
        invoice("a2", "rf-9"),
    ],
    ids=["order", "source", "id", "a test", "type"],
)
def test_an_act_is_named_within_its_source_order_and_type(ledger: Ledger, other: Event) -> None:
    assert statuses(tell(ledger, refund("a1"), other)) == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (refund("a1", amount="10.00"), refund("a2", amount="10")),
        (refund("a1", reason="broken"), refund("a2", restock=False, revision=7)),
        (refund("a1", amount=None, whole=True), refund("a2", amount=None, whole=True)),
        (refund("a1", **lines(line("1"), line("2"))), refund("a2", **lines(line("2", "5.0"), line("1")))),
        (refund("a1", **lines(line("1", quantity="1.0"))), refund("a2", **lines(line("1", quantity="1")))),
        (refund("a1", **lines(line("1", quantity="0"))), refund("a2", **lines(line("1")))),
    ],
    ids=["spelling", "what is no money", "whole", "order of lines", "spelling of a quantity", "no quantity"],
)
def test_the_same_money_and_lines_are_the_same_act(ledger: Ledger, first: Event, second: Event) -> None:
    assert statuses(tell(ledger, first, second)) == ["accepted", "duplicate"]


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (refund("a1"), refund("a2", amount="12.5"), ("an amount of 10;", "an amount of 12.5.")),
        (refund("a1"), refund("a2", amount=None, whole=True), ("an amount of 10;", "the whole order.")),
        (refund("a1", **lines(line("1"))), refund("a2", amount="5"), ("1 line of 5 in all;", "an amount of 5.")),
        (refund("a1", **lines(line("1"))), refund("a2", **lines(line("2"))), ("1 line of 5 in all", "other lines")),
        (
            refund("a1", **lines(line("1", None, "1"))),
            refund("a2", **lines(line("1", None, "1"), line("2"))),
            ("1 line", "2 lines"),
        ),
    ],
    ids=["amount", "whole", "lines or amount", "lines", "more lines"],
)
def test_other_money_under_the_same_refund_id_is_refused_and_says_what_was_told_first(
    ledger: Ledger, first: Event, second: Event, says: tuple[str, str]
) -> None:
    _, receipt = tell(ledger, first, second)
    message = is_refused(receipt)
    assert "'rf-9'" in message
    assert "'a1'" in message
    assert all(word in message for word in says), message
    assert ledger.states() == {"a1": "pending"}


def test_a_very_long_refund_id_is_not_told_whole(ledger: Ledger) -> None:
    _, receipt = tell(ledger, refund("a1", "r" * 5_000), refund("a2", "r" * 5_000, "11"))
    assert len(is_refused(receipt)) < 500


def test_a_refused_telling_leaves_its_id_free_to_be_corrected(ledger: Ledger) -> None:
    _, wrong, right = tell(ledger, refund("a1"), refund("a2", amount="11"), refund("a2", "rf-10", amount="11"))
    assert (wrong.status, right.status) == ("refused", "accepted")


def test_an_act_that_was_not_told_for_longer_than_is_kept_is_forgotten(ledger: Ledger) -> None:
    tell(ledger, refund("a1"))
    ledger.advance(790 * DAY_S)
    tell(ledger, snapshot("e1", number="1002"))
    assert statuses(tell(ledger, refund("a3"))) == ["accepted"]


def test_a_third_telling_under_the_second_id_is_answered_as_the_second(ledger: Ledger) -> None:
    first, second, third = tell(ledger, refund("a1"), refund("a2"), refund("a2"))
    assert (third.status, third.duplicate_of, third.deliveries) == ("duplicate", "a1", first.deliveries)
    assert second == third


def test_the_second_id_is_taken_as_any_other_is(ledger: Ledger) -> None:
    *_, other = tell(ledger, refund("a1"), refund("a2"), snapshot("a2"))
    assert (other.status, other.reason, other.errors[0]["path"]) == ("refused", "id_reused", "id")


def test_the_first_event_told_again_is_a_duplicate_of_itself_alone(ledger: Ledger) -> None:
    _, again = tell(ledger, refund("a1"), refund("a1"))
    assert (again.status, again.duplicate_of) == ("duplicate", None)


def test_an_event_id_with_a_bar_in_it_is_named_whole(ledger: Ledger) -> None:
    _, second, third = tell(ledger, refund("a|1|"), refund("a2"), refund("a2"))
    assert second.duplicate_of == third.duplicate_of == "a|1|"


def test_an_act_is_known_thirteen_months_later(ledger: Ledger) -> None:
    tell(ledger, refund("a1"))
    ledger.advance(395 * DAY_S)
    assert tell(ledger, refund("a2"))[0].duplicate_of == "a1"


@pytest.mark.parametrize("again", ["a1", "a2"], ids=["by the same event", "by another"])
def test_an_act_is_kept_for_as_long_again_from_each_time_it_is_told(ledger: Ledger, again: str) -> None:
    tell(ledger, refund("a1"))
    ledger.advance(395 * DAY_S)
    tell(ledger, refund(again))
    ledger.advance(395 * DAY_S)
    tell(ledger, snapshot("e1", number="1002"))  # what is too old is forgotten by the first event of a generation
    [receipt] = tell(ledger, refund("a3"))
    assert (receipt.status, receipt.duplicate_of) == ("duplicate", "a1")


def test_an_act_is_known_after_its_provider_was_removed(ledger: Ledger) -> None:
    [first] = tell(ledger, refund("a1"))
    apply_table(ledger.store, {}, "other")
    ledger.intake = Intake(ledger.store)
    [second] = tell(ledger, refund("a2"))
    assert (second.status, second.deliveries) == ("duplicate", first.deliveries)


def test_an_act_that_nobody_wanted_is_not_done_by_its_second_event(ledger: Ledger) -> None:
    apply_table(ledger.store, {}, "nobody")
    tell(ledger, refund("a1"))
    apply_table(ledger.store, ledger.configs, "again")
    [second] = tell(ledger, refund("a2"))
    assert (second.status, second.duplicate_of, second.deliveries) == ("duplicate", "a1", [])


def test_many_that_tell_of_one_refund_at_once_move_it_once(ledger: Ledger) -> None:
    receipts: list[Receipt] = []

    def accept(event: Event) -> None:
        receipts.extend(Intake(ledger.store).accept([Arrival(event, event_digest(event))])[0])

    threads = [threading.Thread(target=accept, args=[refund(f"a{n}")]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [first] = [receipt for receipt in receipts if receipt.status == "accepted"]
    assert {receipt.duplicate_of for receipt in receipts if receipt is not first} == {first.event_id}
    assert ledger.row().pending == 1


def test_an_act_is_known_in_the_shard_of_its_order(split: SplitLedger) -> None:
    numbers = [split.numbers(shard, 1)[0] for shard in range(3)]
    split.accept(*(refund(f"a{number}", number=number) for number in numbers))
    second = split.accept(*(refund(f"b{number}", number=number) for number in numbers))
    assert [receipt.duplicate_of for receipt in second] == [f"a{number}" for number in numbers]


def test_only_an_action_that_carries_an_id_costs_anything_for_it(ledger: Ledger) -> None:
    """What is remembered of each event: one entry, and one more for an act that has a name."""
    tell(ledger, snapshot("e1"), snapshot("e2", order=order_of(grand="11")), action("a1"), refund("a2", None))
    assert _remembered(ledger) == 4
    tell(ledger, refund("a3"), invoice("a4"))
    assert _remembered(ledger) == 8


def test_an_id_costs_an_action_no_further_command_of_the_store(ledger: Ledger) -> None:
    nameless = [refund(f"a{n}", None, number=f"{n}") for n in range(16)]
    named = [refund(f"b{n}", number=f"1{n:02}") for n in range(16)]
    ledger.accept(*(refund(f"w{n}", number=f"2{n:02}") for n in range(16)))  # as many runners are called as may be
    assert _commands(ledger, nameless) == _commands(ledger, named)


def _commands(ledger: Ledger, events: list[Event]) -> Counter[str]:
    """The commands of the store that accepting these takes."""
    before = _so_far(ledger)
    ledger.accept(*events)
    return _so_far(ledger) - before


def _so_far(ledger: Ledger) -> Counter[str]:
    """Commands by name, but for the one that asks this."""
    told = ledger.store.client.info("commandstats")
    return Counter({name: said["calls"] for name, said in told.items() if name != "cmdstat_info"})


def _remembered(ledger: Ledger) -> int:
    client = ledger.store.client
    return sum(client.hlen(key) for key in client.scan_iter(ledger.store.keys.key("seen", generation="*")))
