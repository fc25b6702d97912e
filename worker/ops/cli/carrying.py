"""What all commands that begin a job have in common: count, ask, follow to the end, report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import click

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.principal import Principal
from worker.errors import NothingMatched, OrdercastError, StoreFull, StoreUnreachable
from worker.ops.cli import tables
from worker.ops.cli.interrupt import stoppable
from worker.ops.cli.jobs import followed, say_whose
from worker.ops.cli.output import Command, Form, Interrupted, answer, answer_all, end, say, with_form
from worker.ops.desk.bulk import BulkReport
from worker.ops.desk.desk import Desk
from worker.ops.desk.job_sentences import deed_of, nothing_of, sum_of
from worker.ops.desk.jobs import JobRequest

COLUMNS: tables.Columns = {
    "id": lambda item: item.id,
    "result": lambda item: item.result,
    "message": lambda item: item.message,
}
LISTED = 50


class JobHalted(OrdercastError):
    """Somebody else has paused or cancelled it."""

    reason = "job_state"


def with_job_options(command: Command) -> Command:
    """What all of them take."""
    for option in (
        click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="At most N per second."),
        click.option("--why", default="", metavar="TEXT", help="Goes on record. Required, except with --dry-run."),
        click.option("--yes", is_flag=True, help="Do not ask. Needed without a terminal."),
        click.option("--dry-run", is_flag=True, help="Only count and list; change nothing."),
        with_form,
    ):
        command = option(command)
    return command


def check_may_ask(verb: str, *, is_told: bool) -> None:
    """Raises ``UsageError`` where nobody can be asked, and nobody has said yes."""
    if not (is_told or sys.stdin.isatty()):
        raise click.UsageError(f"Not a terminal: add --yes to {verb}, or --dry-run to see what it would touch.")


def followed_or_left(desk: Desk, job: BulkJob) -> tuple[BulkJob, bool]:
    """How it stands then, and whether that is for a Ctrl-C."""
    with stoppable() as stopped:
        try:
            return followed(desk, job, stopped), stopped.is_set()
        except (StoreUnreachable, StoreFull):
            say(f"Job {job.id} is not over, and nothing of it is lost. Workers go on when the store is well.")
            say(f"`ordercast job {job.id} --follow` shows it then; `ordercast job {job.id} --cancel` ends it.")
            raise


def carried(
    desk: Desk, job: BulkJob, is_wanted: Callable[[BulkJob], bool], *, by: Principal, is_mine: bool, yes: bool
) -> tuple[BulkJob, bool]:
    """A job that was asked for, when it is counted, confirmed with that count, and has come to its end, and whether a
    Ctrl-C came first. That cancels the job, but not one that another has asked for. Where ``is_wanted`` says no,
    nothing is done, and the command ends."""
    is_interrupted = False
    if not is_mine:
        say_whose(job)
    if job.state is JobState.COUNTING:
        job, is_interrupted = followed_or_left(desk, job)
    if job.state is JobState.COUNTED and not is_interrupted:
        job = _confirmed(desk, job, is_wanted, by=by, yes=yes)
    if not (job.is_over or is_interrupted):
        job, is_interrupted = followed_or_left(desk, job)
    if is_interrupted and is_mine and not job.is_over:
        job = desk.jobs.cancel(job.id, by=by)
    return job, is_interrupted


def _confirmed(desk: Desk, job: BulkJob, is_wanted: Callable[[BulkJob], bool], *, by: Principal, yes: bool) -> BulkJob:
    """It runs, as far as a person says so. Else nothing was done."""
    try:
        is_told = yes or is_wanted(job)
    except click.Abort:
        desk.jobs.cancel(job.id, by=by)
        raise
    if not is_told:
        desk.jobs.cancel(job.id, by=by)
        say("Nothing was done.")
        end(1)
    return desk.jobs.confirm(job.id, job.matched or 0, by=by)


@dataclass(frozen=True, slots=True)
class CarriedJob:
    """A job as the command sees it through that asks for it."""

    desk: Desk
    request: JobRequest

    def see_through(self, form: Form, *, yes: bool, dry_run: bool) -> None:
        """To its end; or, with ``dry_run``, no further than to its count."""
        if dry_run:
            self._count(form)
        else:
            self._carry_out(form, yes=yes)

    def _count(self, form: Form) -> None:
        job = self.desk.jobs.rehearsed(self.request)
        if form is Form.TABLE:
            say(sum_of(job) or f"{job.matched or 0} matched.")
            say("Nothing was touched.")
        else:
            answer(BulkReport(job.matched or 0, 0, 0, True, [], coverage=job.coverage), form)

    def _carry_out(self, form: Form, *, yes: bool) -> None:
        job, is_mine = self.desk.jobs.ask(self.request)
        job, is_interrupted = carried(self.desk, job, self._is_wanted, by=self.request.by, is_mine=is_mine, yes=yes)
        self._tell(job, form, is_interrupted=is_interrupted)

    def _is_wanted(self, job: BulkJob) -> bool:
        return click.confirm(f"{deed_of(job)}?", err=True)

    def _tell(self, job: BulkJob, form: Form, *, is_interrupted: bool) -> None:
        """What came of a job, and the exit code for it."""
        items = list(self.desk.jobs.items(job.id))
        if form is Form.LINES:
            answer_all(items, form)
        elif form is Form.JSON:
            told = BulkReport(job.matched or 0, job.done, job.failed, False, items, job.id, job.coverage)
            answer(told, form)
        else:
            is_long = len(items) > LISTED and sys.stdout.isatty()
            tables.show([item for item in items if item.has_failed or not is_long], COLUMNS)
            plain = f"{job.matched or 0} matched, {job.done} done, {job.failed} failed."
            say(sum_of(job) or plain)
        if is_interrupted and job.state is not JobState.DONE:
            raise Interrupted(f"Interrupted after {job.done} of {job.matched or 0}.")
        if not job.matched:
            if job.kind is JobKind.BACKFILL:  # the provider has it all: that is what was wanted
                return
            raise NothingMatched(nothing_of(job.kind, self.request.wanted.get("provider", "")))
        if job.state is not JobState.DONE:
            raise JobHalted(f"{job.moved_by} has {job.state} job {job.id} after {job.done} of {job.matched}.")
        if job.failed:
            end(4 if job.done else 1)
