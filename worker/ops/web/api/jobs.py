"""Jobs: many deliveries or orders at once. Counted first, then confirmed with that count."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.bulk_job import BulkJob, JobKind
from schemas.principal import Role
from worker.ops.desk.bulk import BulkItem
from worker.ops.desk.erasing import EraseDesk, EraseReport
from worker.ops.web import asking
from worker.ops.web.api.job_shapes import JOB_BODY, schema_of
from worker.ops.web.api.shapes import ConfirmSchema, ResultsSchema, SliceSchema, answer, gives, listed, ref, sliced
from worker.ops.web.current import desk
from worker.ops.web.identity import needs

RESULTS = listed(BulkItem)
RESULTS["properties"]["report"] = ref(EraseReport)

blp = Blueprint("jobs", __name__, url_prefix="/v1", description="One deed for many deliveries or orders.")


@blp.get("/jobs")
@needs(Role.VIEWER)
@blp.arguments(SliceSchema, location="query")
@gives(blp, listed(BulkJob))
def jobs(asked: dict[str, Any]) -> Response:
    """List jobs, newest first. They are kept for 30 days."""
    return answer(sliced(desk().jobs.listed(asked["cursor"] + asked["limit"] + 1), asked))


@blp.post("/jobs")
@needs(Role.OPERATOR)
@blp.doc(requestBody=JOB_BODY)
@blp.ARGUMENTS_PARSER.use_args(schema_of, location="json")
@gives(blp, ref(BulkJob), 202, "The job counts what matches. Confirm it with that count; a dry run only counts.")
def begin(asked: dict[str, Any]) -> Response:
    """Ask for a job: to erase a customer needs the role admin. Of two who ask for the same the second gets the job of
    the first."""
    job, _ = asking.begin(asked)
    return answer(job, 202, {"Location": url_for("jobs.job", job_id=job.id)})


@blp.get("/jobs/<job_id>")
@needs(Role.VIEWER)
@gives(blp, ref(BulkJob))
def job(job_id: str) -> Response:
    """One job, and how far it is."""
    return answer(desk().jobs.job(job_id))


@blp.get("/jobs/<job_id>/results")
@needs(Role.VIEWER)
@blp.arguments(ResultsSchema, location="query")
@gives(blp, RESULTS)
def results(asked: dict[str, Any], job_id: str) -> Response:
    """What came of each, of the last 10,000 in each shard. Of an erasure there is a ``report``, also before it is
    confirmed and of a dry run: what would be erased."""
    found = desk().jobs.job(job_id)
    words = asked.get("result")
    items = (item for item in desk().jobs.items(job_id) if words is None or item.result in words)
    report = EraseDesk(desk().jobs, desk().intake, look_s=0).told(found) if found.kind is JobKind.ERASE else None
    return answer(sliced(items, asked) | ({"report": report} if report else {}))


@blp.post("/jobs/<job_id>/confirm")
@needs(Role.OPERATOR)
@blp.arguments(ConfirmSchema)
@gives(blp, ref(BulkJob))
def confirm(asked: dict[str, Any], job_id: str) -> Response:
    """Begin with what was counted: of an erasure, for admins."""
    return answer(asking.move(job_id, "confirm", asked["matched"]))


@blp.post("/jobs/<job_id>/<any(pause, resume, cancel):deed>")
@needs(Role.OPERATOR)
@gives(blp, ref(BulkJob))
def move(job_id: str, deed: str) -> Response:
    """Pause a job after the page in hand, go on with it, or do nothing more of it. To go on erasing is for admins."""
    return answer(asking.move(job_id, deed))
