"""``replay --edit --as-new``: a corrected order as a new event, a deliberate second order."""

from __future__ import annotations

import sys

import click

from worker.ops.cli.editing import corrected, kept_where_it_fails
from worker.ops.cli.output import Form, answer, end, say
from worker.ops.cli.tables import plain
from worker.ops.desk.bulk import BulkAction, BulkItem, BulkReport
from worker.ops.desk.desk import Desk
from worker.ops.desk.ids import whole_id
from worker.ops.desk.second_order import SecondOrder


def enqueue_second(desk: Desk, undo: BulkAction, edit: str, form: Form, *, yes: bool) -> None:
    """Show what each provider makes of it, ask, and accept it."""
    if len(undo.ids) != 1:
        raise click.UsageError("--as-new makes one order of one delivery: give one id.")
    if not (yes or undo.dry_run or sys.stdin.isatty()):
        raise click.UsageError("Not a terminal: add --yes to enqueue it, or --dry-run to see what it would be.")
    made = corrected(desk, undo.ids, edit)
    with kept_where_it_fails(made.draft):
        named = whole_id(desk.bulk.letters.deliveries, undo.ids[0])
        second = desk.second_orders.plan(named, made.text)
        item = _accepted(desk, undo, second, yes=yes)
    if made.draft and undo.dry_run:
        made.draft.keep()
    elif made.draft:
        made.draft.remove()
    _tell(item, form)


def _accepted(desk: Desk, undo: BulkAction, second: SecondOrder, *, yes: bool) -> BulkItem:
    event = second.event
    for warning in second.warnings:
        say(plain(warning))
    what = f"event {event.id}, order {event.subject}, to {', '.join(second.providers) or 'nobody'}"
    if undo.dry_run:
        return BulkItem(second.delivery_id, "would", f"It would be {what}.")
    if not (yes or click.confirm(f"Enqueue it as a new event: {plain(what)}?", err=True)):
        say("Nothing was done.")
        end(1)
    desk.second_orders.accept(second, by=undo.by, why=undo.why)
    return BulkItem(second.delivery_id, "enqueued", f"It is {what}.")


def _tell(item: BulkItem, form: Form) -> None:
    if form is Form.TABLE:
        click.echo(plain(item.message))
    else:
        answer(BulkReport(1, int(item.is_done), 0, item.result == "would", [item]), form)
