"""What deciding goes by: the facts of a delivery, from its past and from what an attempt at it came to."""

from __future__ import annotations

from schemas.outcome import Outcome, OutcomeKind
from schemas.sighting import OnUnknown
from worker.policy.decide import Facts
from worker.policy.doubt import AskPerson, Rest, Step
from worker.policy.past import Past
from worker.policy.plan import Plan


def facts(past: Past, outcome: Outcome, step: Step, on_unknown: OnUnknown, plan: Plan) -> Facts:
    """The facts of a delivery after an attempt that ``step`` let go on, or ended."""
    return Facts(
        tries=past.tries,
        open_s=(past.open_ms - past.first_open_ms) / 1000 if past.first_open_ms is not None else 0.0,
        in_doubt=step.since_ms is not None,
        asks=isinstance(step, AskPerson) or on_unknown == "ask",
        was_tested=past.unauthorized_ms is not None and past.tested_ms > past.unauthorized_ms,
        own_failures=past.own_failures if rests(step) else own_failures(past, outcome),
        too_early_s=step.wait_s if isinstance(step, Rest) else None,
        rest_s=0.0 if on_unknown == "look_up" else plan.settle_s,
        probes_failed=past.probes_failed,
        others_succeed=past.attempted_ms is not None and past.readable_ms > past.attempted_ms,
    )


def rests(step: Step) -> bool:
    """Whether the order only rested: nothing was asked for it, and it is no attempt."""
    return isinstance(step, Rest) and step.is_unasked


def own_failures(past: Past, outcome: Outcome) -> int:
    """Answers in a row that are this delivery's own trouble: one more counts only where another lane got a readable
    one meanwhile."""
    if outcome.kind not in (OutcomeKind.UNREADABLE, OutcomeKind.UNAUTHORIZED):
        return 0
    if past.own_failures == 0 or past.attempted_ms is None or past.readable_ms > past.attempted_ms:
        return past.own_failures + 1
    return past.own_failures
