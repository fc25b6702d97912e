"""Jobs of people: asked for, followed, and told of.

A job that no worker works at is executed by whoever follows it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.delivery import State
from schemas.principal import Principal
from worker.jobs.executor import JobExecutor
from worker.jobs.kinds import KINDS
from worker.jobs.work import JobTools
from worker.ledger.jobs import JobRefused, Jobs
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.causes import Causes
from worker.ledger.queries.dead_letters import DECLINED
from worker.ledger.queries.deliveries import Deliveries
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.bulk import BulkAction, BulkItem
from worker.ops.desk.ids import whole_id
from worker.ops.desk.query import DeliveryQuery

SLICE_S = 0.2
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What somebody wants done as a job: ``wanted`` in their words, ``meant`` what that comes to now. With
    ``dry_run`` it is counted only."""

    kind: JobKind
    wanted: Mapping[str, Any]
    meant: Mapping[str, Any]
    by: Principal
    why: str
    forced: bool = False
    rate_per_second: float | None = None
    dry_run: bool = False


class JobDesk(Jobs):
    """What people do with jobs, and ``tools`` what they are done with where no worker does."""

    def __init__(self, tools: JobTools) -> None:
        super().__init__(tools.store)
        self.store = tools.store
        self.tools = tools
        self.causes = Causes(tools.store)

    def ask(self, request: JobRequest) -> tuple[BulkJob, bool]:
        """A job for what is wanted, and True where it is new: of two who ask for the same, the second gets the job of
        the first. One that was counted and never confirmed gives way: its count is old."""
        job, is_new = self._opened(request)
        if not is_new and job.state is JobState.COUNTED:
            try:
                self.cancel(job.id, by=request.by, states=(JobState.COUNTED,))
            except JobRefused:  # somebody has confirmed it meanwhile
                return self.job(job.id), False
            return self._opened(request)
        return job, is_new

    def rehearsed(self, request: JobRequest) -> BulkJob:
        """The job that would be counted for a request, as it would stand then. Nothing is written."""
        work = KINDS[request.kind](self.tools)
        matched = sum(1 for one in work.found(dict(request.meant)) if one)
        return BulkJob(
            id="",
            kind=request.kind,
            state=JobState.COUNTED,
            wanted=dict(request.wanted),
            who=request.by.signed,
            why=request.why,
            at="",
            matched=matched,
            dry_run=True,
            beside=dict(work.beside),
        )

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
        erases = self.job(job_id).kind is JobKind.ERASE  # what is why not for others is its aim
        for one, (word, message) in self.lists.results(job_id):
            if word in DECLINED and not erases:
                result = "not_found" if word == "not_found" else "refused"
                yield BulkItem(one, result, DECLINED[word])
            else:
                yield BulkItem(one, word, message)

    def undo_request(self, action: BulkAction, rate_per_second: float | None = None) -> JobRequest:
        """A replay, a discard or a rehearsal of those that are named, or of all that match."""
        wanted, meant = self._named(action.ids) if action.ids else self._filtered(action.asked)
        return JobRequest(
            JobKind(action.verb),
            wanted,
            meant,
            by=action.by,
            why=action.why,
            forced=action.force,
            rate_per_second=rate_per_second,
            dry_run=action.dry_run,
        )

    def _opened(self, request: JobRequest) -> tuple[BulkJob, bool]:
        return self.open(
            request.kind,
            request.wanted,
            request.meant,
            by=request.by,
            why=request.why,
            forced=request.forced,
            rate_per_second=request.rate_per_second,
            dry_run=request.dry_run,
        )

    def _named(self, written: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Deliveries by their ids, of which the beginnings are enough. What nobody knows is not counted."""
        deliveries = Deliveries(self.store)
        ids = list(dict.fromkeys(whole_id(deliveries, one) for one in written))
        return {"ids": " ".join(ids)}, {"ids": ids}

    def _filtered(self, query: DeliveryQuery) -> tuple[dict[str, Any], dict[str, Any]]:
        """All that agree with the query, dead letters where it names no state. Raises ``BadRequest`` for a provider
        that nobody knows."""
        known = [row.name for row in read_table(self.store).rows]
        if query.provider is not None and query.provider not in known:
            there = ", ".join(known) or "none"
            raise BadRequest(
                f"There is no provider {query.provider!r} in the ledger: there is {there}.", field="provider"
            )
        asked = self._whole_cause(query if query.state else replace(query, state=State.DEAD))
        found = msgspec.to_builtins(asked.filter(self.store.now_ms()))
        meant = {name: value for name, value in found.items() if value is not None}
        if asked.limit is not None:
            meant["limit"] = asked.limit
        return dict(word.partition("=")[::2] for word in asked.words()), meant

    def _whole_cause(self, asked: DeliveryQuery) -> DeliveryQuery:
        """The same with the whole fingerprint where this begins one alone: who asks for one cause in other words asks
        for the same."""
        if not asked.fingerprint:
            return asked
        found = self.causes.fingerprints(asked.provider, asked.fingerprint)
        return replace(asked, fingerprint=found.pop()) if len(found) == 1 else asked
