"""Claiming lanes and finishing attempts: claim, settle, park, bury, each one atomic step that also claims the next.

All of it fails shut: where the store is away nothing is claimed, and a finished attempt stays in the caller's hands
until the store has it. Every step carries the runner's request id, so that a repeat after a lost answer gets the first
answer; ``Runner`` repeats once by itself.
"""

from __future__ import annotations

import secrets
from functools import partial

import msgspec

from schemas.delivery import Attempt, SentRequest
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from worker.clock import Clock, uptime_s
from worker.errors import StoreUnreachable
from worker.ledger.claims import AS_IT_WAS, Claim, Claimed, Left, Probe, read_claimed
from worker.ledger.delays import delay_place
from worker.ledger.store.client import Store
from worker.ledger.store.codec import pack_attempt, pack_link, pack_sent
from worker.policy.decide import ASKED_CAP_S
from worker.policy.plan import Plan


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt at its end: what came of it, what is done about it, and what goes on record. ``sent`` is kept of what
    has not ended well."""

    outcome: Outcome
    verdict: Verdict
    attempt: Attempt | None
    sent: SentRequest | None = None
    clears_doubt: bool = False
    on_wire_ago_ms: int = 0
    own_failures: int = 0
    fingerprint: str = ""

    def awaits_order(self, claim: Claim) -> bool:
        """Whether this buries what goes again by itself as soon as its order has been delivered there: as
        ``replaying.wait_for_order`` in lib/replaying.lua has it."""
        is_in_doubt = self.verdict.in_doubt or (bool(claim.doubt_since_ms) and not self.clears_doubt)
        return claim.kind == "a" and self.outcome.reason is Reason.UNKNOWN_ORDER and not is_in_doubt


SEAT_S = 30.0
"""A runner that is not heard of for so long holds no place any more: ``SEAT_MS`` in lib/claim.lua."""


def new_request() -> str:
    """A fresh id for one step of a runner: a repeat under the same id gets the first answer."""
    return secrets.token_hex(8)


class Runner:
    """One runner at one provider, in one shard: registered while it claims, forgotten by the step that finds nothing
    for it.

    ``worker`` is the name its worker beats under: runners of a worker that is no longer heard of are forgotten too.
    ``took`` says whether the last end of an attempt was written as its verdict says: not where the claim was another's
    by then, nor where a dead letter to be waits instead, since its provider rejects everything. ``asked_s`` is when it
    last asked for a claim, by its ``clock``: no lease began before.
    """

    def __init__(self, shard: Store, plan: Plan, worker: str = "", *, clock: Clock = uptime_s) -> None:
        self.shard = shard
        self.plan = plan
        self.id = f"{worker}/{secrets.token_hex(6)}" if worker else secrets.token_hex(6)
        self._plan_text = _plan_text(plan)
        self._seated_s = -SEAT_S
        self.took = True
        self.clock = clock
        self.asked_s = 0.0

    def begin(self) -> Claimed:
        """Take a seat in the place of one outstanding call, and claim."""
        return self._run("claim", more=("1",))

    def claim(self, *, leave: bool) -> Claimed:
        """The next lane; ``None`` where none is ready. With ``leave``, finding none also takes the runner off, in the
        same step."""
        self._seated_s = -SEAT_S  # an idle runner's seat may have been taken off
        claimed = self._run("claim", leave=int(leave), more=("0",))
        return Left(0) if leave and claimed is None else claimed

    def finish(
        self,
        claim: Claim,
        finished: Finished,
        *,
        last: bool = False,
        request: str | None = None,
        repeated: bool = False,
    ) -> Claimed:
        """Write the end of an attempt and claim the next, in one step; with ``last``, leave instead of claiming.

        A claim that was lost meanwhile moves nothing. ``request`` makes a later repeat of the same call safe;
        ``repeated`` is such a repeat.
        """
        step, arguments = self._last_step(claim, finished)
        self.shard.settling.to_come.discard(claim.token)
        clears = finished.clears_doubt
        return self._run(step, leave=2 * last, request=request, repeated=repeated, clears=clears, more=arguments)

    def renew(self, claim: Claim) -> bool:
        """Lengthen the claim's lease. False where the claim is no longer ours."""
        lease_ms = round(self.plan.lease_s * 1000)
        return bool(self.shard.run("renew", self.plan.provider, claim.order, claim.token, lease_ms))

    def lease_ends_s(self, claim: Claim) -> float:
        """When the lease of the claim that was asked for last ends, by ``clock``: the answer may have come late, or to
        a repeat, long after the claim was taken."""
        return self.asked_s + min(self.plan.lease_s, (claim.ends_ms - claim.now_ms) / 1000)

    def linger(self, wait_s: float) -> bool:
        """True as soon as an idle runner was nudged, False after ``wait_s`` seconds. What it was nudged for another may
        have taken by then."""
        return self.shard.wait_for(self.shard.keys.key("nudges", provider=self.plan.provider), wait_s)

    def leave(self) -> int:
        """Take the runner off. Gives how many runners to call in its place."""
        return int(self.shard.run("leave", self.plan.provider, self.id, self.plan.max_in_flight))

    def probed(self, probe: Probe, *, passed: bool, answer: Attempt | None = None) -> None:
        """Tell the gate how the adapter's test went; ``answer`` is what the provider said to it, for people."""
        plan = self.plan
        probe_ms, said = round(plan.probe_s * 1000), pack_attempt(answer)
        self.shard.run("probed", plan.provider, probe.gate_epoch, int(passed), probe_ms, said)

    def _last_step(self, claim: Claim, finished: Finished) -> tuple[str, tuple[object, ...]]:
        """The step that an attempt ends with, and its own arguments."""
        verdict, common = finished.verdict, self._finish_arguments(claim, finished)
        if verdict.kind is VerdictKind.SETTLE:
            return "settle", (*common, f"{verdict.state}|{_delay_place(claim, finished)}")
        doubt, sent = (int(verdict.in_doubt), finished.on_wire_ago_ms), pack_sent(finished.sent)
        if verdict.kind is VerdictKind.BURY:
            lacks_order = finished.outcome.reason is Reason.UNKNOWN_ORDER
            cause = (finished.fingerprint, finished.outcome.message[:300])
            return "bury", (*common, *cause, *doubt, int(lacks_order), sent)
        first_open = "" if claim.first_open_ms is None else claim.first_open_ms
        wait_ms = round(verdict.wait_s * 1000)
        return "park", (*common, wait_ms, int(verdict.spends_try), *doubt, first_open, finished.own_failures, sent)

    def _finish_arguments(self, claim: Claim, finished: Finished) -> tuple[object, ...]:
        outcome = finished.outcome
        wait_ms, left = (
            round(_asked_wait_s(finished) * 1000),
            "" if outcome.tokens_left is None else outcome.tokens_left,
        )
        return (
            claim.token,
            claim.order,
            claim.seq,
            claim.number,
            claim.kind,
            claim.gate_epoch,
            f"{outcome.kind.value}|{wait_ms}|{outcome.calls}|{int(outcome.was_asked)}|{left}",
            pack_attempt(finished.attempt),
            pack_link(outcome.link),
            finished.verdict.reason.value,
        )

    def _run(
        self,
        step: str,
        *,
        leave: int = 0,
        request: str | None = None,
        repeated: bool = False,
        clears: bool = False,
        more: tuple[object, ...],
    ) -> Claimed:
        request, self.asked_s = request or new_request(), self.clock()
        run = self.shard.settling.call if step == "settle" else partial(self.shard.run, step)
        try:
            answer = run(*self._arguments(request, leave, repeated=repeated, clears=clears), *more)
        except StoreUnreachable:
            self.asked_s = self.clock()
            answer = run(*self._arguments(request, leave, repeated=True, clears=clears), *more)
        self.took = answer[0][:1] not in AS_IT_WAS
        claimed = read_claimed(answer, self.shard.epoch)
        if isinstance(claimed, Claim):
            self.shard.settling.to_come.add(claimed.token)
        return claimed

    def _arguments(
        self, request: str, leave: int, *, repeated: bool = False, clears: bool = False
    ) -> tuple[object, ...]:
        """What lib/claim.lua reads in every step of a runner. Its seat is lengthened when a third of it is over, and
        where it may have been lost."""
        lengthens = repeated or self.clock() - self._seated_s >= SEAT_S / 3
        if lengthens:
            self._seated_s = self.clock()
        flags = f"{leave}{int(lengthens)}{int(repeated)}{int(clears)}"
        return self.plan.provider, self.id, request, flags, self._plan_text


