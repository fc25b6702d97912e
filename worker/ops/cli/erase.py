"""``erase``: a customer, by e-mail."""

from __future__ import annotations

import click

from schemas.bulk_job import BulkJob, JobKind, JobState
from worker.errors import NothingMatched
from worker.ops.cli import tables
from worker.ops.cli.carrying import JobHalted, carried, check_may_ask
from worker.ops.cli.output import Form, Interrupted, answer, end, say, with_form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.erasing import EraseDesk, EraseReport
from worker.ops.desk.job_sentences import deed_of, nothing_of

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
    Backups and replicas' files are not touched, nor are messages that still wait at the broker: how many these are is
    told. Once they are read, erase again.
    """
    check_may_ask("erase", is_told=yes or dry_run)
    desk = open_desk(settings())
    erasing = EraseDesk(desk.jobs, desk.intake)
    if dry_run:
        _tell(erasing.would(customer), form)
        return
    job, is_mine = erasing.ask(customer, why=why, by=principal())
    job, is_left = carried(
        desk, job, lambda found: _is_wanted(erasing, found), by=principal(), is_mine=is_mine, yes=yes
    )
    report = erasing.report(job)
    _tell(report, form, is_nothing=not job.matched)
    if is_left and job.state is not JobState.DONE:
        raise Interrupted(f"Interrupted. What was erased stays so; type the same again for the rest ({job.id}).")
    if job.state is not JobState.DONE:
        raise JobHalted(f"{job.moved_by} has {job.state} job {job.id}: some of that customer is still there.")
    if report.failed:
        end(4)


def _is_wanted(erasing: EraseDesk, job: BulkJob) -> bool:
    return click.confirm(f"{deed_of(job, erasing.counted(job.id))}?", err=True)


def _say_unread(report: EraseReport) -> None:
    """On standard error in every form: whoever reads the report alone would take it for the whole truth."""
    if report.away is not None:
        say(f"How many messages wait at the broker is not known: {report.away}")
    elif report.unread:
        many = "1 message waits" if report.unread == 1 else f"{report.unread} messages wait"
        say(
            f"{many} unread at the broker. What they tell of this customer is accepted when they are read: wait until"
            " `ordercast status` says that none waits, then erase again."
        )


def _tell(report: EraseReport, form: Form, *, is_nothing: bool | None = None) -> None:
    if form is not Form.TABLE:
        answer(report, form)
    _say_unread(report)
    nothing = not (report.orders or report.refusals) if is_nothing is None else is_nothing
    if nothing:
        raise NothingMatched(nothing_of(JobKind.ERASE))
    if form is Form.TABLE:
        tables.show([report], COLUMNS)
        for line in dict.fromkeys(report.files):
            say(line)
