"""The day by a clock that is set by hand: what it jumps over is nothing."""

from __future__ import annotations

import random

import pytest

from schemas.outcome import Outcome
from tests.fakes.day import Day
from tests.fakes.ledger import ACCEPTED, REJECTED, UNAUTHORIZED, UNAVAILABLE, Ledger, snapshot
from tests.fakes.vendor import Vendor

HOUR_S = 3600


def lived(ledger: Ledger, outcome: Outcome, *, jumps: bool) -> tuple[Day, Vendor]:
    """Two hours in which the vendor does not take the first order, further orders, and an hour in which it takes all."""
    random.seed(7)  # how long is waited
    word = "j" if jumps else "t"
    vendor = Vendor(lambda job: outcome if job.event.subject == f"{word}0" else ACCEPTED)
    day = Day(ledger, vendor, tick_s=5, jumps=jumps)
    ledger.accept(snapshot(f"{word}01", number=f"{word}0"))
    day.run(2 * HOUR_S)
    ledger.accept(*[snapshot(f"{word}{n}1", number=f"{word}{n}") for n in (1, 2, 3)])
    day.run(60)
    vendor.rule = lambda _: ACCEPTED
    day.run(HOUR_S)
    return day, vendor


@pytest.mark.parametrize("outcome", [UNAVAILABLE, UNAUTHORIZED, REJECTED])
def test_a_day_that_jumps_makes_the_calls_of_one_that_ticks(ledger: Ledger, outcome: Outcome) -> None:
    ticking, all_asked = lived(ledger, outcome, jumps=False)
    jumping, asked = lived(ledger, outcome, jumps=True)
    assert len(jumping.ticks_ms) < len(ticking.ticks_ms) / 2
    assert {number[1:] for number in asked.holds} == {number[1:] for number in all_asked.holds}
    # A wait that ends at a tick may end at the next one, by some milliseconds that this machine took.
    assert abs(len(asked.asked) - len(all_asked.asked)) <= len(all_asked.asked) / 5
    assert [number[1:] for number in asked.asked[:10]] == [number[1:] for number in all_asked.asked[:10]]
