"""One attempt: in doubt, look up first; then converse; then decide. Writes nothing: the runner records the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from schemas.config import ProviderConfig
from schemas.delivery import Attempt, Link, delivery_id
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.ledger.claims import Claim
from worker.ledger.lanes import Finished
from worker.policy.decide import Facts, decide, fingerprint
from worker.policy.plan import Plan
from worker.providers.base import Absent, Found, Job, Operation, Provider, Settled, nothing_to_send
from worker.providers.base import LookupResult as Sighting
from worker.providers.base import Undetermined as Unclear
from worker.providers.conversation import begun, operation_of
from worker.providers.http import Driver, Ran
from worker.providers.naming import with_name
from worker.settings.configfile import told_secrets

Guard = Callable[[float], bool]


class Looked(msgspec.Struct, frozen=True):
    """What looking first came to: the operation to go on with, or the outcome that ends the attempt.

    ``since_ms`` is since when it is open whether this was done, ``None`` without doubt. ``link`` is what was found.
    ``clears`` says that we know now what was done. ``wait_s`` is how long it is too early to go on, ``rests`` that
    nothing was asked for it. ``asks`` says that a person has to tell. ``calls`` and ``took_ms`` are the look-up's own.
    """

    operation: Operation
    since_ms: int | None
    outcome: Outcome | None = None
    link: Link | None = None
    clears: bool = False
    wait_s: float | None = None
    rests: bool = False
    asks: bool = False
    calls: int = 0
    took_ms: int = 0


class Attempting(msgspec.Struct, frozen=True):
    """One claimed delivery with all it takes to attempt it; ``owner`` is the source that its key belongs to there."""

    claim: Claim
    event: Event
    provider: Provider
    plan: Plan
    driver: Driver
    guard: Guard
    owner: str

    def run(self) -> Finished:
        """The end of this attempt. Raises ``LeaseLost`` where the lease would not have outlasted a mutating request:
        then nothing was sent."""
        job = self._job()
        looked = self._look(job, self._operation(job))
        if looked.outcome is not None:
            return self._finished(Ran(looked.outcome, looked.took_ms, digest=""), looked)
        ran = self.driver.converse(self.provider, begun(looked.operation.converse), self.guard, order=job.order)
        if looked.calls == 0 and looked.link is None:
            return self._finished(ran, looked)
        outcome = ran.outcome
        whole = msgspec.structs.replace(outcome, link=outcome.link or looked.link, calls=outcome.calls + looked.calls)
        return self._finished(replace(ran, outcome=whole, took_ms=ran.took_ms + looked.took_ms), looked)

    def _operation(self, job: Job) -> Operation:
        if self.owner == self.event.source:
            return operation_of(self.provider, job)
        message = _CONFLICT.format(number=self.event.subject, owner=self.owner)
        return nothing_to_send(OutcomeKind.REJECTED, Reason.SOURCE_CONFLICT, message)

    def _job(self) -> Job:
        claim, config = self.claim, self.provider.config
        event = self.event if self.provider.is_log else with_name(self.event, config.placeholder_name)
        identity = delivery_id(config.name, event.source, event.id)
        return Job(
            delivery_id=identity,
            event=event,
            key=config.order_key.format(number=event.subject, source=event.source),
            idempotency_key=f"{identity}.{claim.edit}" if claim.edit else identity,
            link=claim.link or Link(),
            order=event.data.order or claim.known_order,
        )

    @property
    def _sent_ms(self) -> list[int]:
        """When requests of unknown fate were last on the wire: this delivery's own, and any of its order's.

        None are known of where a person forced a replay: whoever does so has looked."""
        claim = self.claim
        if claim.doubt_since_ms == 0:
            return []
        return [self._counted(ms) for ms in (claim.doubt_since_ms, claim.maybe_since_ms) if ms is not None]

    def _counted(self, since_ms: int) -> int:
        """From when on the time since then is counted: from the clock's last jump, where that came between."""
        even_ms = self.claim.even_ms
        return since_ms if even_ms <= since_ms <= self.claim.now_ms else even_ms or self.claim.now_ms

    @property
    def _forgotten_ms(self) -> list[int]:
        """Till when requests may have been on the wire that a store which came back as another knows nothing of."""
        claim = self.claim
        began_ms = claim.epoch.began_ms
        recheck_until_ms = began_ms + round(self.plan.recheck_s * 1000)
        is_new_epoch = claim.epoch.number > 1 and began_ms > 0 and claim.accepted_ms <= recheck_until_ms
        return [began_ms] if is_new_epoch and claim.doubt_since_ms != 0 else []

    @property
    def _is_linked(self) -> bool:
        return self.claim.link is not None and self.claim.link.order_id is not None

    def _look(self, job: Job, operation: Operation) -> Looked:
        """What is to go on with. An operation that only a person can tell of asks where it was sent, not where merely
        the store has been away."""
        own_ms = self.claim.doubt_since_ms or None
        if operation.on_unknown == "ask" and own_ms:
            asks = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNKNOWN, message=_ASKS)
            return Looked(operation, own_ms, outcome=asks, asks=True)
        if operation.on_unknown != "look_up" or operation.look_up is None:
            return self._rested(operation, own_ms)
        is_first = self.claim.kind == "a" or not self._is_linked
        since_ms = max(self._sent_ms + (self._forgotten_ms if is_first else []), default=None)
        if since_ms is None:
            return Looked(operation, None)
        seen = self.driver.search(self.provider, begun(operation.look_up), order=job.order)
        looked = self._seen(job, operation, seen.sighting, since_ms)
        outcome = looked.outcome and msgspec.structs.replace(looked.outcome, calls=seen.calls)
        return msgspec.structs.replace(looked, outcome=outcome, calls=seen.calls, took_ms=seen.took_ms)

    def _rested(self, operation: Operation, own_ms: int | None) -> Looked:
        """What is sent without looking lets the order rest first: a provider that still does what it was asked before
        would else undo it with what is older."""
        sent_ms = self._sent_ms + (self._forgotten_ms if self._is_linked else [])
        left_s = self._left_s(max(sent_ms, default=None))
        if operation.calls == 0 or left_s <= 0:
            return Looked(operation, own_ms)
        rests = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.TOO_EARLY)
        return Looked(operation, own_ms, outcome=rests, wait_s=left_s, rests=True)

    def _left_s(self, since_ms: int | None) -> float:
        """How long a request that was on the wire at that time may still be carried out."""
        return 0.0 if since_ms is None else self.plan.settle_s - (self.claim.now_ms - since_ms) / 1000

    def _seen(self, job: Job, operation: Operation, sighting: Sighting, since_ms: int) -> Looked:
        if isinstance(sighting, Found):
            # That the order is there shows that it was created, and nothing of what was sent to it since.
            sent_ms = max(self._forgotten_ms + (self._sent_ms if self._is_linked else []), default=None)
            left_s = self._left_s(sent_ms)
            if sent_ms is not None and left_s > 0:
                return self._too_early(operation, since_ms, sent_ms, _MAY_CHANGE)
            found = replace(job, link=sighting.link)
            return Looked(operation_of(self.provider, found), since_ms, link=sighting.link, clears=True)
        if isinstance(sighting, Settled):
            kind, message = OutcomeKind.ACCEPTED, sighting.message
            done = Outcome(kind=kind, reason=sighting.reason, message=message, link=sighting.link)
            return Looked(operation, since_ms, outcome=done, clears=True)
        if isinstance(sighting, Unclear):
            kind, reason, message = OutcomeKind.UNKNOWN, Reason.UNKNOWN, f"{sighting.message} {_THEN}"
            unclear = Outcome(kind=kind, reason=reason, message=message, link=sighting.link)
            return Looked(operation, since_ms, outcome=unclear, asks=True)
        if isinstance(sighting, Absent):
            if self._left_s(since_ms) <= 0:
                return Looked(operation, since_ms, clears=True)
            return self._too_early(operation, since_ms, since_ms, _MAY_COME)
        return Looked(operation, since_ms, outcome=_not_known(sighting))

    def _too_early(self, operation: Operation, since_ms: int, sent_ms: int, may: str) -> Looked:
        """Nothing is sent before ``settle_s`` is over; the message says why, since when and until when."""
        is_restart = any(0 <= sent_ms - began_ms < _KEPT_LATE_MS for began_ms in self._forgotten_ms)
        why = _RESTARTED if is_restart else may
        until_ms = sent_ms + round(self.plan.settle_s * 1000)
        message = why.format(since=_time(sent_ms), until=_time(until_ms))
        early = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.TOO_EARLY, message=message)
        return Looked(operation, since_ms, outcome=early, wait_s=self._left_s(sent_ms))

    def _finished(self, ran: Ran, looked: Looked) -> Finished:
        outcome, claim = ran.outcome, self.claim
        if outcome.kind is OutcomeKind.UNAUTHORIZED:
            ran = replace(ran, outcome=with_credentials(outcome, self.provider.config))
        since_ms = None if looked.clears else looked.since_ms
        own_failures = claim.own_failures if looked.rests else self._own_failures(outcome)
        facts = Facts(
            tries=claim.tries,
            open_s=(claim.open_ms - claim.first_open_ms) / 1000 if claim.first_open_ms is not None else 0.0,
            in_doubt=since_ms is not None,
            asks=looked.asks or looked.operation.on_unknown == "ask",
            was_tested=claim.unauthorized_ms is not None and claim.tested_ms > claim.unauthorized_ms,
            own_failures=own_failures,
            too_early_s=looked.wait_s,
            rest_s=0.0 if looked.operation.on_unknown == "look_up" else self.plan.settle_s,
            probes_failed=claim.probes_failed,
            others_succeed=claim.attempted_ms is not None and claim.readable_ms > claim.attempted_ms,
        )
        verdict = decide(outcome, facts, self.plan, random.random())  # noqa: S311  jitter, not a secret
        sent_now = outcome.may_have_been_done or since_ms is None
        return Finished(
            outcome=ran.outcome,
            verdict=verdict,
            attempt=None if looked.rests else self._record(ran),
            clears_doubt=looked.clears and not verdict.in_doubt,
            on_wire_ago_ms=0 if sent_now or since_ms is None else claim.now_ms - since_ms + ran.took_ms,
            own_failures=own_failures,
            fingerprint=fingerprint(verdict.reason, outcome),
        )

    def _own_failures(self, outcome: Outcome) -> int:
        """Answers in a row that are this delivery's own trouble: one more counts only where another lane got a readable
        one meanwhile."""
        claim = self.claim
        if outcome.kind not in (OutcomeKind.UNREADABLE, OutcomeKind.UNAUTHORIZED):
            return 0
        if claim.own_failures == 0 or claim.attempted_ms is None or claim.readable_ms > claim.attempted_ms:
            return claim.own_failures + 1
        return claim.own_failures

    def _record(self, ran: Ran) -> Attempt:
        outcome = ran.outcome
        is_clean = outcome.kind is OutcomeKind.ACCEPTED
        return Attempt(
            number=self.claim.number,
            at_ms=self.claim.started_ms,
            took_ms=ran.took_ms,
            outcome=outcome.kind.value,
            reason=outcome.reason.value,
            http_status=outcome.http_status,
            message=outcome.message,
            excerpt="" if is_clean else outcome.excerpt,
            digest="" if is_clean else ran.digest,
        )


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S} UTC"


