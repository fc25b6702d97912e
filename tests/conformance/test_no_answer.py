"""What comes of calls that get no answer: done or not, and for how long we wait."""

from __future__ import annotations

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.conformance.account import HASTY, Account
from tests.conformance.orders import FIRST, created, lines_of
from tests.fakes.hostile import closed_port
from worker.errors import LeaseLost

LATE_S = 0.3


@pytest.mark.parametrize("effect", ["hang", "reset_before", "reset_after", "commit_late"])
def test_a_save_without_an_answer_may_have_been_done(account: Account, effect: str) -> None:
    account.timeout = HASTY
    account.fault_save(effect)
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.NO_ANSWER)
    assert outcome.may_have_been_done


@pytest.mark.parametrize("effect", ["hang", "reset_before"])
def test_a_first_call_without_an_answer_is_doubt_only_where_it_changes_something(account: Account, effect: str) -> None:
    account.timeout = HASTY
    first = next(account.operation(created()).converse())
    account.fault(effect, times=None)
    outcome = account.deliver(created())
    assert outcome.kind is (OutcomeKind.UNKNOWN if first.mutating else OutcomeKind.UNAVAILABLE)
    assert (outcome.calls, outcome.may_have_been_done) == (1, first.mutating)


def test_a_refused_connection_is_surely_not_done(account: Account) -> None:
    account.base_url = f"http://127.0.0.1:{closed_port()}"
    outcome = account.deliver(created())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAVAILABLE, Reason.CONNECT)
    assert (outcome.calls, outcome.may_have_been_done) == (0, False)


def test_an_answer_that_drips_ends_at_the_deadline(account: Account) -> None:
    account.timeout = HASTY
    account.fault_save("slow", delay_s=30)
    ran = account.driver.converse(account.provider, account.operation(created()).converse())
    assert ran.outcome.kind in {OutcomeKind.UNKNOWN, OutcomeKind.UNREADABLE}
    assert ran.outcome.may_have_been_done
    assert ran.took_ms <= (HASTY.total_s + LATE_S) * 1000


def test_a_lease_too_short_for_a_save_sends_none(account: Account) -> None:
    with pytest.raises(LeaseLost):
        account.driver.converse(account.provider, account.operation(created()).converse(), lambda _needed_s: False)
    assert account.orders() == []


@pytest.mark.parametrize("effect", ["reset_before", "reset_after", "half"])
def test_doubt_is_settled_by_the_next_attempt_and_one_order_is_there(account: Account, effect: str) -> None:
    account.fault_save(effect)
    assert account.deliver(created()).may_have_been_done
    account.clear_faults()
    assert account.settle_doubt(created()).kind is OutcomeKind.ACCEPTED
    assert account.lines() == lines_of(FIRST)
