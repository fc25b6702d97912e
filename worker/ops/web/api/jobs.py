"""Jobs: replays and discards of many deliveries. Counted first, then confirmed with that count."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.bulk_job import BulkJob, JobKind
from schemas.principal import Role
from worker.ops.desk.bulk import EVERYTHING, BulkAction, BulkItem, Verb
from worker.ops.web.api.shapes import ConfirmSchema, JobSchema, PageSchema, answer, gives, listed, ref
from worker.ops.web.current import desk
from worker.ops.web.identity import needs, whoever

_VERBS: dict[JobKind, Verb] = {JobKind.REPLAY: "replay", JobKind.DISCARD: "discard", JobKind.REHEARSE: "rehearse"}

blp = Blueprint("jobs", __name__, url_prefix="/v1", description="Replay or discard many deliveries at once.")


@blp.get("/jobs")
@needs(Role.VIEWER)
@blp.arguments(PageSchema, location="query")
@gives(blp, listed(BulkJob))
def jobs(asked: dict[str, Any]) -> Response:
    """List jobs, newest first. They are kept for 30 days."""
    return answer({"items": desk().jobs.listed(asked["limit"]), "next": None})


@blp.post("/jobs")
@needs(Role.OPERATOR)
@blp.arguments(JobSchema)
@gives(blp, ref(BulkJob), 202, "The job counts what matches. Confirm it with that count; a dry run only counts.")
def begin(asked: dict[str, Any]) -> Response:
    """Ask for a job. Of two who ask for the same the second gets the job of the first."""
    action = BulkAction(
        _VERBS[asked["kind"]],
        whoever(),
        tuple(asked.get("ids", ())),
        asked.get("filter", EVERYTHING),
        asked["why"],
        asked["dry_run"],
        asked["force"],
    )
    job, _ = desk().jobs.ask(desk().jobs.undo_request(action, asked.get("rate_per_second")))
    return answer(job, 202, {"Location": url_for("jobs.job", job_id=job.id)})


@blp.get("/jobs/<job_id>")
@needs(Role.VIEWER)
@gives(blp, ref(BulkJob))
def job(job_id: str) -> Response:
    """One job, and how far it is."""
    return answer(desk().jobs.job(job_id))


@blp.get("/jobs/<job_id>/results")
@needs(Role.VIEWER)
@blp.arguments(PageSchema, location="query")
@gives(blp, listed(BulkItem))
def results(asked: dict[str, Any], job_id: str) -> Response:
    """What came of each delivery, of the last 10,000 in each shard."""
    desk().jobs.job(job_id)
    return answer({"items": list(islice(desk().jobs.items(job_id), asked["limit"])), "next": None})


@blp.post("/jobs/<job_id>/confirm")
@needs(Role.OPERATOR)
@blp.arguments(ConfirmSchema)
@gives(blp, ref(BulkJob))
def confirm(asked: dict[str, Any], job_id: str) -> Response:
    """Begin with what was counted."""
    return answer(desk().jobs.confirm(job_id, asked["matched"], by=whoever()))


@blp.post("/jobs/<job_id>/<any(pause, resume, cancel):deed>")
@needs(Role.OPERATOR)
@gives(blp, ref(BulkJob))
def move(job_id: str, deed: str) -> Response:
    """Pause a job after the page in hand, go on with it, or do nothing more of it."""
    moved: BulkJob = getattr(desk().jobs, deed)(job_id, by=whoever())
    return answer(moved)