def _not_known(outcome: Outcome) -> Outcome:
    """What a look-up's own failure means: it decides whether we know, never what becomes of the delivery."""
    if outcome.kind in _TELLS_OF_THE_ACCOUNT:
        return outcome
    return msgspec.structs.replace(outcome, kind=OutcomeKind.UNKNOWN, reason=Reason.UNANSWERED_LOOK_UP)


def with_credentials(outcome: Outcome, config: ProviderConfig) -> Outcome:
    """The same, its message telling which secrets were used, from where, and when they were read."""
    told = told_secrets(config)
    if not told:
        return outcome
    status = f"; HTTP {outcome.http_status}" if outcome.http_status else ""
    return msgspec.structs.replace(outcome, message=f"{outcome.message} ({told}{status})".lstrip())


_TELLS_OF_THE_ACCOUNT = (OutcomeKind.UNAUTHORIZED, OutcomeKind.THROTTLED, OutcomeKind.UNAVAILABLE)
_CONFLICT = (
    "The key of order {number} belongs to {owner} here: put {{source}} into order_key, or separate the accounts."
)
_KEPT_LATE_MS = 5000
"""Doubt of a restart that an attempt could not end is kept by how long ago it was, which comes out a little later."""

_RESTARTED = "The store was restarted at {since}; until {until} nothing is created or changed there, to be sure."
_MAY_COME = (
    "The order is not there yet. A request of {since} may still create it, so nothing more is sent until {until}."
)
_MAY_CHANGE = "The order is there. A request of {since} may still change it, so nothing more is sent until {until}."
_THEN = "Then replay it with --force where it was not done, or discard it where it was."
_ASKS = f"It may have been done, and doing it twice would harm: compare with the provider. {_THEN}"
