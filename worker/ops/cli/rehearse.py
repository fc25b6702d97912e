"""``rehearse``: what would be sent, without sending it."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.rehearsal import WELL_FORETOLD, Rehearsal
from worker.ops.cli import tables
from worker.ops.cli.bulk import carry_out_as_job
from worker.ops.cli.filters import with_filters
from worker.ops.cli.output import Form, answer, end, with_form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.bulk import EVERYTHING, BulkAction
from worker.ops.desk.query import DeliveryQuery

BODY: tables.Columns = {"place": lambda line: line.path or "(all)", "value": lambda line: line.value}
CHANGES: tables.Columns = {
    "place": lambda change: change.path or "(all)",
    "was sent": lambda change: "" if change.before is None else change.before,
    "would be sent": lambda change: "" if change.after is None else change.after,
}


@click.command
@click.argument("named", required=False, metavar="[ID]")
@with_filters(limit=None)
@click.option(
    "--edit",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Rehearse this corrected event (whole, as JSON) instead.",
)
@with_form
def rehearse(named: str | None, asked: DeliveryQuery, edit: Path | None, form: Form) -> None:
    """Show what would be sent for the delivery ID with today's configuration, how it differs from what its last failed
    attempt sent, and whether it would be refused. Nothing is sent, and no vendor is asked.

    With filters instead of an ID: one line for each delivery that matches, without --state for each dead letter. Where
    a vendor's answer decides what is sent, the result is `depends`, with the call that it waits for. The body names
    customers, so the record shows who looked. Exit code 1 if it would be refused or would fail.
    """
    if named is None and edit is not None:
        raise click.UsageError("An edit is of one delivery: give its id.")
    if named is not None and asked != EVERYTHING:
        raise click.UsageError("Give an id or filters, not both.")
    desk = open_desk(settings())
    if named is None:
        carry_out_as_job(desk, BulkAction("rehearse", principal(), (), asked), None, form, yes=True)
        return
    told = desk.rehearsals.rehearse(named, None if edit is None else _read(edit), by=principal())
    if form is Form.TABLE:
        _show(told)
    else:
        answer(told, form)
    if told.result not in WELL_FORETOLD:
        end(1)


def _read(edit: Path) -> bytes:
    with click.open_file(str(edit), "rb") as opened:
        read: bytes = opened.read()
    return read


def _show(told: Rehearsal) -> None:
    reason = f" ({told.reason})" if told.reason else ""
    message = f" {told.message}" if told.message else ""
    click.echo(tables.plain(f"{told.id} at {told.provider}: {told.result}{reason}.{message}"))
    for note in told.notes:
        click.echo(tables.plain(note))
    if told.reads:
        click.echo(tables.plain(f"First it would ask: {', '.join(told.reads)}."))
    if told.call is None:
        return
    click.echo(
        tables.plain(f"Then it would send: {told.call.step}, {told.call.method} {told.call.path}".rstrip() + ".")
    )
    click.echo()
    if told.changes is None:
        tables.show(told.body, BODY)
    else:
        tables.show(told.changes, CHANGES)
