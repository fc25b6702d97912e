"""Claiming lanes and finishing attempts: claim, settle, park, bury, each one atomic step that also claims the next.

All of it fails shut: where the store is away nothing is claimed, and a finished attempt stays in the caller's hands
until the store has it. Every step carries the runner's request id, so that a repeat after a lost answer gets the first
answer; ``Runner`` repeats once by itself.
"""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from typing import Any

from schemas.delivery import Attempt, Link
from schemas.event import Event
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from worker.errors import StoreUnreachable
from worker.ledger.connection import Store, text
from worker.ledger.records import pack_attempt, pack_link, unpack_event, unpack_link
from worker.policy.decide import ASKED_CAP_S
from worker.policy.plan import Plan


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery to attempt, held under a lease. Instants are the store's clock in milliseconds.

    ``maybe_since_ms`` is doubt about the order's creation, ``doubt_since_ms`` doubt about this delivery: when a request
    was last on the wire, 0 where a person vouches that it was not done. ``tries`` counts what backoff counts.
    ``open_ms`` is the gate's clock of open hours, ``first_open_ms`` what it showed at the first try. ``attempted_ms``
    is when it was last tried, ``readable_ms`` when the provider last gave anyone a readable answer. ``calls`` is how
    many runners to call. ``known`` is the body of the order's last snapshot, where the delivery is an action and that
    body is kept. ``probes_failed`` counts its attempts that were the gate's probe and failed, ``alone_row`` those in a
    row whose trouble was its own alone.
    """

    token: str
    order: str
    seq: int
    kind: str
    body: bytes
    accepted_ms: int
    number: int
    started_ms: int
    gate_epoch: int
    now_ms: int
    open_ms: int
    tested_ms: int
    link: Link | None
    maybe_since_ms: int | None
    tries: int
    doubt_since_ms: int | None
    first_open_ms: int | None
    edit: int
    unauthorized_ms: int | None
    alone_row: int
    world: int
    world_at_ms: int
    attempted_ms: int | None
    readable_ms: int
    calls: int
    known: bytes | None = None
    probes_failed: int = 0

    @property
    def event(self) -> Event:
        return unpack_event(self.body)

    @property
    def known_order(self) -> Order | None:
        """The order as it was last accepted, for an action that carries none itself."""
        return unpack_event(self.known).data.order if self.known else None


@dataclass(frozen=True, slots=True)
class Wait:
    """The gate lets no lane through: why, and for how long. The runner is still registered."""

    why: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Probe:
    """The gate is held for credentials and wants the adapter's test call."""

    gate_epoch: int


@dataclass(frozen=True, slots=True)
class Left:
    """The runner has been taken off; so many runners are to be called in its place."""

    calls: int


