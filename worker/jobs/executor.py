"""Executing a job: counting what matches, then a page at a time at its pace, for as long as its lease is ours.

Whoever finds a job that nobody works at may do so: a worker's task, or the command that asked for it. Where it is
killed the next one goes on; nothing is done twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from schemas.bulk_job import BulkJob, JobState
from worker.clock import Clock
from worker.errors import OrdercastError
from worker.jobs.kinds import KINDS
from worker.jobs.work import FoundItem, JobTools, JobWork
from worker.ledger.job_lists import PAGE
from worker.ledger.jobs import JobRefused, Jobs
from worker.ledger.store.client import Store

COUNTED_AT_ONCE = 500
LOOK_S = 1.0
"""How often who waits for the next page makes sure of its lease, and sees whether a person has paused the job."""


class _Left(Exception):
    """Another has the job's lease, or a person has paused or cancelled it."""


class JobExecutor:
    """Executes jobs, one at a time. ``stopped`` ends it between two pages. Every method raises ``StoreUnreachable``, a
    replay ``StoreFull``: the job stays as it is."""

    def __init__(self, tools: JobTools, stopped: threading.Event, clock: Clock = time.monotonic) -> None:
        self.jobs = Jobs(tools.store)
        self.tools = tools
        self.stopped = stopped
        self.clock = clock
        self.ended: str | None = None
        """The job that it has brought to its end, last of all."""

    def execute(self, job_id: str, until_s: float | None = None, *, token: str | None = None) -> BulkJob:
        """JobWork at a job until it waits for a person or is over, or ``clock`` has come to ``until_s``; how it stands
        then. Does nothing where another works at it. ``token`` is one by which the lease was taken already."""
        lease = _Lease(self.jobs, job_id, token or uuid4().hex)
        try:
            state = lease.take()
            if state is JobState.COUNTING:
                self._count(lease)
            elif state is JobState.RUNNING:
                self._run(lease, until_s)
        except (_Left, JobRefused):
            pass
        lease.let_go()  # after an error it lapses instead: whoever comes next is not to meet the same one at once
        return self.jobs.job(job_id)

    def _count(self, lease: _Lease) -> None:
        meant, work = self.jobs.lists.meant(lease.job_id), self._work(lease.job_id)
        attempt = self.jobs.begin_counting(lease.job_id)
        some: list[FoundItem] = []
        matched, renewed_s = 0, self.clock()
        for one in work.found(meant):
            some += [one] if one else []
            if len(some) < COUNTED_AT_ONCE and self.clock() - renewed_s < LOOK_S:
                continue
            self._add(lease.job_id, attempt, some)
            matched, some, renewed_s = matched + len(some), [], self.clock()
            lease.renew(JobState.COUNTING)
            if self.stopped.is_set():
                return
        self._add(lease.job_id, attempt, some)
        lease.renew(JobState.COUNTING)
        self.jobs.end_counting(lease.job_id, attempt, matched + len(some), work.beside)

    def _work(self, job_id: str) -> JobWork:
        return KINDS[self.jobs.job(job_id).kind](self.tools)

    def _add(self, job_id: str, attempt: str, some: Iterable[FoundItem]) -> None:
        of_shard: dict[Store, list[str]] = {}
        for shard, item in some:
            of_shard.setdefault(shard, []).append(item)
        for shard, items in of_shard.items():
            self.jobs.lists.add(job_id, attempt, shard, items)

    def _run(self, lease: _Lease, until_s: float | None) -> None:
        job, work = self.jobs.job(lease.job_id), self._work(lease.job_id)
        rate = job.rate_per_second
        size = PAGE if rate is None else max(1, min(PAGE, int(rate)))
        due_s = self.clock()
        for shard in self.jobs.shards:
            left = 1
            while left:
                if not self._wait_till(due_s, lease, until_s):
                    return
                with lease.kept():
                    page = work.page(job, shard, size)
                left = page.left
                due_s = max(due_s, self.clock() - 1) + (page.touched / rate if rate else 0)
                due_s = max(due_s, self.clock() + page.rest_s)
                if left and not page.touched:
                    due_s = self.clock() + LOOK_S
        self.jobs.end(lease.job_id)
        self.ended = lease.job_id

    def _wait_till(self, due_s: float, lease: _Lease, until_s: float | None) -> bool:
        """False where there is to be no further page."""
        while True:
            lease.renew(JobState.RUNNING)
            now_s = self.clock()
            if self.stopped.is_set() or (until_s is not None and now_s >= until_s):
                return False
            if now_s >= due_s:
                return True
            self.stopped.wait(min(LOOK_S, due_s - now_s))


class _Lease:
    """The lease of a job, in the hands of one who executes it."""

    def __init__(self, jobs: Jobs, job_id: str, token: str) -> None:
        self.jobs = jobs
        self.job_id = job_id
        self.token = token

    def take(self) -> JobState | None:
        return self.jobs.lease(self.job_id, self.token)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """While something is done that may take longer than the lease, as a conversation with a vendor does."""
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(over,), name=f"ordercast-lease-{self.job_id}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(LOOK_S):
            with suppress(OrdercastError):  # whoever works notices it too
                self.take()

    def renew(self, state: JobState) -> None:
        """Raises ``_Left`` where it is another's now, or the job no longer has this state."""
        if self.take() is not state:
            raise _Left

    def let_go(self) -> None:
        self.jobs.lease(self.job_id, self.token, lease_ms=0)
