"""Jobs: asked for with a filter, confirmed with the count, watched, paused, ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from schemas.bulk_job import BulkJob, JobKind
from schemas.event import Event
from schemas.principal import Role
from worker.ledger.queries.deliveries import Deliveries
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.bulk import BulkItem
from worker.ops.desk.erasing import EraseDesk
from worker.ops.desk.ids import DELIVERY_ID
from worker.ops.desk.job_sentences import deed_of, nothing_of, sum_of
from worker.ops.desk.sentences import at_work
from worker.ops.web import asking
from worker.ops.web.api.shapes import FilterSchema
from worker.ops.web.console.formats import percent
from worker.ops.web.console.reading import filled, form, rate, read, why
from worker.ops.web.current import desk, web
from worker.ops.web.identity import may, needs, whoever

blp = Blueprint("jobs_pages", __name__)

RESULTS = 200
_ALIKE = ("provider", "source", "order", "type")
"""Filters that hold of a delivery whatever has become of it since."""
UNDONE = (JobKind.REPLAY, JobKind.DISCARD, JobKind.REHEARSE)
DEEDS = ("confirm", "pause", "resume", "cancel")
_FILTER = tuple(FilterSchema().fields)


@blp.get("/jobs")
@needs(Role.VIEWER)
def jobs() -> str:
    return render_template("jobs.html", jobs=desk().jobs.listed())


@blp.post("/jobs")
@needs(Role.OPERATOR)
def begin() -> Response:
    """Counts what matches. Nothing is touched before somebody confirms the count."""
    kind, query = form("kind"), read(FilterSchema(), filled(*_FILTER))
    if kind not in UNDONE:
        raise BadRequest(f"Say what is to be done: {', '.join(UNDONE)}.", field="kind")
    told = {"kind": kind, "filter": query, "why": why(), "dry_run": False, "force": "force" in request.form}
    return begun(told | {"rate_per_second": rate()})


def begun(asked: dict[str, Any]) -> Response:
    """To the page of the job that was asked for."""
    job, is_new = asking.begin(asked)
    if not is_new:
        flash(f"{job.who} has asked for the same at {job.at}. This is that job.", "good")
    return redirect(url_for("jobs_pages.job", job_id=job.id))


@blp.get("/jobs/<job_id>")
@needs(Role.VIEWER)
def job(job_id: str) -> str:
    return render_template("job.html", **_shown(desk().jobs.job(job_id)))


@blp.get("/jobs/<job_id>/now")
@needs(Role.VIEWER)
def now(job_id: str) -> str:
    """The part that changes while it runs, which the page asks for again and again."""
    return render_template("parts/job.html", **_shown(desk().jobs.job(job_id)))


@blp.post("/jobs/<job_id>/confirm")
@needs(Role.OPERATOR)
def confirm(job_id: str) -> Response:
    try:
        matched = int(form("matched"))
    except ValueError as fault:
        raise BadRequest("Say how many were counted.", field="matched") from fault
    asking.move(job_id, "confirm", matched)
    return redirect(url_for(".job", job_id=job_id))


@blp.post("/jobs/<job_id>/<any(pause, resume, cancel):deed>")
@needs(Role.OPERATOR)
def move(job_id: str, deed: str) -> Response:
    asking.move(job_id, deed)
    return redirect(url_for(".job", job_id=job_id))


def _shown(found: BulkJob) -> dict[str, Any]:
    """All that the page of a job shows of it."""
    ended = sum(found.results.values())
    report = EraseDesk(desk().jobs, desk().intake, look_s=0).told(found) if found.kind is JobKind.ERASE else None
    items = list(islice(_told(found), RESULTS + 1))
    return {
        "job": found,
        "percent": percent(ended, found.matched),
        "is_alone": not found.is_over and not at_work(web().board.status()),
        "items": items[:RESULTS],
        "has_more": len(items) > RESULTS,
        "orders": _orders(items),
        "report": report,
        "deed": deed_of(found, report),
        "sum": sum_of(found) if found.matched is not None else None,
        "became": {name: found.wanted[name] for name in _ALIKE if name in found.wanted},
        "nothing": nothing_of(found.kind, found.wanted.get("provider", "")),
        "mine": [deed for deed in DEEDS if may(whoever().role, asking.needed_for(found.kind, deed))],
    }


def _told(found: BulkJob) -> Iterator[BulkItem]:
    """What is told one by one. Where that is only what has failed, nothing is read as long as nothing has."""
    if found.kind in _TELLS or found.failed:
        yield from filter(_TELLS.get(found.kind, _has_failed), desk().jobs.items(found.id))


def _orders(items: list[BulkItem]) -> dict[str, Event]:
    """The events of the deliveries among what is shown."""
    ids = [item.id for item in items if DELIVERY_ID.fullmatch(item.id)]
    return {one: found.event for one, found in zip(ids, Deliveries(desk().store).find(ids), strict=True) if found}


def _has_failed(item: BulkItem) -> bool:
    return item.has_failed


_TELLS: dict[JobKind, Callable[[BulkItem], bool]] = {
    JobKind.REHEARSE: lambda _: True,  # also what would go well: that is what was asked
    JobKind.RECONCILE: lambda item: item.result not in ("same", "listed"),
    JobKind.ERASE: lambda _: False,  # its report says it
}
