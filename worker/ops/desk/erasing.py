"""Erasing a customer: asked for by e-mail, counted, and told of. The e-mail goes no further than this room."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.principal import Principal
from worker.errors import OrdercastError
from worker.jobs.erase import EraseItem, EraseJob, tally_of
from worker.ledger.customers import Customers, normalised
from worker.ledger.job_lists import JobResult
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.intake_depth import IntakeLook
from worker.ops.desk.jobs import JobDesk, JobRequest

LOOK_S = 5.0
"""How long the broker's names are looked through for lists that nobody reads, at most."""


class EraseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, or with ``dry_run`` would be: orders with their events and deliveries, and refusals. ``bytes``
    are those that the store keeps no more. ``files`` says of each shard's append-only file what came of rewriting it;
    ``failed`` lists what could not be done. ``unread`` is how many messages wait at the broker, in whatever list or
    queue: nobody has looked into them, and what they tell of the customer is accepted when they are read. ``None``
    where the broker cannot be asked, of which ``away`` says why."""

    orders: int
    events: int
    deliveries: int
    refusals: int
    bytes: int
    files: list[str]
    failed: list[str]
    dry_run: bool
    job: str | None = None
    unread: int | None = None
    away: str | None = None


class EraseDesk:
    """Erases customers by jobs. ``intake`` tells what waits at the broker, after a look of ``look_s`` at its names;
    a page that asks every second takes one step each time. Every method raises ``StoreUnreachable``.
    """

    def __init__(self, jobs: JobDesk, intake: IntakeLook, look_s: float = LOOK_S) -> None:
        self.jobs = jobs
        self.intake = intake
        self.look_s = look_s
        self.customers = Customers(jobs.store)

    def ask(self, email: str, *, why: str, by: Principal, dry_run: bool = False) -> tuple[BulkJob, bool]:
        """A job that erases whoever has this e-mail, and True where it is new; with ``dry_run`` it counts only. Raises
        ``BadRequest`` for what is no e-mail, and for a reason that has the e-mail in it or is none."""
        if not why.strip():
            raise BadRequest("Say why: an erasure goes on record.", Advice.SAY_WHY, field="why", deed="erase")
        customer = self._customer(email)
        if normalised(email) in normalised(why):
            raise BadRequest("The reason goes on record: leave the e-mail out of it.", field="why")
        return self.jobs.ask(JobRequest(JobKind.ERASE, customer, customer, by=by, why=why, dry_run=dry_run))

    def would(self, email: str) -> EraseReport:
        """What would be erased. Nothing is changed, and nothing goes on record."""
        found = EraseJob(self.jobs.tools).found(self._customer(email))
        return self._with_unread(_sum([EraseItem.read(one.item) for one in found if one]))

    def counted(self, job_id: str) -> EraseReport:
        """What a job has found."""
        return _sum(self._items(job_id))

    def told(self, job: BulkJob) -> EraseReport | None:
        """What came of a job so far; before it is confirmed, and of a dry run, what would. ``None`` while it counts,
        and of a dry run whose list is no longer kept."""
        if job.state is JobState.COUNTING:
            return None
        if not job.matched or not (job.dry_run or job.state is JobState.COUNTED):
            return self.report(job) if job.is_over else self._so_far(job)
        items = self._items(job.id)
        return replace(_sum(items), job=job.id) if items else None

    def report(self, job: BulkJob) -> EraseReport:
        """What came of a job."""
        return self._with_unread(self._so_far(job))

    def _so_far(self, job: BulkJob) -> EraseReport:
        results = list(self.jobs.lists.results(job.id))
        erased = [(one, tally_of(result.message)) for one, result in results if result.word == "erased"]
        orders = [tally for _, tally in erased if tally.events]
        return EraseReport(
            orders=len(orders),
            events=sum(tally.events for tally in orders),
            deliveries=sum(tally.deliveries for tally in orders),
            refusals=sum(1 for _, tally in erased if tally.bytes and not tally.events),
            bytes=sum(tally.bytes for _, tally in erased),
            files=[result.message for _, result in results if result.word in ("rewritten", "not_rewritten")],
            failed=_failed(results),
            dry_run=False,
            job=job.id,
        )

    def _with_unread(self, report: EraseReport) -> EraseReport:
        try:
            depth = self.intake.depth(self.look_s)
        except OrdercastError as error:
            return replace(report, away=str(error))
        return replace(report, unread=depth.queued + sum(one.queued for one in depth.unread))

    def _items(self, job_id: str) -> list[EraseItem]:
        """What is to be done yet."""
        lists = self.jobs.lists
        return [EraseItem.read(text) for shard in self.jobs.shards for text in lists.next(job_id, shard, 0)]

    def _customer(self, email: str) -> dict[str, str]:
        local, at, domain = email.strip().rpartition("@")
        if not (local and at and domain) or any(map(str.isspace, email.strip())):
            raise BadRequest("That is no e-mail address.", field="customer")
        return {"customer": self.customers.hashed(email).hex()}


def _failed(results: Iterable[tuple[str, JobResult]]) -> list[str]:
    return [result.message or f"{one}: {result.word}" for one, result in results if result.word == "not_rewritten"]


def _sum(items: list[EraseItem]) -> EraseReport:
    orders = [one for one in items if one.sort == "order"]
    return EraseReport(
        orders=len(orders),
        events=sum(one.events for one in orders),
        deliveries=sum(one.deliveries for one in orders),
        refusals=sum(1 for one in items if one.sort == "refusal"),
        bytes=0,
        files=[],
        failed=[],
        dry_run=True,
    )
