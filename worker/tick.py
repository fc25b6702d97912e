"""The bootstep in every worker: about each 500 ms, on its own thread, wake what is due, reap the lost, call runners.

On the worker blueprint: timers on the consumer stop while the broker is away. Safe to run anywhere and any number of
times, since each step is atomic. Each shard of the ledger has a thread of its own: one that is away stops no other.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import msgspec
from celery import bootsteps

from schemas.address import read_address
from worker import alerts
from worker.clock import Clock, uptime_s
from worker.dispatch import call_for_job, call_runners
from worker.errors import OrdercastError, StoreUnreachable
from worker.following import Following
from worker.jobs.scheduling import Scheduling
from worker.ledger.jobs import Jobs
from worker.ledger.lending import QuotaBorrower
from worker.ledger.store.shards import reach_shards, runner_address
from worker.ledger.worker_facts import WorkerFacts
from worker.log import get as get_logger
from worker.loops import Loop, Work
from worker.process import Process, ProcessShard, apply_config, current
from worker.runners.fallback import run_locally
from worker.runners.subscription import Subscription

TICK_S = 0.5
TIDY_SHARE = 0.1
CALL_MS = 5_000
"""How long a call of a job may lie before another is made."""
JUMP_MS = 2_000  # a smaller one is within what leases leave as a margin
LATE_S = 1.0  # an answer that took longer tells nothing of the clock

log = get_logger("ordercast.tick")


def _begin_or_exit(*, applies_config: bool) -> None:
    """Make sure of the ledger and write the provider table, or end the worker with the error's own exit code: Celery
    would say 1 for everything. A worker that need not write waits for a store that is away."""
    try:
        reach_shards(current().store)
        if applies_config:
            apply_config()
    except OrdercastError as error:
        if isinstance(error, StoreUnreachable) and not applies_config:
            return
        log.critical("worker.refused", reason=error.reason, message=str(error))
        raise SystemExit(error.exit_code) from error


def _read_secrets_at_hangups(hung_up: threading.Event) -> None:
    """At SIGHUP, for which Celery would start the worker anew. On a terminal it means that the terminal is gone: there
    it ends the worker, as it always did."""
    if threading.current_thread() is threading.main_thread() and not (sys.stdin and sys.stdin.isatty()):
        signal.signal(signal.SIGHUP, lambda *_: hung_up.set())


class Tick(bootsteps.StartStopStep):
    """Starts the ticking thread with the worker and ends it with the worker."""

    def __init__(self, parent: Any, *, apply_config: bool = False, **options: Any) -> None:
        super().__init__(parent, **options)
        self.applies_config = apply_config
        self.stopped = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self, parent: Any) -> None:
        _begin_or_exit(applies_config=self.applies_config)
        following = self._following(parent, current())
        _read_secrets_at_hangups(current().hung_up)
        for shard in current().shards:
            name = f"ordercast-tick-{shard.store.number}"
            args = parent, shard, None if shard.store.number else following
            self.threads.append(threading.Thread(target=self._run, args=args, name=name, daemon=True))
            self.threads[-1].start()

    @staticmethod
    def _following(worker: Any, process: Process) -> Following:
        """Begins to follow before anything is delivered. A worker that was told what to read (``-Q``) reads no more."""
        change = Subscription(worker, read_address(process.broker_url)).change
        following = Following(process, change if process.takes_all else None)
        with suppress(StoreUnreachable):
            following.begin()
        return following

    def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery's signature
        self.stopped.set()
        for thread in self.threads:
            thread.join(5)

    terminate = stop

    def _run(self, worker: Any, shard: ProcessShard, following: Following | None) -> None:
        loops = current().loops
        is_written = not self.applies_config or shard.store.number == 0
        process = current()
        scheduling = None if shard.store.number else Scheduling(shard.store, lambda: process.providers)

        def begin() -> Work:
            rounds = Rounds(worker, shard, following, loops.facts, scheduling)

            def turn() -> None:
                nonlocal is_written
                if not is_written:  # it may have been away when the worker began
                    is_written = not apply_config([shard.store])
                rounds.go()
                shard.safety.look()

            return Work(turn)

        name = f"tick-{shard.store.number}"
        loops.run(Loop(name, begin, self.stopped, pause_s=_jittered_s, away_s=TICK_S))


def _jittered_s() -> float:
    return TICK_S * random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret


class Rounds:
    """What one worker does about each half second. Every method raises ``StoreUnreachable``. ``facts`` is what the
    worker says of itself."""

    def __init__(
        self,
        worker: Any,
        parts: ProcessShard,
        following: Following | None = None,
        facts: Callable[[], WorkerFacts] = WorkerFacts,
        scheduling: Scheduling | None = None,
    ) -> None:
        self.worker = worker
        self.scheduling = scheduling
        self.following = following
        self.jobs = Jobs(parts.store) if parts.store.number == 0 else None
        self.parts = parts
        self.facts = facts
        self.watch = ClockWatch()
        self.borrowing = QuotaBorrower(parts.store, parts.plans) if len(parts.store.shards) > 1 else None
        self.borrows = True

    def go(self) -> None:
        """See that the store's clock has not jumped; beat; then look at each provider's gate."""
        parts = self.parts
        seen_ms, jump_ms = self.watch.look(parts.store.now_ms)
        if jump_ms is None:
            self._beat(None)
            return
        if abs(jump_ms) > JUMP_MS and parts.gates.shift(jump_ms, parts.plans.values()):
            log.warning("clock.jumped", jump_s=round(jump_ms / 1000, 1))
        self._beat(seen_ms)
        parts.gates.measure()
        self._borrow()
        for name, plan in parts.plans.items():
            self._look(name, plan.max_in_flight, seen_ms)
        self._tell()
        if self.scheduling:
            self.scheduling.look()
        self._call_for_jobs()
        if random.random() < TIDY_SHARE:  # noqa: S311  spreads the sweeping over the workers
            parts.tidy.sweep(parts.store.now_ms())

    def _beat(self, even_ms: int | None) -> None:
        """Show that the worker is alive, take up a new provider table. ``even_ms`` is the clock that it vouches for."""
        facts = self.facts()
        if self.following:
            facts = msgspec.structs.replace(facts, table=self.following.works_by, leaves=self.following.leaves)
        version = self.parts.gates.beat(self.worker.hostname, facts, even_ms=even_ms)
        if self.following:
            self.following.look(version)

    def _tell(self) -> None:
        """Whoever ticks first tells what has changed at the gates, for the whole fleet."""
        store = self.parts.store
        shard = store.number if len(store.shards) > 1 else None
        for news in self.parts.gates.news():
            if not (shard and news.state == "paused"):  # a person pauses a provider in all shards: the first one tells
                alerts.gate_changed(news, shard)
        alerts.repeats.tell_rest()

    def _borrow(self) -> None:
        """Where the lender is away, the rest of the round goes on: what is lent runs out."""
        if self.borrowing is None:
            return
        try:
            self.borrowing.go_round()
            self.borrows = True
        except StoreUnreachable as error:
            if self.borrows:
                log.warning("loan.missed", shard=self.parts.store.number, message=str(error))
            self.borrows = False

    def _call_for_jobs(self) -> None:
        """Jobs that nobody works at. The lease is taken for the call, so that one call is enough; where that is lost,
        it ends soon."""
        for job_id in self.jobs.unattended() if self.jobs else ():
            token = uuid4().hex
            if self.jobs and self.jobs.lease(job_id, token, lease_ms=CALL_MS):
                call_for_job(self.worker.app, job_id, token)

    def _look(self, provider: str, limit: int, seen_ms: int) -> None:
        woken = self.parts.gates.tick(provider, limit, seen_ms=seen_ms)
        wanted = runner_address(provider, self.parts.store.number)
        if not call_runners(self.worker.app, [wanted] * woken.calls):
            run_locally(self.worker.app, wanted, woken.calls)
        if woken.lost:
            log.warning("attempts.lost", provider=provider, count=woken.lost)


class ClockWatch:
    """Sees the store's clock jump against a clock of this machine that only goes forward.

    A look that comes late, and one after the machine has slept, sees no jump: both clocks went on.
    """

    def __init__(self, clock: Clock = uptime_s) -> None:
        self.clock = clock
        self.last: tuple[int, float] | None = None

    def look(self, now_ms: Callable[[], int]) -> tuple[int, int | None]:
        """The store's clock, and by how much it has jumped since the last look.

        ``None`` at the first look, and at one that took so long that nobody can say when the answer was true: then
        nothing may be reaped yet.
        """
        before_s = self.clock()
        store_ms = now_ms()
        after_s = self.clock()
        last, self.last = self.last, (store_ms, after_s) if after_s - before_s < LATE_S else None
        if last is None or self.last is None:
            return store_ms, None
        return store_ms, round(store_ms - last[0] - (after_s - last[1]) * 1000)
