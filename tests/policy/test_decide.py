"""The deciding, by a table and by properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.config import ProviderConfig
from schemas.outcome import Outcome, OutcomeKind, Reason, VerdictKind
from worker.policy.backoff import backoff_s
from worker.policy.decide import Facts, decide, fingerprint
from worker.policy.plan import plan_of

PLAN = plan_of(ProviderConfig(name="one", kind="x", base_url="x", options=None))
DAY_S = 86_400


def outcome(kind: str, reason: Reason = Reason.SERVER_ERROR, **more: object) -> Outcome:
    return Outcome(kind=OutcomeKind(kind), reason=reason, **more)


SETTLE, PARK, BURY, HOLD = VerdictKind.SETTLE, VerdictKind.PARK, VerdictKind.BURY, VerdictKind.HOLD
LATE = {"open_s": 72 * 3600 + 1}

TABLE = [
    ("accepted", {}, {}, (SETTLE, "saved")),
    ("unsupported", {}, {}, (SETTLE, "no_email")),
    ("rejected", {}, {}, (BURY, "rejected")),
    ("rejected", {}, {"in_doubt": True}, (BURY, "rejected")),
    ("unauthorized", {}, {}, (HOLD, "credentials")),
    ("unauthorized", {}, LATE, (HOLD, "credentials")),
    ("unauthorized", {}, {"was_tested": True}, (BURY, "forbidden")),
    ("unauthorized", {}, {"own_failures": 9}, (HOLD, "credentials")),
    ("unauthorized", {}, {"own_failures": 10}, (BURY, "forbidden")),
    ("throttled", {"wait_s": 7}, {}, (PARK, "throttled")),
    ("throttled", {"wait_s": 7}, LATE, (PARK, "throttled")),
    ("unavailable", {}, {}, (PARK, "server_error")),
    ("unavailable", {}, LATE, (BURY, "exhausted")),
    ("unavailable", {}, {**LATE, "in_doubt": True}, (BURY, "unknown")),
    ("unavailable", {}, {"asks": True}, (PARK, "server_error")),
    ("unavailable", {}, {"probes_failed": 10}, (PARK, "server_error")),
    ("unavailable", {}, {"probes_failed": 9, "others_succeed": True}, (PARK, "server_error")),
    ("unavailable", {}, {"probes_failed": 10, "others_succeed": True}, (BURY, "exhausted")),
    ("unknown", {}, {"probes_failed": 10, "others_succeed": True}, (BURY, "unknown")),
    ("unknown", {}, {}, (PARK, "server_error")),
    ("unknown", {}, {"asks": True}, (BURY, "unknown")),
    ("unknown", {}, LATE, (BURY, "unknown")),
    ("unknown", {}, {"too_early_s": 30.0, **LATE}, (PARK, "too_early")),
    ("unreadable", {}, {"own_failures": 2}, (PARK, "server_error")),
    ("unreadable", {}, {"own_failures": 3}, (BURY, "unreadable")),
    ("unreadable", {"may_have_been_done": True}, {"asks": True}, (BURY, "unknown")),
    ("unreadable", {"may_have_been_done": False}, LATE, (BURY, "exhausted")),
]
REASONS = {"accepted": Reason.SAVED, "unsupported": Reason.NO_EMAIL, "rejected": Reason.NO_PRODUCT}


@pytest.mark.parametrize(("kind", "said", "facts", "expected"), TABLE)
def test_each_outcome_has_its_verdict(kind: str, said: dict, facts: dict, expected: tuple) -> None:
    verdict = decide(outcome(kind, REASONS.get(kind, Reason.SERVER_ERROR), **said), Facts(**facts), PLAN, 0.5)
    assert (verdict.kind, verdict.reason) == expected


@pytest.mark.parametrize(
    ("kind", "spends"),
    [("throttled", False), ("unavailable", True), ("unknown", True), ("unreadable", True), ("unauthorized", False)],
)
def test_what_spends_a_try(kind: str, spends: bool) -> None:
    assert decide(outcome(kind), Facts(), PLAN, 0.5).spends_try is spends


@pytest.mark.parametrize("kind", ["throttled", "unauthorized", "unavailable", "unreadable"])
def test_what_may_have_been_done_is_in_doubt_whatever_ended_it(kind: str) -> None:
    assert decide(outcome(kind, may_have_been_done=True), Facts(), PLAN, 0.5).in_doubt


def test_a_throttled_delivery_waits_as_long_as_it_was_told() -> None:
    assert decide(outcome("throttled", wait_s=17), Facts(), PLAN, 0.5).wait_s == 17


def test_no_provider_may_ask_for_more_than_an_hour() -> None:
    assert decide(outcome("throttled", wait_s=DAY_S), Facts(), PLAN, 0.5).wait_s == 3600


def test_what_alone_is_refused_our_credentials_is_tried_ever_more_seldom() -> None:
    waits = [decide(outcome("unauthorized"), Facts(own_failures=row), PLAN, 1.0).wait_s for row in (0, 1, 2, 3)]
    assert waits == [15, 15, 45, 135]


def test_a_too_early_look_up_waits_just_until_it_can_be_believed() -> None:
    verdict = decide(outcome("unknown"), Facts(too_early_s=42.0), PLAN, 0.5)
    assert (verdict.wait_s, verdict.in_doubt, verdict.spends_try) == (42.0, True, False)


@pytest.mark.parametrize("kind", ["throttled", "unauthorized", "unavailable", "unreadable"])
def test_doubt_stays_until_it_is_resolved(kind: str) -> None:
    assert decide(outcome(kind), Facts(in_doubt=True), PLAN, 0.5).in_doubt


@pytest.mark.parametrize("kind", ["throttled", "unauthorized", "unavailable", "unreadable"])
def test_what_was_surely_not_done_opens_no_doubt(kind: str) -> None:
    assert not decide(outcome(kind), Facts(), PLAN, 0.5).in_doubt


@given(
    st.sampled_from(list(OutcomeKind)),
    st.builds(
        Facts,
        tries=st.integers(0, 10_000),
        open_s=st.floats(0, 1e9),
        in_doubt=st.booleans(),
        asks=st.booleans(),
        was_tested=st.booleans(),
        own_failures=st.integers(0, 5),
        too_early_s=st.none() | st.floats(0, 3600),
    ),
    st.floats(0, 1),
)
def test_every_outcome_ends_somewhere_within_a_bounded_time(kind: OutcomeKind, facts: Facts, jitter: float) -> None:
    verdict = decide(outcome(kind), facts, PLAN, jitter)
    assert verdict.kind in VerdictKind
    assert 0 <= verdict.wait_s <= 3600
    if verdict.kind is VerdictKind.SETTLE:
        assert verdict.state in ("delivered", "skipped")


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_back_off_lies_between_its_floor_and_its_cap(tries: int, jitter: float) -> None:
    assert PLAN.first_s <= backoff_s(tries, PLAN, jitter) <= PLAN.cap_s


def test_back_off_grows_by_its_factor() -> None:
    assert [backoff_s(n, PLAN, 1.0) for n in (1, 2, 3, 9)] == [15, 45, 135, 3600]
    assert [backoff_s(n, PLAN, 0.0) for n in (1, 2, 9)] == [5, 5, 5]


def test_a_cap_below_the_first_wait_wins() -> None:
    assert backoff_s(1, replace(PLAN, cap_s=2), 0.5) == 2


def test_letters_of_one_cause_have_one_fingerprint() -> None:
    said = [outcome("rejected", Reason.NO_PRODUCT, message=f"No product for SKU 'A-{n}' in order {n}") for n in (1, 22)]
    assert fingerprint(Reason.REJECTED, said[0]) == fingerprint(Reason.REJECTED, said[1])
    other = outcome("rejected", Reason.NO_NAME, message="No name")
    assert fingerprint(Reason.REJECTED, other) != fingerprint(Reason.REJECTED, said[0])


@pytest.mark.parametrize(("asked_s", "wait_s"), [(900, 900), (7200, 3600), (1, 5), (None, 5)])
def test_a_provider_in_trouble_is_left_alone_for_as_long_as_it_asks(asked_s: float | None, wait_s: float) -> None:
    verdict = decide(outcome("unavailable", wait_s=asked_s), Facts(), PLAN, 0.0)
    assert (verdict.kind, verdict.wait_s) == (PARK, wait_s)
