"""Replays and discards of whatever matches, as jobs: asked for, counted, confirmed, followed, paused and cancelled.

A job that no worker works at is carried out by whoever follows it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.delivery import State
from schemas.principal import Principal
from worker.jobs import Call, Carrier
from worker.ledger.audit import Audit
from worker.ledger.jobs import JobRefused, Jobs
from worker.ledger.queries.dead_letters import DECLINED
from worker.ledger.store.client import Store
from worker.ops.desk.bulk import FEW, BulkAction, BulkItem

SLICE_S = 0.2
LOOK_S = 0.2


class JobDesk:
    """What people do with jobs. ``call`` is told where runners are wanted. Every method raises ``StoreUnreachable``,
    and ``NoJob`` for a job that is not known; what begins one, ``StoreFull``."""

    def __init__(self, store: Store, call: Call) -> None:
        self.store = store
        self.call = call
        self.jobs = Jobs(store)

    def ask(self, action: BulkAction, rate_per_second: float | None = None) -> tuple[BulkJob, bool]:
        """A job for all that match, and True where it is new: of two who ask for the same, the second gets the job of
        the first. One that was counted and never confirmed gives way: its count is old."""
        job, is_new = self._opened(action, rate_per_second)
        if not is_new and job.state is JobState.COUNTED:
            self.jobs.cancel(job.id, by=action.by)
            return self._opened(action, rate_per_second)
        return job, is_new

    def listed(self, most: int) -> list[BulkJob]:
        """The last ones, the newest first."""
        return self.jobs.listed(most)

    def job(self, job_id: str) -> BulkJob:
        """How it stands."""
        return self.jobs.job(job_id)

    def follow(self, job_id: str, stopped: threading.Event) -> Iterator[BulkJob]:
        """How it stands, again and again, until it waits for a person, is over, or ``stopped`` is set. Works at it
        where nobody else does."""
        carrier = Carrier(self.store, self.call, stopped)
        while True:
            job = carrier.carry(job_id, time.monotonic() + SLICE_S)
            yield job
            if job.state not in (JobState.COUNTING, JobState.RUNNING) or stopped.is_set():
                return
            if job_id not in self.jobs.unattended():
                stopped.wait(LOOK_S)

    def confirm(self, job: BulkJob, *, by: Principal) -> BulkJob:
        """Begin with what was counted, and put it on record. Raises ``JobRefused`` where somebody was quicker."""
        now = self.jobs.job(job.id)
        if now.state is not JobState.COUNTED:
            raise JobRefused(now.state, f"Job {job.id} is {now.state}: {now.moved_by or now.who} was quicker.")
        matched = job.matched or 0
        asked = [f"{name}={value}" for name, value in job.wanted.items()]
        few = self.jobs.left(job.id, FEW) if matched <= FEW else []
        words = " ".join([f"{matched}:", *(["forced"] if job.forced else []), *asked, f"job={job.id}", *few])
        Audit(self.store).note(job.kind.value, words, why=job.why, by=by)
        return self.jobs.confirm(job.id, matched, by=by)

    def pause(self, job_id: str, *, by: Principal) -> BulkJob:
        """Stop after the page in hand."""
        self._note("pause", job_id, by)
        return self.jobs.pause(job_id, by=by)

    def resume(self, job_id: str, *, by: Principal) -> BulkJob:
        """Go on with one that was paused."""
        self._note("resume", job_id, by)
        return self.jobs.resume(job_id, by=by)

    def cancel(self, job_id: str, *, by: Principal) -> BulkJob:
        """Do nothing more of it. What was done stays done."""
        if self.jobs.job(job_id).state is not JobState.COUNTED:  # of what was never confirmed nothing is on record
            self._note("cancel", job_id, by)
        return self.jobs.cancel(job_id, by=by)

    def items(self, job_id: str) -> Iterator[BulkItem]:
        """What came of each, of the last 10,000 in each shard."""
        for delivery_id, word in self.jobs.results(job_id):
            if word in DECLINED:
                result = "not_found" if word == "not_found" else "refused"
                yield BulkItem(delivery_id, result, DECLINED[word])
            else:
                yield BulkItem(delivery_id, word)

    def _note(self, verb: str, job_id: str, by: Principal) -> None:
        job = self.jobs.job(job_id)
        if not job.is_over:
            Audit(self.store).note(verb, f"job={job_id}: {job.done} of {job.matched or 0} done", why="", by=by)

    def _opened(self, action: BulkAction, rate_per_second: float | None) -> tuple[BulkJob, bool]:
        asked = action.asked if action.asked.state else replace(action.asked, state=State.DEAD)
        found = msgspec.to_builtins(asked.filter(self.store.now_ms()))
        return self.jobs.open(
            JobKind(action.verb),
            dict(word.partition("=")[::2] for word in asked.words()),
            {name: value for name, value in found.items() if value is not None}
            | ({} if asked.limit is None else {"limit": asked.limit}),
            by=action.by,
            why=action.why,
            forced=action.force,
            rate_per_second=rate_per_second,
        )
