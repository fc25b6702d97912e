"""What a provider allows and asks for: its rate in calls, its own count of tokens, Retry-After."""

from __future__ import annotations

import pytest

from schemas.config import Rate
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from tests.fakes.ledger import ACCEPTED, DELIVER, UNAVAILABLE, Ledger, park, snapshot
from worker.ledger.claims import Left, Wait


def many(count: int) -> list[object]:
    return [snapshot(f"e{i}1", number=str(i)) for i in range(count)]


def throttled(wait_s: float | None = None) -> Outcome:
    return Outcome(kind=OutcomeKind.THROTTLED, reason=Reason.THROTTLED, wait_s=wait_s, http_status=429, calls=1)


def test_a_throttled_provider_is_left_alone_for_as_long_as_it_asked(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    ledger.finish(ledger.claim(), throttled(30), park(30))
    assert isinstance(ledger.nothing(), Left)
    ledger.advance(31)
    ledger.claim()


def test_a_rate_counts_calls_and_says_how_long_to_wait(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=2, burst=2))
    ledger.accept(*many(5))
    ledger.claim()
    ledger.claim()
    waits = ledger.nothing()
    assert isinstance(waits, Wait)
    assert waits.why == "rate"
    assert 0 < waits.wait_s <= 0.5
    ledger.advance(0.6)
    ledger.claim()


def test_a_conversation_of_many_calls_takes_as_many_tokens(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=1, burst=4))
    ledger.accept(*many(5))
    four_calls = Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, calls=4)
    ledger.finish(ledger.claim(), four_calls, DELIVER)
    assert isinstance(ledger.nothing(), Left)
    ledger.advance(3.5)
    assert isinstance(ledger.nothing(), Wait), "the next one is expected to make as many"
    ledger.advance(0.6)
    ledger.claim()


def test_the_providers_own_count_of_tokens_beats_ours(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=1, burst=20))
    ledger.accept(*many(5))
    told = Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, calls=1, tokens_left=0)
    ledger.finish(ledger.claim(), told, DELIVER)
    assert isinstance(ledger.nothing(), Wait)


def test_fewer_calls_than_expected_give_their_tokens_back(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=1, burst=4))
    ledger.accept(*many(5))
    ledger.finish(ledger.claim(), Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, calls=4), DELIVER)
    ledger.advance(4)
    ledger.finish(ledger.claim(), Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, calls=1), DELIVER)
    ledger.advance(1)
    ledger.claim()


def test_a_lane_that_is_not_there_costs_no_token(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=1, burst=1))
    assert ledger.nothing() is None
    ledger.accept(*many(1))
    ledger.claim()


def test_a_provider_that_throttles_and_does_not_say_for_how_long_is_left_alone_too(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    ledger.finish(ledger.claim(), throttled(), park(5))
    assert isinstance(ledger.nothing(), Left)
    ledger.advance(6)
    ledger.claim()


def test_a_shorter_wait_asked_for_later_does_not_end_a_longer_one(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    claims = [ledger.claim(), ledger.claim()]
    ledger.finish(claims[0], throttled(60), park(60))
    ledger.finish(claims[1], throttled(10), park(10))
    ledger.advance(30)
    assert isinstance(ledger.nothing(), Left)


def test_people_see_that_the_provider_asked_to_be_left_alone(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    ledger.finish(ledger.claim(), throttled(60), park(60))
    gate = ledger.row().gate
    assert (gate.state, gate.reason) == ("limited", "throttled")
    assert gate.until is not None
    ledger.advance(61)
    assert ledger.row().gate.reason is None


def test_nobody_may_ask_for_more_than_an_hour(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    ledger.finish(ledger.claim(), throttled(86_400), park(3600))
    ledger.advance(3601)
    ledger.claim()


def test_what_was_asked_for_is_heard_from_an_earlier_opening_too(ledger: Ledger) -> None:
    ledger.accept(*many(3))
    slow = ledger.claim()
    ledger.pause("one", who="ann", why="night", at_ms=0)
    ledger.resume("one", who="ann", why="morning")
    ledger.finish(slow, throttled(60), park(60))
    assert isinstance(ledger.nothing(), Left)
    assert ledger.row().limit == 8


def test_no_probe_goes_out_before_the_time_the_provider_asked_for(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    told = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, calls=1, wait_s=600)
    for _ in range(5):
        ledger.finish(ledger.claim(), told, park(600))
    assert ledger.row().gate.state == "tripped"
    ledger.advance(590)
    assert isinstance(ledger.nothing(), Left)
    ledger.advance(11)
    ledger.claim()


def test_a_throttled_probe_keeps_the_next_one_back(ledger: Ledger) -> None:
    ledger.accept(*many(10))
    for _ in range(5):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(1000))
    ledger.advance(10)
    ledger.finish(ledger.claim(), throttled(300), park(300))
    ledger.advance(290)
    assert isinstance(ledger.nothing(), Left)
    ledger.advance(11)
    ledger.claim()


WAIT = Verdict(kind=VerdictKind.PARK, reason=Reason.THROTTLED, wait_s=30)


@pytest.mark.parametrize("waits", ["paused", "full", "rate", "throttled", "held"])
def test_waiting_for_the_gate_spends_no_try_and_is_no_attempt(clean_store: str, waits: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=1, rate=Rate(per_second=1, burst=1))
    ledger.accept(*many(2))
    if waits == "paused":
        ledger.pause("one", who="ann", why="night", at_ms=0)
    elif waits == "held":
        denied = Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, calls=1)
        for _ in range(2):
            ledger.finish(ledger.claim(), denied, Verdict(kind=VerdictKind.HOLD, reason=Reason.CREDENTIALS, wait_s=1))
            ledger.advance(1.1)
    elif waits == "throttled":
        ledger.finish(ledger.claim(), throttled(30), WAIT)
    else:
        first = ledger.claim()
        if waits == "rate":
            ledger.finish(first, ACCEPTED, DELIVER)
    for _ in range(3):
        assert isinstance(ledger.nothing(), Left | Wait)
    ledger.advance(62)
    ledger.resume("one", who="ann", why="morning")
    ledger.tick()
    if waits == "full":
        ledger.finish(first, ACCEPTED, DELIVER)
        ledger.advance(2)
    assert ledger.claim().tries == 0