def _plan_text(plan: Plan) -> str:
    """A plan as ``read_plan`` in lib/claim.lua reads it: times in milliseconds, yes and no as 1 and 0."""
    numbers = (
        round(plan.lease_s * 1000),
        plan.max_in_flight,
        plan.calls_per_second,
        plan.burst,
        plan.trip_after,
        round(plan.cool_down_s * 1000),
        round(plan.cool_down_cap_s * 1000),
        round(plan.probe_s * 1000),
        int(plan.has_test),
        int(plan.blocks),
    )
    return "|".join(map(str, numbers))


def _asked_wait_s(finished: Finished) -> float:
    """How long the provider is to be left alone: where it throttles and does not say, as long as the delivery waits."""
    verdict, outcome = finished.verdict, finished.outcome
    if outcome.kind is OutcomeKind.THROTTLED and verdict.kind is VerdictKind.PARK:
        return verdict.wait_s
    return min(ASKED_CAP_S, outcome.wait_s or 0)


def _delay_place(claim: Claim, finished: Finished) -> int | str:
    """How long it had taken since the event was accepted, as places tell it; nothing of what was not attempted."""
    if finished.attempt is None:
        return ""
    return delay_place(claim.started_ms + finished.attempt.took_ms - claim.accepted_ms)


def give_back(claim: Claim) -> Finished:
    """The end of a claim under which nothing was sent: the lane is ready again, and no try is spent."""
    outcome = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.LEASE_LOST)
    in_doubt = bool(claim.doubt_since_ms)
    return Finished(
        outcome=outcome,
        verdict=Verdict(kind=VerdictKind.PARK, reason=Reason.LEASE_LOST, in_doubt=in_doubt),
        attempt=None,
        on_wire_ago_ms=claim.now_ms - claim.doubt_since_ms if claim.doubt_since_ms else 0,
        own_failures=claim.own_failures,
    )
