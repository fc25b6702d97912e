"""The first event of an order: a lane by itself, until more comes in or it is not done at its first try."""

from __future__ import annotations

import pytest

from tests.fakes.ledger import ACCEPTED, DELIVER, Ledger, action, snapshot


def test_an_event_that_comes_while_the_orders_first_is_attempted_waits_for_its_end(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    first = ledger.claim()
    ledger.accept(snapshot("e2"), action("a1"))
    assert ledger.nothing() is None
    ledger.finish(first, ACCEPTED, DELIVER)
    assert [ledger.deliver().event.id for _ in range(2)] == ["e2", "a1"]


def test_a_pending_first_event_that_is_discarded_is_no_runners_any_more(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    [waiting] = ledger.deliveries()
    assert ledger.dead.discard(waiting.id).result == "discarded"
    assert ledger.nothing() is None
    ledger.accept(snapshot("e2"))
    assert ledger.deliver().event.id == "e2"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_newer_snapshot_takes_the_place_of_a_first_one_that_waits(ledger: Ledger, at_once: bool) -> None:
    events = [snapshot("e1"), snapshot("e2"), snapshot("e3", number="1002")]
    for some in [events] if at_once else [[one] for one in events]:
        ledger.accept(*some)
    assert [ledger.deliver().event.id for _ in range(2)] == ["e2", "e3"]
    assert ledger.states()["e1"] == "superseded"
