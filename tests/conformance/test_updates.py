"""An order that changes: the vendor holds what the last event said, or it is told that it cannot."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.conformance.account import Account
from tests.conformance.orders import FIRST, THEN, created, lines_of, updated

CHANGES = {
    "one changed, one removed, one added": THEN,
    "nothing": FIRST,
    "one added in front": (("700", "1", "1.00"), *FIRST),
    "the first removed": FIRST[1:],
    "the last removed": FIRST[:-1],
    "all but one removed": FIRST[1:2],
    "all exchanged": (("801", "1", "4.00"), ("802", "2", "6.00")),
    "turned around": FIRST[::-1],
    "dearer": tuple((article, quantity, "9.99") for article, quantity, _ in FIRST),
    "one article twice": (*FIRST, ("701", "4", "8.00")),
}


@pytest.mark.parametrize("then", CHANGES.values(), ids=CHANGES)
def test_an_update_leaves_exactly_the_new_lines(account: Account, then: tuple) -> None:
    link = account.save(created())
    outcome = account.deliver(updated(then), link)
    if outcome.kind is OutcomeKind.UNSUPPORTED:
        assert (outcome.reason, outcome.calls) == (Reason.CANNOT_UPDATE, 0)
        assert account.lines() == lines_of(FIRST)
        return
    assert (outcome.kind, outcome.reason) in {
        (OutcomeKind.ACCEPTED, Reason.SAVED),
        (OutcomeKind.ACCEPTED, Reason.EXISTS),
    }
    assert account.lines() == lines_of(then)
    [held] = account.orders()
    assert Decimal(str(account.row.total(held))) == sum(Decimal(q) * Decimal(p) for _, q, p in then)


@pytest.mark.parametrize("then", CHANGES.values(), ids=CHANGES)
def test_an_update_sent_again_changes_nothing_more(account: Account, then: tuple) -> None:
    link = account.save(created())
    outcome = account.deliver(updated(then), link)
    again = account.deliver(updated(then), outcome.link or link)
    assert again.kind is outcome.kind
    expected = FIRST if outcome.kind is OutcomeKind.UNSUPPORTED else then
    assert account.lines() == lines_of(expected)


def test_there_and_back_again_is_the_order_that_it_was(account: Account) -> None:
    link = account.save(created())
    for turn, lines in enumerate((THEN, FIRST, THEN[:1], FIRST)):
        outcome = account.deliver(updated(lines, event_id=f"e-{turn}"), link)
        link = outcome.link or link
    assert account.lines() == lines_of(FIRST)


def test_a_link_of_an_order_that_is_gone_is_told_and_makes_no_other(account: Account) -> None:
    """The shop's people may have deleted it: that is theirs to say."""
    link = account.save(created())
    account.sandbox.vendor(account.kind).reset()
    outcome = account.deliver(updated(), link)
    if outcome.kind is OutcomeKind.REJECTED:
        assert outcome.reason is Reason.UNKNOWN_ORDER
        assert account.orders() == []
    else:
        assert outcome.kind in {OutcomeKind.UNSUPPORTED, OutcomeKind.ACCEPTED}
        assert account.operation(updated(), link).look_up is None
