"""``replay`` and ``discard``: count, ask, do one after another, report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import click

from schemas.bulk_job import BulkJob, JobState
from worker.errors import NothingMatched, OrdercastError, StoreFull, StoreUnreachable
from worker.ops.cli import tables
from worker.ops.cli.editing import EDITOR, corrected, kept_where_it_fails
from worker.ops.cli.filters import with_filters
from worker.ops.cli.interrupt import stoppable
from worker.ops.cli.jobs import followed, say_whose
from worker.ops.cli.output import Command, Form, Interrupted, answer, answer_all, counted_as, end, say, with_form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.bulk import Bulk, BulkAction, BulkItem, BulkReport, Selection, report
from worker.ops.desk.desk import Desk
from worker.ops.desk.ids import REFUSAL_ID
from worker.ops.desk.pace import Pace
from worker.ops.desk.query import DeliveryQuery

COLUMNS: tables.Columns = {
    "id": lambda item: item.id,
    "result": lambda item: item.result,
    "message": lambda item: item.message,
}
LISTED = 50


class JobHalted(OrdercastError):
    """Somebody else has paused or cancelled it."""

    reason = "job_state"


def with_undo_options(command: Command) -> Command:
    """What replay and discard have in common."""
    for option in (
        click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="At most N per second."),
        click.option("--why", default="", metavar="TEXT", help="Goes on record. Required, except with --dry-run."),
        click.option("--yes", is_flag=True, help="Do not ask. Needed without a terminal."),
        click.option("--dry-run", is_flag=True, help="Only count and list; change nothing."),
        with_form,
    ):
        command = option(command)
    return command


@click.command
@click.argument("ids", nargs=-1, metavar="[ID]...")
@with_filters(limit=None)
@click.option(
    "--edit",
    is_flag=False,
    flag_value=EDITOR,
    metavar="[FILE]",
    help="Send this corrected event (whole, as JSON) instead. Without FILE: open it in $EDITOR.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Also delivered or superseded snapshots, and over newer ones. Of an action in doubt: your word that it was "
    "not done.",
)
@with_undo_options
def replay(  # noqa: PLR0917  click gives them by name
    ids: tuple[str, ...],
    asked: DeliveryQuery,
    edit: str | None,
    force: bool,
    rate: float | None,
    why: str,
    yes: bool,
    dry_run: bool,
    form: Form,
) -> None:
    """Send deliveries again, each in its old place among the events of its order: by ID, or all that match the
    filters.

    The first 8 characters of an ID are enough. Without --state, the filters select dead letters. --edit keeps the
    event's id, source and subject, and changes only the deliveries that you name; you see the changes before you are
    asked. If your text is not accepted, it is kept in a file. `replay r12 --edit` accepts a corrected refusal. Ctrl-C
    stops between two deliveries.
    """
    undo = BulkAction("replay", principal(), ids, asked, why, dry_run, force)
    desk = open_desk(settings())
    if edit is None:
        _carry_out(desk, undo, rate, form, yes=yes)
        return
    made = corrected(desk, ids, edit)
    with kept_where_it_fails(made.draft):
        _carry_out(desk, replace(undo, edited=made.text), rate, form, yes=yes)
    if made.draft and dry_run:
        made.draft.keep()
    elif made.draft:
        made.draft.remove()


@click.command
@click.argument("ids", nargs=-1, metavar="[ID]...")
@with_filters(limit=None)
@with_undo_options
def discard(  # noqa: PLR0917  click gives them by name
    ids: tuple[str, ...], asked: DeliveryQuery, rate: float | None, why: str, yes: bool, dry_run: bool, form: Form
) -> None:
    """Give up deliveries: by ID, or all that match the filters. What waited behind them goes on.

    The first 8 characters of an ID are enough. Without --state, the filters select dead letters. Ctrl-C stops between
    two deliveries.
    """
    undo = BulkAction("discard", principal(), ids, asked, why, dry_run)
    _carry_out(open_desk(settings()), undo, rate, form, yes=yes)


def _carry_out(desk: Desk, undo: BulkAction, rate: float | None, form: Form, *, yes: bool) -> None:
    may_ask = sys.stdin.isatty()
    if not (yes or undo.dry_run or may_ask):
        raise click.UsageError(f"Not a terminal: add --yes to {undo.verb}, or --dry-run to see what it would touch.")
    if not undo.ids and not undo.dry_run:
        _carry_out_as_job(desk, undo, rate, form, yes=yes)
        return
    bulk = desk.bulk
    selection = bulk.select(undo)
    if selection.ids and not (yes or undo.dry_run) and not _is_wanted(selection):
        say("Nothing was done.")
        end(1)
    with stoppable() as stopped:
        work = BulkWork(bulk, selection, Pace(rate, stopped))
        work.show(form)
    work.conclude()


def _carry_out_as_job(desk: Desk, undo: BulkAction, rate: float | None, form: Form, *, yes: bool) -> None:
    """All that match: counted, confirmed with that count, and then followed to the end. Ctrl-C cancels the job, but not
    one that another has asked for."""
    job, is_mine = desk.jobs.ask(undo, rate)
    if not is_mine:
        say_whose(job)
    is_interrupted = False
    if job.state is JobState.COUNTING:
        job, is_interrupted = followed_or_left(desk, job)
    if job.state is JobState.COUNTED:
        job = _confirmed(desk, undo, job, yes=yes)
    if not (job.is_over or is_interrupted):
        job, is_interrupted = followed_or_left(desk, job)
    if is_interrupted and is_mine and not job.is_over:
        job = desk.jobs.cancel(job.id, by=undo.by)
    _tell(desk, undo, job, form, is_interrupted=is_interrupted)


def followed_or_left(desk: Desk, job: BulkJob) -> tuple[BulkJob, bool]:
    """How it stands then, and whether that is for a Ctrl-C."""
    with stoppable() as stopped:
        try:
            return followed(desk, job, stopped), stopped.is_set()
        except (StoreUnreachable, StoreFull):
            say(f"Job {job.id} is not over, and nothing of it is lost: workers go on with it when the store is well.")
            say(f"`ordercast job {job.id} --follow` shows it then; `ordercast job {job.id} --cancel` ends it.")
            raise


def _confirmed(desk: Desk, undo: BulkAction, job: BulkJob, *, yes: bool) -> BulkJob:
    """It runs, as far as a person says so. Else nothing was done."""
    try:
        is_wanted = yes or click.confirm(_count_question(undo, job.matched or 0), err=True)
    except click.Abort:
        desk.jobs.cancel(job.id, by=undo.by)
        raise
    if not is_wanted:
        desk.jobs.cancel(job.id, by=undo.by)
        say("Nothing was done.")
        end(1)
    return desk.jobs.confirm(job.id, job.matched or 0, by=undo.by)


def _tell(desk: Desk, undo: BulkAction, job: BulkJob, form: Form, *, is_interrupted: bool) -> None:
    """What came of a job, and the exit code for it."""
    items = list(desk.jobs.items(job.id))
    if form is Form.LINES:
        answer_all(items, form)
    elif form is Form.JSON:
        answer(BulkReport(job.matched or 0, job.done, job.failed, False, items, job.id), form)
    else:
        is_long = len(items) > LISTED and sys.stdout.isatty()
        tables.show([item for item in items if item.has_failed or not is_long], COLUMNS)
        say(f"{job.matched or 0} matched, {job.done} done, {job.failed} failed.")
    if is_interrupted and job.state is not JobState.DONE:
        raise Interrupted(f"Interrupted after {job.done} of {job.matched or 0}.")
    if not job.matched:
        raise NothingMatched(f"Nothing to {undo.verb}: nothing matches.")
    if job.state is not JobState.DONE:
        raise JobHalted(f"{job.moved_by} has {job.state} job {job.id} after {job.done} of {job.matched}.")
    if job.failed:
        end(4 if job.done else 1)


def _count_question(undo: BulkAction, matched: int) -> str:
    return f"{undo.verb.capitalize()} {matched} deliver{'y' if matched == 1 else 'ies'}?"


def _is_wanted(selection: Selection) -> bool:
    return click.confirm(_question(selection), err=True)


def _question(selection: Selection) -> str:
    undo, ids = selection.undo, selection.ids
    if undo.verb == "replay" and all(map(REFUSAL_ID.fullmatch, ids)):
        which = ids[0] if len(ids) == 1 else counted_as(len(ids), "refusal")
        how = "as corrected" if undo.edited is not None else "as sent"
        return f"Accept {which} {how}, and send {'it' if len(ids) == 1 else 'them'} to all providers that want it?"
    return _count_question(undo, len(ids))


class BulkWork:
    """One replay or discard as it goes: what came of each item, and what ended it early."""

    def __init__(self, bulk: Bulk, selection: Selection, pace: Pace) -> None:
        self.bulk = bulk
        self.selection = selection
        self.pace = pace
        self.items: list[BulkItem] = []
        self.error: OrdercastError | None = None

    def show(self, form: Form) -> None:
        """Do all of it and print what came of it; JSON lines as it goes."""
        if form is Form.LINES:
            answer_all(self._items(), form)
            return
        self._work()
        if form is Form.JSON:
            answer(self.report, form)
        else:
            self._print()

    def conclude(self) -> None:
        """End with the exit code for what came of it. Raises what ended it early."""
        if self.error:
            raise self.error
        if not self.selection.matched:
            raise NothingMatched(f"Nothing to {self.selection.undo.verb}: nothing matches.")
        if self.pace.stopped.is_set() and len(self.items) < self.selection.matched + len(self.selection.unknown):
            raise Interrupted(f"Interrupted after {self.report.done} of {self.selection.matched}.")
        failed = self.report.failed
        if failed:
            end(4 if failed < len(self.items) else 1)

    @property
    def report(self) -> BulkReport:
        return report(self.selection, self.items)

    def _items(self) -> Iterator[BulkItem]:
        try:
            for item in self.bulk.run(self.selection, self.pace):
                self.items.append(item)
                yield item
        except OrdercastError as error:
            self.error = error

    def _work(self) -> None:
        is_hidden = not sys.stderr.isatty() or self.selection.undo.dry_run
        with click.progressbar(
            self._items(),
            length=self.selection.matched,
            label=self.selection.undo.verb,
            file=sys.stderr,
            hidden=is_hidden,
        ) as items:
            for _ in items:
                pass

    def _print(self) -> None:
        """Every item where they are few or go into a pipe, else the failed ones; then the sum."""
        is_long = len(self.items) > LISTED and sys.stdout.isatty()
        tables.show([item for item in self.items if item.has_failed or not is_long], COLUMNS)
        told = self.report
        if not told.dry_run:
            say(f"{told.matched} matched, {told.done} done, {told.failed} failed.")
        else:
            say(f"{told.matched} matched; nothing was touched.")
