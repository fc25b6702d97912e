"""Replays and discards of whatever matches, as jobs: asked for, followed, and told of.

A job that no worker works at is executed by whoever follows it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.delivery import State
from schemas.principal import Principal
from worker.jobs.executor import JobExecutor
from worker.jobs.work import JobTools
from worker.ledger.jobs import Jobs
from worker.ledger.queries.dead_letters import DECLINED
from worker.ops.desk.bulk import BulkAction, BulkItem

SLICE_S = 0.2
LOOK_S = 0.2


class JobDesk(Jobs):
    """What people do with jobs, and ``tools`` what they are done with where no worker does."""

    def __init__(self, tools: JobTools) -> None:
        super().__init__(tools.store)
        self.store = tools.store
        self.tools = tools

    def ask(self, action: BulkAction, rate_per_second: float | None = None) -> tuple[BulkJob, bool]:
        """A job for all that match, and True where it is new: of two who ask for the same, the second gets the job of
        the first. One that was counted and never confirmed gives way: its count is old."""
        asked = action.asked if action.asked.state else replace(action.asked, state=State.DEAD)
        found = msgspec.to_builtins(asked.filter(self.store.now_ms()))
        meant = {name: value for name, value in found.items() if value is not None}
        return self.ask_for(
            JobKind(action.verb),
            dict(word.partition("=")[::2] for word in asked.words()),
            meant if asked.limit is None else meant | {"limit": asked.limit},
            by=action.by,
            why=action.why,
            forced=action.force,
            rate_per_second=rate_per_second,
        )

    def ask_for(
        self,
        kind: JobKind,
        wanted: Mapping[str, Any],
        meant: Mapping[str, Any],
        *,
        by: Principal,
        why: str,
        forced: bool = False,
        rate_per_second: float | None = None,
    ) -> tuple[BulkJob, bool]:
        """The same of a job of any kind, as ``open`` takes it."""
        ask = partial(self.open, kind, wanted, meant, by=by, why=why, forced=forced, rate_per_second=rate_per_second)
        job, is_new = ask()
        if not is_new and job.state is JobState.COUNTED:
            self.cancel(job.id, by=by)
            return ask()
        return job, is_new

    def follow(self, job_id: str, stopped: threading.Event) -> Iterator[BulkJob]:
        """How it stands, again and again, until it waits for a person, is over, or ``stopped`` is set. Works at it
        where nobody else does."""
        executor = JobExecutor(self.tools, stopped)
        while True:
            job = executor.execute(job_id, time.monotonic() + SLICE_S)
            yield job
            if job.state not in (JobState.COUNTING, JobState.RUNNING) or stopped.is_set():
                return
            if job_id not in self.unattended():
                stopped.wait(LOOK_S)

    def items(self, job_id: str) -> Iterator[BulkItem]:
        """What came of each, of the last 10,000 in each shard."""
        for one, (word, message) in self.lists.results(job_id):
            if word in DECLINED:
                result = "not_found" if word == "not_found" else "refused"
                yield BulkItem(one, result, DECLINED[word])
            else:
                yield BulkItem(one, word, message)
