"""Jobs: asked for with a filter, confirmed with the count, watched, paused, ended."""

from __future__ import annotations

from itertools import islice

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from schemas.bulk_job import BulkJob, JobKind
from schemas.principal import Role
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.bulk import BulkAction, Verb
from worker.ops.desk.sentences import at_work
from worker.ops.web.api.shapes import FilterSchema
from worker.ops.web.console.formats import percent
from worker.ops.web.console.reading import form, why
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs, whoever

blp = Blueprint("jobs_pages", __name__)

RESULTS = 200
_FILTER = tuple(FilterSchema().fields)


@blp.get("/jobs")
@needs(Role.VIEWER)
def jobs() -> str:
    return render_template("jobs.html", jobs=desk().jobs.listed())


@blp.post("/jobs")
@needs(Role.OPERATOR)
def begin() -> Response:
    """Counts what matches. Nothing is touched before somebody confirms the count."""
    written = {name: request.form[name] for name in _FILTER if request.form.get(name, "").strip()}
    try:
        query = FilterSchema().load(written)
    except ValidationError as fault:
        raise BadRequest(f"This filter cannot be read: {', '.join(map(str, fault.messages))}.") from fault
    kind = form("kind")
    verb: Verb = "discard" if kind == "discard" else "rehearse" if kind == "rehearse" else "replay"
    action = BulkAction(verb, whoever(), (), query, why(), force="force" in request.form)
    job, is_new = desk().jobs.ask(desk().jobs.undo_request(action, _rate()))
    if not is_new:
        flash(f"{job.who} has asked for the same at {job.at}. This is that job.", "good")
    return redirect(url_for(".job", job_id=job.id))


@blp.get("/jobs/<job_id>")
@needs(Role.VIEWER)
def job(job_id: str) -> str:
    found = desk().jobs.job(job_id)
    return render_template("job.html", job=found, items=_foretold(found), **_progress(found))


@blp.get("/jobs/<job_id>/now")
@needs(Role.VIEWER)
def now(job_id: str) -> str:
    """The part that changes while it runs, which the page asks for again and again."""
    found = desk().jobs.job(job_id)
    return render_template("parts/job.html", job=found, items=_foretold(found), **_progress(found))


@blp.post("/jobs/<job_id>/confirm")
@needs(Role.OPERATOR)
def confirm(job_id: str) -> Response:
    try:
        matched = int(form("matched"))
    except ValueError as fault:
        raise BadRequest("Say how many were counted.", field="matched") from fault
    desk().jobs.confirm(job_id, matched, by=whoever())
    return redirect(url_for(".job", job_id=job_id))


@blp.post("/jobs/<job_id>/<any(pause, resume, cancel):deed>")
@needs(Role.OPERATOR)
def move(job_id: str, deed: str) -> Response:
    getattr(desk().jobs, deed)(job_id, by=whoever())
    return redirect(url_for(".job", job_id=job_id))


def _progress(found: BulkJob) -> dict[str, object]:
    ended = sum(found.results.values())
    is_alone = not found.is_over and not at_work(web().board.status())
    return {"percent": percent(ended, found.matched), "ended": ended, "is_alone": is_alone}


def _failed(found: BulkJob) -> list[object]:
    if not found.failed:
        return []
    return list(islice((item for item in desk().jobs.items(found.id) if item.has_failed), RESULTS))


def _foretold(found: BulkJob) -> list[object]:
    """Of a rehearsal also what would go well: that is what was asked."""
    return list(islice(desk().jobs.items(found.id), RESULTS)) if found.kind is JobKind.REHEARSE else _failed(found)


def _rate() -> float | None:
    said = form("rate")
    if not said:
        return None
    try:
        rate = float(said)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:  # noqa: PLR2004  a pace, not a wish
        raise BadRequest("A pace is a number above 0: deliveries a second.", field="rate")
    return rate
