"""``order --timeline``: one order as a matrix, and as a line of time."""

from __future__ import annotations

from collections.abc import Callable

import click

from worker.ledger.queries.orders import OrderStory
from worker.ledger.queries.refusals import Refusal
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer
from worker.ops.desk.desk import Desk
from worker.ops.desk.timeline import MatrixRow, matrix

ENTRIES: tables.Columns = {
    "at": lambda entry: entry.at,
    "what": lambda entry: entry.kind.value,
    "provider": lambda entry: entry.provider,
    "told": lambda entry: entry.sentence,
}


def show_timeline(desk: Desk, story: OrderStory, refused: list[Refusal], form: Form) -> None:
    """The events by provider, then all that happened, the oldest first."""
    rows, entries = matrix(story), desk.timeline(story, refused)
    if form is not Form.TABLE:
        answer({"source": story.source, "order": story.order, "matrix": rows, "timeline": entries}, form)
        return
    tables.show(rows, _columns(story))
    click.echo()
    tables.show(entries, ENTRIES)


def _columns(story: OrderStory) -> tables.Columns:
    names = list(dict.fromkeys(one.provider for one in story.deliveries))
    shown: tables.Columns = {"event": lambda row: row.event, "type": lambda row: row.type}
    return {**shown, **{name: _cell_at(name) for name in names}}


def _cell_at(provider: str) -> Callable[[MatrixRow], str]:
    def cell(row: MatrixRow) -> str:
        found = row.cells.get(provider)
        if found is None:
            return ""
        return f"{found.state} ({found.reason})" if found.reason else found.state.value

    return cell
