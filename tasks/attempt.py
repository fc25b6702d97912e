"""One attempt: prepare, look up, converse, decide, record. Writes nothing: the runner records the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from schemas.config import ProviderConfig
from schemas.delivery import Attempt, Link
from schemas.event import Event
from schemas.healing import HEALS, UNHEALED, digest_of, without_heal
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Verdict
from worker.jobs.comparing import Comparing
from worker.ledger.claims import Claim
from worker.ledger.lanes import Finished
from worker.policy import doubt
from worker.policy.decide import Facts, decide, fingerprint
from worker.policy.doubt import Go, LookFirst, Step
from worker.policy.facts import facts, rests
from worker.policy.plan import Plan
from worker.providers.base import Job, Operation, Provider
from worker.providers.conversation import begun, operation_of
from worker.providers.http import Driver, Ran
from worker.providers.preparing import prepared
from worker.settings.configfile import told_secrets

Guard = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Looked:
    """An operation, and whether to go on with it. ``calls`` and ``took_ms`` are those of the look-up before it."""

    operation: Operation
    step: Step
    order: Order | None
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
        job, operation = self._prepare()
        looked = self._look_up(job, operation)
        ran = self._healed(self._converse(looked))
        known, verdict = self._decide(looked, ran)
        return self._record(looked, ran, known, verdict)

    def _prepare(self) -> tuple[Job, Operation]:
        claim = self.claim
        return prepared(
            self.provider,
            self.event,
            edit=claim.edit,
            link=claim.link,
            known_order=claim.known_order,
            owner=self.owner,
        )

    def _look_up(self, job: Job, operation: Operation) -> Looked:
        """What is to go on with, once it was looked whether it has been done, where that is open."""
        is_open = doubt.since(self.claim, self.plan)
        first = doubt.before(is_open, operation.on_unknown, operation.look_up, sends=operation.calls > 0)
        if not isinstance(first, LookFirst):
            return Looked(operation, first, job.order)
        seen = self.driver.search(self.provider, begun(first.look_up), order=job.order)
        step = doubt.after(seen.sighting, is_open, first.since_ms)
        if isinstance(step, Go) and step.link is not None:
            operation = operation_of(self.provider, replace(job, link=step.link))
        return Looked(operation, step, job.order, seen.calls, seen.took_ms)

    def _converse(self, looked: Looked) -> Ran:
        """What came of the operation, the look-up before it counted in; of the look-up alone where it ended there."""
        step = looked.step
        if not isinstance(step, Go):
            outcome = msgspec.structs.replace(step.outcome, calls=looked.calls)
            return Ran(outcome, looked.took_ms)
        ran = self.driver.converse(self.provider, begun(looked.operation.converse), self.guard, order=looked.order)
        if looked.calls == 0 and step.link is None:
            return ran
        outcome = ran.outcome
        whole = msgspec.structs.replace(outcome, link=outcome.link or step.link, calls=outcome.calls + looked.calls)
        return replace(ran, outcome=whole, took_ms=ran.took_ms + looked.took_ms)

    def _healed(self, ran: Ran) -> Ran:
        """With what the link notes of a heal: until the snapshot is saved that it heals; from then on what it left
        different, if anything, so that it is not sent again for that."""
        known, outcome = self.claim.link, ran.outcome
        heal = {name: text for name, text in known.notes.items() if name in (HEALS, UNHEALED)} if known else {}
        if known is None or not heal:
            return ran
        if outcome.kind is OutcomeKind.ACCEPTED and self.event.is_snapshot:
            link = without_heal(outcome.link or known)
            heal = self._left_different(link) if HEALS in heal else {}
        elif outcome.link is None:
            return ran
        else:
            link = outcome.link
        noted = msgspec.structs.replace(link, notes=link.notes | heal)
        return replace(ran, outcome=msgspec.structs.replace(outcome, link=noted))

    def _left_different(self, link: Link) -> dict[str, str]:
        seen = Comparing(self.provider, self.driver).compared(self.event, link)
        return {UNHEALED: digest_of(seen.message)} if seen.word == "different" else {}

    def _decide(self, looked: Looked, ran: Ran) -> tuple[Facts, Verdict]:
        known = facts(self.claim, ran.outcome, looked.step, looked.operation.on_unknown, self.plan)
        return known, decide(ran.outcome, known, self.plan, random.random())  # noqa: S311  jitter, not a secret

    def _record(self, looked: Looked, ran: Ran, known: Facts, verdict: Verdict) -> Finished:
        """The end of the attempt as the runner writes it down. An order that only rested was not attempted."""
        claim, step, outcome = self.claim, looked.step, ran.outcome
        if outcome.kind is OutcomeKind.UNAUTHORIZED:
            ran = replace(ran, outcome=with_credentials(outcome, self.provider.config))
        return Finished(
            outcome=ran.outcome,
            verdict=verdict,
            attempt=None if rests(step) else _attempt(claim, ran),
            sent=ran.sent,
            clears_doubt=step.clears and not verdict.in_doubt,
            on_wire_ago_ms=doubt.on_wire_ago_ms(claim, outcome, step, ran.took_ms),
            own_failures=known.own_failures,
            fingerprint=fingerprint(verdict.reason, outcome),
        )


def _attempt(claim: Claim, ran: Ran) -> Attempt:
    outcome = ran.outcome
    is_clean = outcome.kind is OutcomeKind.ACCEPTED
    return Attempt(
        number=claim.number,
        at_ms=claim.started_ms,
        took_ms=ran.took_ms,
        outcome=outcome.kind.value,
        reason=outcome.reason.value,
        http_status=outcome.http_status,
        message=outcome.message,
        excerpt="" if is_clean else outcome.excerpt,
        digest=ran.sent.digest if ran.sent else "",
    )


def with_credentials(outcome: Outcome, config: ProviderConfig) -> Outcome:
    """The same, its message telling which secrets were used, from where, and when they were read."""
    told = told_secrets(config)
    if not told:
        return outcome
    status = f"; HTTP {outcome.http_status}" if outcome.http_status else ""
    return msgspec.structs.replace(outcome, message=f"{outcome.message} ({told}{status})".lstrip())
