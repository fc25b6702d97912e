"""``replay`` and ``discard``: count, ask, do one after another, report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import click

from worker.errors import NothingMatched, OrdercastError
from worker.ops.cli import tables
from worker.ops.cli.carrying import COLUMNS, LISTED, CarriedJob, check_may_ask, with_job_options
from worker.ops.cli.editing import EDITOR, corrected, kept_where_it_fails
from worker.ops.cli.filters import with_filters
from worker.ops.cli.interrupt import stoppable
from worker.ops.cli.output import Form, Interrupted, answer, answer_all, end, say
from worker.ops.cli.second_order import enqueue_second
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.bulk import Bulk, BulkAction, BulkItem, BulkReport, Selection, report
from worker.ops.desk.desk import Desk
from worker.ops.desk.ids import REFUSAL_ID
from worker.ops.desk.job_sentences import deed_on
from worker.ops.desk.numbers import counted_as
from worker.ops.desk.pace import Pace
from worker.ops.desk.query import DeliveryQuery


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
    "--as-new",
    is_flag=True,
    help="With --edit: accept the corrected order as a new event with an id of its own, a second order, for all "
    "providers.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Also delivered or superseded snapshots, and over newer ones. Of an action in doubt: your word that it was "
    "not done.",
)
@with_job_options
def replay(  # noqa: PLR0917  click gives them by name
    ids: tuple[str, ...],
    asked: DeliveryQuery,
    edit: str | None,
    as_new: bool,
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
    asked. `ordercast rehearse ID` shows first what would be sent. `--order NUMBER` replays only what failed of one
    order. If your text is not accepted, it is kept in a file. `replay r12 --edit` accepts a corrected refusal. Ctrl-C
    stops between two deliveries.
    """
    if as_new and edit is None:
        raise click.UsageError("--as-new sends a corrected order: add --edit.")
    undo = BulkAction("replay", principal(), ids, asked, why, dry_run, force)
    desk = open_desk(settings())
    if edit is not None and as_new:
        enqueue_second(desk, undo, edit, form, yes=yes)
        return
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
@with_job_options
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
    check_may_ask(undo.verb, is_told=yes or undo.dry_run)
    if not undo.ids and not undo.dry_run:
        carry_out_as_job(desk, undo, rate, form, yes=yes)
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


def carry_out_as_job(desk: Desk, undo: BulkAction, rate: float | None, form: Form, *, yes: bool) -> None:
    """All that match, as a job that this command sees through."""
    CarriedJob(desk, desk.jobs.undo_request(undo, rate)).see_through(form, yes=yes, dry_run=False)


def _is_wanted(selection: Selection) -> bool:
    return click.confirm(_question(selection), err=True)


def _question(selection: Selection) -> str:
    undo, ids = selection.undo, selection.ids
    if undo.verb == "replay" and all(map(REFUSAL_ID.fullmatch, ids)):
        which = ids[0] if len(ids) == 1 else counted_as(len(ids), "refusal")
        how = "as corrected" if undo.edited is not None else "as sent"
        return f"Accept {which} {how}, and send {'it' if len(ids) == 1 else 'them'} to all providers that want it?"
    return f"{deed_on(undo.verb, len(ids))}?"


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
