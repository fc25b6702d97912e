"""Deliveries that become dead letters, and what waits behind them."""

from __future__ import annotations

from tests.fakes.ledger import BURY, REJECTED, Ledger


def bury(ledger: Ledger, expected: str) -> str:
    """The head becomes a dead letter that was surely not done; its id."""
    claim = ledger.claim()
    assert claim.event.id == expected
    ledger.finish(claim, REJECTED, BURY)
    return the_id(ledger, expected)


def the_id(ledger: Ledger, event_id: str) -> str:
    return next(one.id for one in ledger.deliveries() if one.event_id == event_id)


def delivered(ledger: Ledger, many: int) -> list[str]:
    return [ledger.deliver().event.id for _ in range(many)]


def behind(ledger: Ledger) -> dict[str, str | None]:
    """Event id → the event that it waits behind, of what has not ended."""
    names = {one.id: one.event_id for one in ledger.deliveries()}
    return {one.event_id: names.get(one.waiting_behind or "") for one in ledger.deliveries() if one.waiting_behind}
