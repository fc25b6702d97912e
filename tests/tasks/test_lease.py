"""A lease counts from when its claim was asked for: an answer may come late, and to a repeat even later."""

from __future__ import annotations

import pytest

from tasks.deliver import LeaseGuard
from tests.fakes.ledger import ACCEPTED, DELIVER, Ledger, ended, snapshot
from worker.ledger.claims import Claim
from worker.ledger.lanes import Runner


class Hand:
    """A clock of this machine that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def hand() -> Hand:
    return Hand()


def runner_by(ledger: Ledger, hand: Hand) -> Runner:
    return Runner(ledger.store, ledger.plans["one"], clock=hand)


def pass_time(ledger: Ledger, hand: Hand, seconds: float) -> None:
    """On both clocks."""
    ledger.advance(seconds)
    hand.now_s += seconds


def repeated(ledger: Ledger, hand: Hand, after_s: float) -> tuple[Runner, Claim]:
    """A claim whose first answer was lost, and which is answered again so much later."""
    ledger.accept(snapshot("e1"), snapshot("f1", "1002"))
    runner = runner_by(ledger, hand)
    first = runner.begin()
    assert isinstance(first, Claim)
    finished = ended(first, ACCEPTED, DELIVER)
    lost = runner.finish(first, finished, request="q1")
    pass_time(ledger, hand, after_s)
    again = runner.finish(first, finished, request="q1", repeated=True)
    assert isinstance(lost, Claim)
    assert isinstance(again, Claim)
    assert lost.token == again.token
    return runner, again


def test_a_claim_that_is_answered_after_its_lease_has_ended_is_renewed_before_anything_is_sent(
    ledger: Ledger, hand: Hand
) -> None:
    plan = ledger.plans["one"]
    runner, claim = repeated(ledger, hand, plan.lease_s + 60)
    assert LeaseGuard(runner, claim)(plan.total_s)
    ledger.tick()
    assert ledger.states()["f1"] == "attempting"


def test_a_claim_that_is_answered_after_its_lease_has_ended_and_was_taken_back_sends_nothing(
    ledger: Ledger, hand: Hand
) -> None:
    plan = ledger.plans["one"]
    runner, claim = repeated(ledger, hand, plan.lease_s + 60)
    ledger.tick()
    assert not LeaseGuard(runner, claim)(plan.total_s)


def test_an_answer_that_comes_late_has_used_up_some_of_the_lease(ledger: Ledger, hand: Hand) -> None:
    plan = ledger.plans["one"]
    ledger.accept(snapshot("e1"))
    runner = runner_by(ledger, hand)
    claim = runner.begin()
    assert isinstance(claim, Claim)
    pass_time(ledger, hand, plan.lease_s + 1)
    ledger.tick()
    assert not LeaseGuard(runner, claim)(plan.total_s)


def test_what_an_attempt_has_used_up_of_its_lease_is_not_had_again_by_a_second_try_under_it(
    ledger: Ledger, hand: Hand
) -> None:
    plan = ledger.plans["one"]
    ledger.accept(snapshot("e1"))
    runner = runner_by(ledger, hand)
    claim = runner.begin()
    assert isinstance(claim, Claim)
    assert LeaseGuard(runner, claim)(plan.total_s)
    pass_time(ledger, hand, plan.lease_s - 1)
    assert LeaseGuard(runner, claim)(plan.total_s)
    pass_time(ledger, hand, 2)
    ledger.tick()
    assert ledger.states() == {"e1": "attempting"}


def test_a_clock_of_the_store_that_went_back_makes_no_lease_longer(ledger: Ledger, hand: Hand) -> None:
    plan = ledger.plans["one"]
    ledger.accept(snapshot("e1"), snapshot("f1", "1002"))
    runner = runner_by(ledger, hand)
    first = runner.begin()
    assert isinstance(first, Claim)
    finished = ended(first, ACCEPTED, DELIVER)
    runner.finish(first, finished, request="q1")
    ledger.advance(-3600)
    claim = runner.finish(first, finished, request="q1", repeated=True)
    assert isinstance(claim, Claim)
    assert runner.lease_ends_s(claim) == hand.now_s + plan.lease_s
