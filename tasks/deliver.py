"""A runner: claim, attempt, record and claim the next, for as long as lanes are ready."""

from __future__ import annotations

import time
from typing import Any

from celery import Celery, Task, shared_task

from schemas.delivery import Attempt, delivery_id
from schemas.event import Event
from schemas.outcome import OutcomeKind, VerdictKind
from schemas.shortened import shortened
from tasks.attempt import Attempting, with_credentials
from worker import alerts
from worker.dispatch import call_runners
from worker.errors import LeaseLost, StoreUnreachable
from worker.ledger.claims import Claim, Claimed, Left, Probe, Wait
from worker.ledger.lanes import Finished, Runner, give_back, new_request
from worker.ledger.store.shards import runner_address
from worker.log import get as get_logger
from worker.messages import DELIVER
from worker.process import Process, current
from worker.runners.request import UnackedTask

SLICE_S = 10.0
LINGER_S = 1.0
LINGER_CROWDED_S = 0.1
KEEP_TRYING_S = 600.0
STORE_AWAY_S = 0.5

log = get_logger("ordercast.delivery")


@shared_task(bind=True, name=DELIVER, base=UnackedTask, ignore_result=True, acks_late=False)
def deliver(self: Task[Any, Any], provider: str, shard: int = 0) -> None:
    """Work at one provider for a time slice, in one shard of the ledger; then let a successor be called."""
    process = current()
    with process.place(provider, shard) as has_place:
        if has_place and provider in process.plans:
            Shift(self.app, process, provider, shard).work()


