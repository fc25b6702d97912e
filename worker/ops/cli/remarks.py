"""``remarks``: what was repaired of events at the door, and how often."""

from __future__ import annotations

import click

from worker.ledger.remarks import KEPT_DAYS
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk_to_read, settings

COLUMNS: tables.Columns = {
    "source": lambda one: one.source,
    "path": lambda one: one.path,
    "count": lambda one: one.count,
}


@click.command
@click.option("--source", metavar="SOURCE", help="Of this source only.")
@click.option(
    "--days",
    type=click.IntRange(1, KEPT_DAYS),
    default=KEPT_DAYS,
    show_default=True,
    metavar="N",
    help="Of the last N days in UTC, today among them.",
)
@with_form
def remarks(source: str | None, days: int, form: Form) -> None:
    """Count what was repaired in incoming events, by source and field: what each producer should correct.

    In a path, `*` stands for any line of a list, and for names that the producer chose. `ordercast order NUMBER` shows
    what was repaired in one order.
    """
    found = open_desk_to_read(settings()).remarks(source, days)
    if form is Form.TABLE:
        tables.show(counted(found, "Nothing was repaired."), COLUMNS)
    else:
        answer_all(found, form)
