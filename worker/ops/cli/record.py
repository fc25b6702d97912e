"""``log``: what people did."""

from __future__ import annotations

from itertools import islice

import click

from worker.ops.cli import tables
from worker.ops.cli.filters import MOMENT, PAGE
from worker.ops.cli.output import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk_to_read, settings
from worker.ops.desk.query import Moment

COLUMNS: tables.Columns = {
    "at": lambda deed: deed.at,
    "who": lambda deed: deed.who,
    "did": lambda deed: deed.verb,
    "what": lambda deed: deed.what,
    "why": lambda deed: deed.why,
    "request": lambda deed: deed.request,
}


@click.command
@click.option("--since", type=MOMENT, metavar="WHEN", help="Since: RFC 3339, a date (UTC), or a span back: 2h, 3d.")
@click.option("--until", type=MOMENT, metavar="WHEN", help="Until: the same; a date counts to its end.")
@click.option("--who", metavar="NAME", help="Only what this person did.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=PAGE, metavar="N", help=f"At most so many (default {PAGE})."
)
@with_form
def log(since: Moment | None, until: Moment | None, who: str | None, limit: int, form: Form) -> None:
    """List what people did, newest first: who, what, how many, and why. The newest 10,000 are kept.

    Replays and discards, what was paused, resumed and cancelled, corrected links, changes of the provider table, and
    looks at an event.
    """
    found = islice(open_desk_to_read(settings()).deeds(since, until, who), limit)
    if form is Form.TABLE:
        tables.show(counted(found, "Nothing is on record."), COLUMNS)
    else:
        answer_all(found, form)
