"""One order that is far too large, and one that changes far too often: both work, and no step holds the store up."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from schemas.delivery import Link
from schemas.order import Item
from tests.bounds.gauges import no_step_over
from tests.bounds.seed import sized, take_in
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, Ledger, action, order_of, snapshot
from worker.ledger.claims import Claim
from worker.ledger.customers import Customers
from worker.ledger.retention import Retention

LINES = 2_000
EVENTS = sized(10_000, 4_000)
STEP_WRITES = 15_000
"""A step holds the server for no longer than so many single writes would."""
DAY_MS = 86_400_000


def claim(ledger: Ledger) -> Claim:
    """The next attempt, after as many steps as it takes to retire what is in front of it."""
    for _ in range(EVENTS // 100 + 1):
        claimed = ledger.runner().begin()
        if isinstance(claimed, Claim):
            return claimed
    pytest.fail("more steps than a hundred retirings each would take")


def test_an_order_of_two_thousand_lines_goes_through_with_the_ids_of_all_of_them(ledger: Ledger) -> None:
    items = [
        Item(id=str(n), name=f"Nail no. {n}", quantity=Decimal(n + 1), unit_price=Decimal(1)) for n in range(LINES)
    ]
    order = msgspec.structs.replace(order_of(), items=items)
    ids = Link(order_id="77", line_ids={str(n): str(900_000 + n) for n in range(LINES)})
    with no_step_over(ledger, STEP_WRITES):
        ledger.accept(snapshot("e1", order=order))
        first = ledger.claim()
        assert first.event.order.items == items
        ledger.finish(first, msgspec.structs.replace(ACCEPTED, link=ids), DELIVER)
        ledger.accept(snapshot("e2", order=order))
        assert ledger.claim().link == ids


def test_thousands_of_snapshots_of_one_order_are_retired_in_bounded_steps(ledger: Ledger) -> None:
    with no_step_over(ledger, STEP_WRITES):
        take_in(ledger, [snapshot(f"e{n}") for n in range(EVENTS)])
        last = claim(ledger)
        ledger.finish(last, ACCEPTED, DELIVER)
    assert last.event.id == f"e{EVENTS - 1}"
    assert (ledger.row().superseded, ledger.row().delivered, ledger.row().pending) == (EVENTS - 1, 1, 0)


def test_thousands_of_events_behind_a_dead_letter_cost_no_step_more(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    with no_step_over(ledger, STEP_WRITES):
        take_in(ledger, [action(f"a{n}") for n in range(EVENTS)])
        take_in(ledger, [snapshot(f"f{n}") for n in range(200)])
        assert ledger.nothing() is None
        [letter] = ledger.deliveries(state="dead")
        assert ledger.dead.discard(letter.id).result == "discarded"
        assert ledger.deliver().event.id == "a0"


def test_an_order_of_thousands_of_events_is_forgotten_in_bounded_steps(ledger: Ledger) -> None:
    take_in(ledger, [snapshot(f"e{n}") for n in range(EVENTS)])
    ledger.finish(claim(ledger), ACCEPTED, DELIVER)
    ledger.advance(15 * 86_400)
    tidy = Retention(ledger.store, 14 * DAY_MS, Customers(ledger.store))
    with no_step_over(ledger, STEP_WRITES):
        forgotten = [tidy.sweep(ledger.store.now_ms()) for _ in range(EVENTS // 200 + 1)]
    assert (max(forgotten), sum(forgotten)) == (200, EVENTS)
