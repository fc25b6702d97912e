"""``erase``: a customer, by e-mail."""

from __future__ import annotations

import sys

import click

from schemas.bulk_job import BulkJob, JobState
from worker.errors import NothingMatched
from worker.ops.cli import tables
from worker.ops.cli.carrying import JobHalted, followed_or_left
from worker.ops.cli.jobs import say_whose
from worker.ops.cli.output import Form, Interrupted, answer, counted_as, end, say, with_form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.desk import Desk
from worker.ops.desk.erasing import EraseDesk, EraseReport

COLUMNS: tables.Columns = {
    "orders": lambda report: report.orders,
    "events": lambda report: report.events,
    "deliveries": lambda report: report.deliveries,
    "refusals": lambda report: report.refusals,
    "bytes": lambda report: report.bytes,
}


@click.command
@click.option("--customer", required=True, metavar="EMAIL", help="The customer's e-mail, in any case.")
@click.option("--why", default="", metavar="TEXT", help="Goes on record: leave names out. Required, but for --dry-run.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed without a terminal.")
@click.option("--dry-run", is_flag=True, help="Only count; change nothing.")
@with_form
def erase(customer: str, why: str, yes: bool, dry_run: bool, form: Form) -> None:
    """Erase a customer: whatever the orders, refusals and records of this e-mail tell of a person. It cannot be undone.

    Ids, times, states and counts stay. What is open of these orders is given up and never sent; nothing of them can be
    replayed. Order numbers and ids that producers chose stay even if they name somebody. What vendors hold stays there.
    Backups, replicas' files and messages that still wait at the broker are not touched.
    """
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("Not a terminal: add --yes to erase, or --dry-run to see what it would touch.")
    desk = open_desk(settings())
    erasing = EraseDesk(desk.jobs)
    if dry_run:
        _tell(erasing.would(customer), form)
        return
    job, is_mine = erasing.ask(customer, why=why, by=principal())
    if not is_mine:
        say_whose(job)
    job, is_left = _carried_out(desk, erasing, job, yes=yes)
    if is_left and is_mine and not job.is_over:
        job = desk.jobs.cancel(job.id, by=principal())
    report = erasing.report(job)
    _tell(report, form, is_nothing=not job.matched)
    if is_left and job.state is not JobState.DONE:
        raise Interrupted(f"Interrupted. What was erased stays so; type the same again for the rest ({job.id}).")
    if job.state is not JobState.DONE:
        raise JobHalted(f"{job.moved_by} has {job.state} job {job.id}: some of that customer is still there.")
    if report.failed:
        end(4)


def _carried_out(desk: Desk, erasing: EraseDesk, job: BulkJob, *, yes: bool) -> tuple[BulkJob, bool]:
    """How it stands then, and whether that is for a Ctrl-C."""
    is_left = False
    if job.state is JobState.COUNTING:
        job, is_left = followed_or_left(desk, job)
    if job.state is JobState.COUNTED:
        job = _confirmed(desk, job, erasing.counted(job.id), yes=yes)
    return (job, is_left) if job.is_over or is_left else followed_or_left(desk, job)


def _confirmed(desk: Desk, job: BulkJob, found: EraseReport, *, yes: bool) -> BulkJob:
    """It runs, as far as a person says so. Else nothing was done."""
    try:
        is_wanted = yes or _is_wanted(found)
    except click.Abort:
        desk.jobs.cancel(job.id, by=principal())
        raise
    if not is_wanted:
        desk.jobs.cancel(job.id, by=principal())
        say("Nothing was done.")
        end(1)
    return desk.jobs.confirm(job.id, job.matched or 0, by=principal())


def _is_wanted(found: EraseReport) -> bool:
    what = f"{counted_as(found.orders, 'order')} with {counted_as(found.events, 'event')}"
    refused = f" and {counted_as(found.refusals, 'refusal')}" if found.refusals else ""
    return click.confirm(f"Erase the customer from {what}{refused}, for ever?", err=True)


def _tell(report: EraseReport, form: Form, *, is_nothing: bool | None = None) -> None:
    if form is not Form.TABLE:
        answer(report, form)
    nothing = not (report.orders or report.refusals) if is_nothing is None else is_nothing
    if nothing:
        raise NothingMatched("Nothing names that customer.")
    if form is Form.TABLE:
        tables.show([report], COLUMNS)
        for line in dict.fromkeys(report.files):
            say(line)
