"""``search``: orders by whatever somebody has at hand."""

from __future__ import annotations

import shlex
from typing import Any

import click
import msgspec

from worker.ledger.queries.search import FoundOrder, Search
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk_to_read, settings


def look_closer(one: FoundOrder) -> str:
    """What to type for more of it."""
    if one.order is None:
        return f"ordercast event {one.id}"
    source = f" --source {shlex.quote(one.source)}" if one.source else ""
    return f"ordercast order {shlex.quote(one.order)}{source}"


COLUMNS: tables.Columns = {
    "source": lambda one: one.source,
    "order": lambda one: one.order,
    "found by": lambda one: one.by,
    "id": lambda one: one.id,
    "look closer": look_closer,
}
NOTHING = "Nothing is found. An e-mail finds the orders that this version has accepted."


@click.command
@click.argument("wanted", metavar="TEXT")
@with_form
def search(wanted: str, form: Form) -> None:
    """Find orders by number, by the id of an event, a delivery (its first 8 characters are enough) or a refusal, or by
    the customer's e-mail.

    Refused events are looked for by their id and their order's number among the last 2,000 refusals. The ledger keeps a
    keyed hash of each e-mail, so it must be whole; upper and lower case do not matter. A vendor's own id finds nothing
    here: ask the vendor with `ordercast vendor`.
    """
    found = Search(open_desk_to_read(settings()).store).find(wanted)
    if form is Form.TABLE:
        tables.show(counted(found, NOTHING), COLUMNS)
    else:
        answer_all(map(_document, found), form)


def _document(one: FoundOrder) -> dict[str, Any]:
    return {**msgspec.to_builtins(one), "command": look_closer(one)}
