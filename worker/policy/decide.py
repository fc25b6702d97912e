"""What is done about an outcome (design 7): a ladder of early returns. Pure: no clock, random, store or network."""

from __future__ import annotations

import re
from hashlib import sha256

import msgspec

from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from worker.policy.backoff import backoff_s
from worker.policy.plan import Plan

ASKED_CAP_S = 3600.0
UNREADABLE_ENOUGH = 3
DENIED_ENOUGH = 10
PROBES_ENOUGH = 10


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What deciding knows of a delivery beside its outcome.

    ``tries`` are those spent before this attempt. ``open_s`` is how long the gate has let lanes through since the first
    of them. ``in_doubt`` says that an earlier request of it, or this attempt's look-up, left open what was done.
    ``asks`` says that its operation can neither be repeated nor looked up. ``was_tested`` says that the adapter's test
    passed since this delivery was last refused for its credentials. ``own_failures`` counts attempts in a row, this one
    too, that were unreadable or refused for the credentials while another lane had an answer.
    ``too_early_s`` is set where a look-up's *absent* came too early to be believed, or the order has to rest.
    ``rest_s`` is how long it has to after a request of this operation that may have been done. ``probes_failed`` counts
    the earlier attempts that were a closed gate's probe, ``others_succeed`` says that another lane had an answer since
    the last attempt.
    """

    tries: int = 0
    open_s: float = 0.0
    in_doubt: bool = False
    asks: bool = False
    was_tested: bool = False
    own_failures: int = 0
    too_early_s: float | None = None
    rest_s: float = 0.0
    probes_failed: int = 0
    others_succeed: bool = False


def decide(outcome: Outcome, facts: Facts, plan: Plan, jitter: float) -> Verdict:
    """The verdict on an outcome. ``jitter`` in 0…1 places a retry within its back-off."""
    kind = outcome.kind
    if kind is OutcomeKind.ACCEPTED:
        return Verdict(kind=VerdictKind.SETTLE, state="delivered", reason=outcome.reason)
    if outcome.may_have_been_done or kind is OutcomeKind.UNKNOWN:
        facts = msgspec.structs.replace(facts, in_doubt=True)
    if kind is OutcomeKind.UNSUPPORTED:
        return Verdict(kind=VerdictKind.SETTLE, state="skipped", reason=outcome.reason)
    if kind is OutcomeKind.REJECTED:
        return Verdict(kind=VerdictKind.BURY, reason=Reason.REJECTED)
    if facts.too_early_s is not None:
        return _wait(Reason.TOO_EARLY, facts.too_early_s, in_doubt=facts.in_doubt)
    if kind is OutcomeKind.UNAUTHORIZED:
        return _unauthorized(facts, plan, jitter)
    if kind is OutcomeKind.THROTTLED:
        wait_s = min(ASKED_CAP_S, plan.first_s if outcome.wait_s is None else outcome.wait_s)
        return _wait(Reason.THROTTLED, wait_s, in_doubt=facts.in_doubt)
    if kind is OutcomeKind.UNREADABLE and facts.own_failures >= UNREADABLE_ENOUGH:
        return Verdict(kind=VerdictKind.BURY, reason=Reason.UNREADABLE, in_doubt=facts.in_doubt)
    return _retry(outcome, facts, plan, jitter)


def _retry(outcome: Outcome, facts: Facts, plan: Plan, jitter: float) -> Verdict:
    if facts.in_doubt and facts.asks:
        return Verdict(kind=VerdictKind.BURY, reason=Reason.UNKNOWN, in_doubt=True)
    if facts.open_s >= plan.give_up_after_s or (facts.probes_failed >= PROBES_ENOUGH and facts.others_succeed):
        reason = Reason.UNKNOWN if facts.in_doubt else Reason.EXHAUSTED
        return Verdict(kind=VerdictKind.BURY, reason=reason, in_doubt=facts.in_doubt)
    rest_s = facts.rest_s if outcome.may_have_been_done or outcome.kind is OutcomeKind.UNKNOWN else 0.0
    return Verdict(
        kind=VerdictKind.PARK,
        reason=outcome.reason,
        wait_s=max(backoff_s(facts.tries + 1, plan, jitter), min(ASKED_CAP_S, outcome.wait_s or 0), rest_s),
        spends_try=True,
        in_doubt=facts.in_doubt,
    )


def _unauthorized(facts: Facts, plan: Plan, jitter: float) -> Verdict:
    """The account's fault, unless the account is good: its test passed, or others are served all the while."""
    if facts.was_tested or facts.own_failures >= DENIED_ENOUGH:
        return Verdict(kind=VerdictKind.BURY, reason=Reason.FORBIDDEN, in_doubt=facts.in_doubt)
    wait_s = backoff_s(max(1, facts.own_failures), plan, jitter)
    return Verdict(kind=VerdictKind.HOLD, reason=Reason.CREDENTIALS, wait_s=wait_s, in_doubt=facts.in_doubt)


def _wait(reason: Reason, wait_s: float, *, in_doubt: bool) -> Verdict:
    return Verdict(kind=VerdictKind.PARK, reason=reason, wait_s=wait_s, in_doubt=in_doubt)


def fingerprint(reason: Reason, outcome: Outcome) -> str:
    """8 hex digits that are the same for dead letters of one cause: ids, numbers and quoted texts do not count."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"|\b\w*\d\w*\b", "*", outcome.message)
    return sha256(f"{reason}|{outcome.reason}|{outcome.http_status}|{plain}".encode()).hexdigest()[:8]
