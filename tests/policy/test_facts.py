"""The facts that deciding goes by."""

from __future__ import annotations

import pytest

from schemas.config import ProviderConfig
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.past import NOW_MS, claim
from worker.policy.doubt import Go, Rest
from worker.policy.facts import facts, own_failures
from worker.policy.plan import plan_of

PLAN = plan_of(ProviderConfig(name="one", kind="x", base_url="x", options=None))

DENIED = Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS)
DOWN = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR)


@pytest.mark.parametrize(
    ("outcome", "before", "counted"),
    [
        (DOWN, {"own_failures": 2}, 0),
        (DENIED, {}, 1),
        (DENIED, {"own_failures": 2, "attempted_ms": 5, "readable_ms": 5}, 2),
        (DENIED, {"own_failures": 2, "attempted_ms": 5, "readable_ms": 6}, 3),
    ],
)
def test_a_trouble_is_the_deliverys_own_where_others_were_answered_meanwhile(
    outcome: Outcome, before: dict[str, int], counted: int
) -> None:
    assert own_failures(claim(**before), outcome) == counted


def test_the_facts_are_those_of_the_past() -> None:
    told = claim(
        tries=4, open_ms=90_000, first_open_ms=30_000, unauthorized_ms=1, tested_ms=2, attempted_ms=3, readable_ms=4,
        probes_failed=5,
    )  # fmt: skip
    known = facts(told, DENIED, Go(NOW_MS - 1), "ask", PLAN)
    assert (known.tries, known.open_s, known.probes_failed, known.own_failures) == (4, 60.0, 5, 1)
    assert (known.in_doubt, known.asks, known.was_tested, known.others_succeed) == (True, True, True, True)
    assert (known.too_early_s, known.rest_s) == (None, 60.0)


def test_a_first_attempt_has_no_past() -> None:
    known = facts(claim(), DOWN, Go(), "look_up", PLAN)
    assert (known.tries, known.open_s, known.own_failures, known.rest_s) == (0, 0.0, 0, 0.0)
    assert (known.in_doubt, known.asks, known.was_tested, known.others_succeed) == (False, False, False, False)


def test_a_rest_that_asked_for_nothing_keeps_the_row_of_troubles() -> None:
    resting = Rest(outcome=DOWN, wait_s=40, since_ms=None, is_unasked=True)
    known = facts(claim(own_failures=2), DOWN, resting, "resend", PLAN)
    assert (known.own_failures, known.too_early_s) == (2, 40)
