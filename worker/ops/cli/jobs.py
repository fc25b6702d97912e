"""``jobs`` and ``job``: replays and discards of many deliveries, as they go; and how a command follows one."""

from __future__ import annotations

import sys
import threading

import click

from schemas.bulk_job import BulkJob, JobState
from worker.ops.cli import tables
from worker.ops.cli.filters import PAGE
from worker.ops.cli.interrupt import stoppable
from worker.ops.cli.output import Form, Interrupted, answer, answer_all, counted, say, with_form
from worker.ops.cli.session import open_desk, open_desk_to_read, principal, settings
from worker.ops.desk.desk import Desk

COLUMNS: tables.Columns = {
    "job": lambda job: job.id,
    "at": lambda job: job.at,
    "who": lambda job: job.who,
    "kind": lambda job: job.kind,
    "state": lambda job: job.state,
    "matched": lambda job: "" if job.matched is None else job.matched,
    "done": lambda job: job.done,
    "failed": lambda job: job.failed,
    "what": lambda job: " ".join(f"{name}={value}" for name, value in job.wanted.items()),
    "why": lambda job: job.why,
}
ITEM_COLUMNS: tables.Columns = {
    "id": lambda item: item.id,
    "result": lambda item: item.result,
    "message": lambda item: item.message,
}


@click.command
@click.option(
    "--limit", type=click.IntRange(min=1), default=PAGE, metavar="N", help=f"At most so many (default {PAGE})."
)
@with_form
def jobs(limit: int, form: Form) -> None:
    """List jobs, newest first: replays, discards and rehearsals of all that matched a filter, and how far they are.

    They are kept for 30 days.
    """
    found = open_desk_to_read(settings()).jobs.listed(limit)
    if form is Form.TABLE:
        tables.show(counted(found, "No job is kept."), COLUMNS)
    else:
        answer_all(found, form)


@click.command
@click.argument("job_id", metavar="ID")
@click.option("--follow", is_flag=True, help="Show its progress until it is over. Works at it where no worker does.")
@click.option("--pause", "deed", flag_value="pause", help="Stop after the deliveries in hand.")
@click.option("--resume", "deed", flag_value="resume", help="Go on with a job that is paused.")
@click.option("--cancel", "deed", flag_value="cancel", help="Do nothing more of it. What was done stays done.")
@with_form
def job(job_id: str, follow: bool, deed: str | None, form: Form) -> None:
    """Show a job, with what it could not do; pause, resume or cancel it. `ordercast jobs` lists the ids.

    Ctrl-C ends --follow. The job goes on where a worker runs.
    """
    desk = open_desk(settings()) if deed or follow else open_desk_to_read(settings())
    if deed:
        getattr(desk.jobs, deed)(job_id, by=principal())
    found = desk.jobs.job(job_id)
    if follow:
        with stoppable() as stopped:
            found = followed(desk, found, stopped)
    if form is Form.TABLE:
        tables.show([found], COLUMNS)
        tables.show([item for item in desk.jobs.items(job_id) if item.has_failed], ITEM_COLUMNS)
    else:
        answer(found, form)
    if follow and found.state in (JobState.COUNTING, JobState.RUNNING):
        raise Interrupted(f"Job {job_id} is {found.state}: {found.left} are left.")


def followed(desk: Desk, begun: BulkJob, stopped: threading.Event) -> BulkJob:
    """How a job stands when it waits for a person, is over, or was interrupted; with a bar on a terminal."""
    now = begun
    is_hidden = begun.state is JobState.COUNTING or not sys.stderr.isatty()
    with click.progressbar(length=begun.left, label=begun.kind.value, file=sys.stderr, hidden=is_hidden) as bar:
        for seen in desk.jobs.follow(begun.id, stopped):
            bar.update(max(0, now.left - seen.left))
            now = seen
    return now


def say_whose(job: BulkJob) -> None:
    """Of a job that somebody has asked for already."""
    say(f"{job.who} has asked for the same at {job.at}. This is that job, {job.id}: it is {job.state}.")
