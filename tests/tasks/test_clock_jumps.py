"""The store's clock steps while a request has no answer yet: what is open stays open for its whole ``settle_s``."""

from __future__ import annotations

from datetime import datetime

import pytest

from schemas.delivery import Delivery
from tests.fakes.ledger import ACCEPTED, UNKNOWN, Ledger, snapshot
from tests.fakes.scripted import Script
from tests.tasks.test_rest import attempt, pass_time
from worker.providers.base import Absent

HOUR_S = 3600
SETTLE_S = 60
NOT_THERE = Absent()


def in_doubt(ledger: Ledger) -> None:
    """An order whose create got no answer, while workers watch the clock."""
    watched(ledger)
    ledger.accept(snapshot("e1"))
    attempt(ledger, Script(UNKNOWN, NOT_THERE))
    assert ledger.states() == {"e1": "parked"}


def watched(ledger: Ledger) -> None:
    ledger.gates.beat("w1@test", even_ms=ledger.store.now_ms())


def seen(ledger: Ledger, jump_s: int) -> None:
    """A worker's round that sees the jump."""
    ledger.gates.shift(jump_s * 1000, ledger.plans.values())
    watched(ledger)


def looked(ledger: Ledger) -> Script:
    """What happens at the next attempt, where the order is not there."""
    script = Script(ACCEPTED, NOT_THERE)
    attempt(ledger, script)
    return script


@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S])
def test_a_look_up_after_a_jump_is_believed_when_settle_s_has_truly_passed(ledger: Ledger, jump_s: int) -> None:
    in_doubt(ledger)
    ledger.advance(jump_s)
    seen(ledger, jump_s)
    pass_time(ledger, 30)
    watched(ledger)
    assert "act" not in looked(ledger).happened
    pass_time(ledger, SETTLE_S - 30 + 1)
    watched(ledger)
    assert "act" in looked(ledger).happened
    assert ledger.states() == {"e1": "delivered"}


def test_what_is_claimed_before_any_worker_has_seen_the_jump_waits(ledger: Ledger) -> None:
    in_doubt(ledger)
    pass_time(ledger, HOUR_S)
    assert "act" not in looked(ledger).happened
    seen(ledger, HOUR_S)
    pass_time(ledger, SETTLE_S + 1)
    watched(ledger)
    assert "act" in looked(ledger).happened


def test_a_round_that_looked_before_the_jump_does_not_vouch_for_the_clock_after_it(ledger: Ledger) -> None:
    in_doubt(ledger)
    before_ms = ledger.store.now_ms()
    pass_time(ledger, HOUR_S)
    ledger.gates.beat("w1@test", even_ms=before_ms)
    ledger.gates.beat("w2@test")
    assert "act" not in looked(ledger).happened


def test_a_clock_that_runs_evenly_costs_no_wait(ledger: Ledger) -> None:
    in_doubt(ledger)
    pass_time(ledger, SETTLE_S + 1)
    watched(ledger)
    assert "act" in looked(ledger).happened


def test_what_waits_for_its_next_try_waits_no_longer_after_a_jump_back(ledger: Ledger) -> None:
    in_doubt(ledger)
    [before] = ledger.deliveries()
    ledger.advance(-HOUR_S)
    seen(ledger, -HOUR_S)
    [after] = ledger.deliveries()
    moved_s = (at(before) - at(after)).total_seconds()
    assert HOUR_S - 5 < moved_s < HOUR_S + 5
    ledger.advance(SETTLE_S)
    assert ledger.gates.tick("one", 8).woken == 1


def test_what_came_due_before_the_jump_back_was_seen_is_due_now(ledger: Ledger) -> None:
    in_doubt(ledger)
    ledger.advance(SETTLE_S)
    ledger.advance(-HOUR_S)
    seen(ledger, -HOUR_S)
    assert ledger.gates.tick("one", 8).woken == 1


def at(delivery: Delivery) -> datetime:
    assert delivery.next_attempt_at
    return datetime.fromisoformat(delivery.next_attempt_at)
