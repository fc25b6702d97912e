"""A list by any filter has what a look at every delivery finds, though most are passed over half read."""

from __future__ import annotations

from itertools import product

from schemas.delivery import Delivery, State
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    NO_ORDER,
    REJECTED,
    SKIP,
    UNAVAILABLE,
    UNWANTED,
    Ledger,
    action,
    park,
    snapshot,
)  # fmt: skip
from worker.ledger.queries.deliveries import Filter

AFTER_AN_HOUR = park(3600)


def deliveries_of_every_kind(ledger: Ledger) -> list[Delivery]:
    """One delivery of each state at least, some of them after a first attempt that came to something else."""
    ledger.accept(*(snapshot(f"{number}.1", number=number) for number in "12345"))
    for outcome, verdict in ((UNAVAILABLE, park(1)), (UNAVAILABLE, park(1)), (UNWANTED, SKIP), (REJECTED, BURY)):
        ledger.finish(ledger.claim(), outcome, verdict)
    ledger.finish(ledger.claim(), NO_ORDER, BURY)
    ledger.advance(2)
    ledger.tick()
    ledger.finish(ledger.claim(), ACCEPTED, DELIVER)
    ledger.finish(ledger.claim(), UNAVAILABLE, AFTER_AN_HOUR)
    ledger.dead.discard(next(ledger.records.listed(Filter(state=State.DEAD))).id)
    ledger.accept(snapshot("6.2", number="6", revision=2), snapshot("6.1", number="6", revision=1))
    ledger.accept(action("6.3", number="6"), snapshot("7.1", number="7"))
    ledger.deliver()
    ledger.claim()
    return list(ledger.records.listed(Filter()))


def test_any_filter_finds_what_a_look_at_every_delivery_finds(ledger: Ledger) -> None:
    kept = deliveries_of_every_kind(ledger)
    assert {one.state for one in kept} == set(State)
    attempted = {one.last_attempt.reason for one in kept if one.last_attempt}
    reasons = [None, "never_heard_of", *sorted({one.reason for one in kept if one.reason} | attempted)]
    types = [None, "order.refunded", *sorted({one.event_type for one in kept})]
    for state, reason, kind in product([None, *State], reasons, types):
        wanted = Filter(state=state, reason=reason, type=kind)
        found = sorted(one.id for one in ledger.records.listed(wanted))
        assert found == sorted(one.id for one in kept if wanted.takes(one)), wanted
    assert not list(ledger.records.listed(Filter(source="shop/another")))