Claimed = Claim | Wait | Probe | Left | None


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt at its end: what came of it, what is done about it, and what goes on record."""

    outcome: Outcome
    verdict: Verdict
    attempt: Attempt | None
    clears_doubt: bool = False
    on_wire_ago_ms: int = 0
    alone_row: int = 0
    fingerprint: str = ""


def new_request() -> str:
    """A fresh id for one step of a runner: a repeat under the same id gets the first answer."""
    return secrets.token_hex(8)


class Runner:
    """One runner at one provider: registered while it claims, forgotten by the step that finds nothing for it.

    ``worker`` is the name its worker beats under: runners of a worker that is no longer heard of are forgotten too.
    """

    def __init__(self, store: Store, plan: Plan, worker: str = "") -> None:
        self.store = store
        self.plan = plan
        self.id = f"{worker}/{secrets.token_hex(6)}" if worker else secrets.token_hex(6)

    def begin(self) -> Claimed:
        """Register in the place of one outstanding call, and claim."""
        return self._run("claim", more=("1",))

    def claim(self, *, leave: bool) -> Claimed:
        """The next lane; ``None`` where none is ready. With ``leave``, finding none also takes the runner off, in the
        same step."""
        claimed = self._run("claim", leave=int(leave), more=("0",))
        return Left(0) if leave and claimed is None else claimed

    def finish(self, claim: Claim, finished: Finished, *, last: bool = False, request: str | None = None) -> Claimed:
        """Write the end of an attempt and claim the next, in one step; with ``last``, leave instead of claiming.

        A claim that was lost meanwhile moves nothing. ``request`` makes a later repeat of the same call safe.
        """
        step, arguments = self._last_step(claim, finished)
        return self._run(step, leave=2 * last, request=request or new_request(), more=arguments)

    def renew(self, claim: Claim) -> bool:
        """Lengthen the claim's lease. False where the claim is no longer ours."""
        lease_ms = round(self.plan.lease_s * 1000)
        return bool(self.store.run("renew", self.plan.provider, claim.order, claim.token, lease_ms))

    def linger(self, wait_s: float) -> bool:
        """True as soon as an idle runner was nudged, False after ``wait_s`` seconds. What it was nudged for another may
        have taken by then."""
        return self.store.wait_for(self.store.keys.key("nudges", provider=self.plan.provider), wait_s)

    def leave(self) -> int:
        """Take the runner off. Gives how many runners to call in its place."""
        return int(self.store.run("leave", self.plan.provider, self.id, self.plan.max_in_flight))

    def probed(self, probe: Probe, *, passed: bool) -> None:
        """Tell the gate how the adapter's test went."""
        plan = self.plan
        self.store.run("probed", plan.provider, probe.gate_epoch, int(passed), round(plan.probe_s * 1000))

    def _last_step(self, claim: Claim, finished: Finished) -> tuple[str, tuple[object, ...]]:
        """The step that an attempt ends with, and its own arguments."""
        verdict, common = finished.verdict, self._finish_arguments(claim, finished)
        if verdict.kind is VerdictKind.SETTLE:
            return "settle", (*common, verdict.state, claim.seq)
        doubt = (int(verdict.in_doubt), finished.on_wire_ago_ms)
        if verdict.kind is VerdictKind.BURY:
            return "bury", (*common, finished.fingerprint, finished.outcome.message[:300], *doubt)
        first_open = "" if claim.first_open_ms is None else claim.first_open_ms
        wait_ms = round(verdict.wait_s * 1000)
        return "park", (*common, wait_ms, int(verdict.spends_try), *doubt, first_open, finished.alone_row)

    def _finish_arguments(self, claim: Claim, finished: Finished) -> tuple[object, ...]:
        outcome = finished.outcome
        left = "" if outcome.tokens_left is None else outcome.tokens_left
        return (
            claim.token,
            claim.order,
            outcome.kind.value,
            round(_asked_wait_s(finished) * 1000),
            outcome.calls,
            left,
            pack_attempt(finished.attempt),
            pack_link(outcome.link),
            finished.verdict.reason.value,
            int(finished.clears_doubt),
        )

    def _run(self, step: str, *, leave: int = 0, request: str | None = None, more: tuple[object, ...]) -> Claimed:
        arguments = (*self._plan_arguments(request or new_request(), leave), *more)
        try:
            answer = self.store.run(step, *arguments)
        except StoreUnreachable:
            answer = self.store.run(step, *arguments)
        return _read(answer)

    def _plan_arguments(self, request: str, leave: int) -> tuple[object, ...]:
        """What parts/claim.lua reads in every step of a runner."""
        plan = self.plan
        return (
            plan.provider,
            self.id,
            request,
            leave,
            round(plan.lease_s * 1000),
            plan.max_in_flight,
            plan.calls_per_second,
            plan.burst,
            plan.trip_after,
            round(plan.cool_down_s * 1000),
            round(plan.cool_down_cap_s * 1000),
            round(plan.probe_s * 1000),
            random.uniform(0.75, 1.25),  # noqa: S311  jitter, not a secret
            int(plan.has_test),
            int(plan.blocks),
        )


def _asked_wait_s(finished: Finished) -> float:
    """How long the provider is to be left alone: where it throttles and does not say, as long as the delivery waits."""
    verdict, outcome = finished.verdict, finished.outcome
    if outcome.kind is OutcomeKind.THROTTLED and verdict.kind is VerdictKind.PARK:
        return verdict.wait_s
    return min(ASKED_CAP_S, outcome.wait_s or 0)


def give_back(claim: Claim) -> Finished:
    """The end of a claim under which nothing was sent: the lane is ready again, and no try is spent."""
    outcome = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.LEASE_LOST)
    in_doubt = bool(claim.doubt_since_ms)
    return Finished(
        outcome=outcome,
        verdict=Verdict(kind=VerdictKind.PARK, reason=Reason.LEASE_LOST, in_doubt=in_doubt),
        attempt=None,
        on_wire_ago_ms=claim.now_ms - claim.doubt_since_ms if claim.doubt_since_ms else 0,
        alone_row=claim.alone_row,
    )


def _read(answer: list[Any]) -> Claimed:
    word = answer[0].lstrip(b"!")
    if word == b"claim":
        return _claim(answer)
    if word == b"wait":
        return Left(0) if answer[3] else Wait(text(answer[1]), int(answer[2]) / 1000)
    if word == b"left":
        return Left(int(answer[1]))
    return Probe(int(answer[1])) if word == b"test" else None


def _claim(f: list[Any]) -> Claim:
    """The fields in the order of ``claim_answer`` in parts/claim.lua."""
    return Claim(
        token=text(f[1]),
        order=text(f[2]),
        seq=int(f[3]),
        kind=text(f[4]),
        body=f[5],
        accepted_ms=int(f[6]),
        number=int(f[7]),
        started_ms=int(f[8]),
        gate_epoch=int(f[9]),
        now_ms=int(f[10]),
        open_ms=int(f[11]),
        tested_ms=int(f[12]),
        link=unpack_link(f[13]),
        maybe_since_ms=_whole(f[14]),
        tries=_whole(f[15]) or 0,
        doubt_since_ms=_whole(f[16]),
        first_open_ms=_whole(f[17]),
        edit=_whole(f[18]) or 0,
        unauthorized_ms=_whole(f[19]),
        alone_row=_whole(f[20]) or 0,
        world=_whole(f[21]) or 1,
        world_at_ms=_whole(f[22]) or 0,
        attempted_ms=_whole(f[23]),
        readable_ms=int(f[24]),
        calls=int(f[25]),
        known=f[26] or None,
        probes_failed=_whole(f[27]) or 0,
    )


def _whole(value: bytes | None) -> int | None:
    return int(float(value)) if value else None