class Shift:
    """One runner's time at one provider."""

    def __init__(self, app: Celery, process: Process, provider: str, shard: int = 0) -> None:
        self.app = app
        self.post = runner_address(provider, shard)
        self.process = process
        self.provider = process.providers[provider]
        self.plan = process.plans[provider]
        self.runner = Runner(process.store.shards[shard], self.plan, process.worker)
        self.ends_s = time.monotonic() + SLICE_S

    def work(self) -> None:
        """Go on while there is something, then leave. Where the store is away, claim nothing and leave."""
        try:
            claimed = self.runner.begin()
            while not isinstance(claimed, Left):
                claimed = self._go_on(claimed)
        except StoreUnreachable as error:
            log.warning("runner.left", provider=self.plan.provider, reason=error.reason)
        else:
            self._call(claimed.calls)

    @property
    def is_over(self) -> bool:
        return self.process.stopping.is_set() or time.monotonic() > self.ends_s

    def _call(self, runners: int) -> None:
        call_runners(self.app, [self.post] * runners)

    def _go_on(self, claimed: Claimed) -> Claimed:
        if isinstance(claimed, Claim):
            self._call(claimed.calls)
            return self._record(claimed, self._attempt(claimed))
        if isinstance(claimed, Probe):
            self._renew(is_due=True)
            self._probe(claimed)
            return self.runner.claim(leave=True)
        if self.is_over:
            return Left(self.runner.leave())
        if isinstance(claimed, Wait):
            self.process.stopping.wait(claimed.wait_s)
            return self.runner.claim(leave=False)
        is_nudged = self.runner.linger(LINGER_S if self.process.has_room else LINGER_CROWDED_S)
        return self.runner.claim(leave=not is_nudged)

    def _attempt(self, claim: Claim) -> Finished:
        """The end of an attempt. One whose credentials were refused, and have changed meanwhile, is made again at once:
        nothing was done by it, and with the old ones it would look like this order's own fault."""
        event = claim.event
        try:
            finished = self._run(claim, event)
            if finished.outcome.kind is OutcomeKind.UNAUTHORIZED:
                finished = self._denied(claim, event, finished)
        except LeaseLost:
            return give_back(claim)
        if finished.verdict.kind is not VerdictKind.BURY:
            log.info(_PAST[finished.verdict.kind], **self._fields(claim, event, finished))
        return finished

    def _run(self, claim: Claim, event: Event) -> Finished:
        guard = LeaseGuard(self.runner, claim)
        owner = self.process.ownership.owner(self.plan.provider, event) if self.plan.shares_keys else event.source
        return Attempting(claim, event, self.provider, self.plan, self.process.driver, guard, owner).run()

    def _denied(self, claim: Claim, event: Event, finished: Finished) -> Finished:
        is_new = self._renew(is_due=finished.verdict.kind is VerdictKind.BURY)
        if is_new:
            self.process.hasten(self.plan.provider)  # others may have been refused with the old ones, and hold it
        if is_new and not finished.outcome.may_have_been_done:
            finished = self._run(claim, event)
        return finished

    def _renew(self, *, is_due: bool = False) -> bool:
        """Read the secrets again. True where they are others than those that this runner has worked with."""
        name, before = self.plan.provider, self.provider
        self.process.credentials.renew(name, is_due=is_due)
        self.provider = self.process.providers.get(name, before)
        return self.provider is not before

    def _record(self, claim: Claim, finished: Finished) -> Claimed:
        """Write the end of an attempt. A known outcome is not thrown away: while the store is away, keep trying."""
        request, repeated, give_up_s = new_request(), False, time.monotonic() + KEEP_TRYING_S
        while True:
            try:
                claimed = self.runner.finish(claim, finished, last=self.is_over, request=request, repeated=repeated)
                break
            except StoreUnreachable:
                repeated = True
                if time.monotonic() > give_up_s or self.process.stopping.is_set():
                    raise
                self.process.stopping.wait(STORE_AWAY_S)
        if finished.verdict.kind is VerdictKind.BURY:
            self._tell_of_death(claim, finished)
        return claimed

    def _tell_of_death(self, claim: Claim, finished: Finished) -> None:
        """Only now it is known: a provider that rejects everything has its deliveries wait instead."""
        fields = self._fields(claim, claim.event, finished)
        if not self.runner.took:
            log.info("delivery.parked", **fields)
            return
        outcome = finished.outcome
        fields |= {"attempt_reason": outcome.reason.value, "message": shortened(outcome.message, 300)}
        alerts.delivery_died(finished.fingerprint, fields, awaits_order=finished.awaits_order(claim))

    def _probe(self, probe: Probe) -> None:
        """Have the adapter try its account, and tell the gate."""
        test = self.provider.test()
        if test is None:
            self.runner.probed(probe, passed=False)
            return
        ran = self.process.driver.converse(self.provider, test)
        outcome = ran.outcome
        if outcome.kind is OutcomeKind.UNAUTHORIZED:
            outcome = with_credentials(outcome, self.provider.config)
        answer = Attempt(
            number=0,
            at_ms=0,
            took_ms=ran.took_ms,
            outcome=outcome.kind.value,
            reason=outcome.reason.value,
            http_status=outcome.http_status,
            message=outcome.message,
        )
        self.runner.probed(probe, passed=outcome.kind is OutcomeKind.ACCEPTED, answer=answer)

    def _fields(self, claim: Claim, event: Event, finished: Finished) -> dict[str, Any]:
        """What a line of the log says of an attempt."""
        outcome, verdict = finished.outcome, finished.verdict
        return {
            "provider": self.plan.provider,
            "delivery": delivery_id(self.plan.provider, event.source, event.id),
            "order": event.subject,
            "type": event.type.value,
            "attempt": claim.number,
            "outcome": outcome.kind.value,
            "reason": verdict.reason.value,
            "http_status": outcome.http_status,
            "took_ms": finished.attempt.took_ms if finished.attempt else 0,
            "wait_s": round(verdict.wait_s, 1),
        }


_PAST = {
    VerdictKind.SETTLE: "delivery.settled",
    VerdictKind.PARK: "delivery.parked",
    VerdictKind.HOLD: "delivery.parked",
}


class LeaseGuard:
    """Says whether a claim's lease outlasts what comes next, and lengthens it where it does not.

    By a clock that goes on while the machine sleeps.
    """

    def __init__(self, runner: Runner, claim: Claim) -> None:
        self.runner = runner
        self.claim = claim
        self.ends_s = runner.lease_ends_s(claim)

    def __call__(self, needed_s: float) -> bool:
        clock = self.runner.clock
        if clock() + needed_s <= self.ends_s:
            return True
        asked_s = clock()
        try:
            renewed = self.runner.renew(self.claim)
        except StoreUnreachable:
            return False
        if renewed:
            self.ends_s = asked_s + self.runner.plan.lease_s
        return renewed and clock() + needed_s <= self.ends_s
