"""Jobs as the web asks for them: from a request or a form that was read, by whoever may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.bulk_job import BulkJob, JobKind
from schemas.principal import Role
from worker.ops.desk.backfill import Backfilling
from worker.ops.desk.bulk import EVERYTHING, BulkAction, Verb
from worker.ops.desk.erasing import EraseDesk
from worker.ops.desk.jobs import JobRequest
from worker.ops.desk.query import DeliveryQuery
from worker.ops.desk.reconcile import Reconciling
from worker.ops.web.current import desk
from worker.ops.web.identity import check_may, whoever

Asked = Mapping[str, Any]
"""A request as its schema has read it."""


def needed_for(kind: JobKind, deed: str = "begin") -> Role:
    """What somebody has to be to begin a job of a kind, or to move it. What is erased does not come back: whatever
    makes more of that happen is for admins, whatever stops it is not."""
    return Role.ADMIN if kind is JobKind.ERASE and deed not in ("pause", "cancel") else Role.OPERATOR


def begin(asked: Asked) -> tuple[BulkJob, bool]:
    """The job, and True where it is new. Raises ``BadRequest``, and ``Forbidden`` for who may not."""
    kind = JobKind(asked["kind"])
    check_may(needed_for(kind))
    if kind is JobKind.ERASE:
        erasing = EraseDesk(desk().jobs, desk().intake)
        return erasing.ask(asked["customer"], why=asked["why"], by=whoever(), dry_run=asked["dry_run"])
    return desk().jobs.ask(_REQUESTS[kind](asked))


def move(job_id: str, deed: str, *given: int) -> BulkJob:
    """Confirm a job with the count that is ``given``, pause it, resume it or cancel it. Raises ``Forbidden`` for who
    may not."""
    check_may(needed_for(desk().jobs.job(job_id).kind, deed))
    moved: BulkJob = getattr(desk().jobs, deed)(job_id, *given, by=whoever())
    return moved


def _backfill(asked: Asked) -> JobRequest:
    wanted = asked.get("filter", EVERYTHING)
    rate = asked.get("rate_per_second")
    return Backfilling(asked["provider"], wanted, whoever(), asked["why"], asked["dry_run"], rate).request(desk().store)


def _reconcile(asked: Asked) -> JobRequest:
    return Reconciling(
        asked["provider"],
        DeliveryQuery(since=asked["since"], source=asked.get("source")),
        whoever(),
        asked["why"],
        asked.get("sample"),
        asked["heal"],
        asked["dry_run"],
        asked.get("rate_per_second"),
    ).request(desk().jobs)


def _undo(asked: Asked) -> JobRequest:
    verb = _VERBS[JobKind(asked["kind"])]
    ids, wanted = tuple(asked.get("ids", ())), asked.get("filter", EVERYTHING)
    action = BulkAction(verb, whoever(), ids, wanted, asked["why"], asked["dry_run"], asked["force"])
    return desk().jobs.undo_request(action, asked.get("rate_per_second"))


_VERBS: dict[JobKind, Verb] = {JobKind.REPLAY: "replay", JobKind.DISCARD: "discard", JobKind.REHEARSE: "rehearse"}
_REQUESTS: dict[JobKind, Callable[[Asked], JobRequest]] = {
    **dict.fromkeys(_VERBS, _undo),
    JobKind.BACKFILL: _backfill,
    JobKind.RECONCILE: _reconcile,
}
