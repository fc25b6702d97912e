"""``refusals``: what could not be accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import msgspec

from worker.ledger.refusals import KeptRefusal
from worker.ops.asked import Asked
from worker.ops.cli import tables
from worker.ops.cli.filters import with_filters
from worker.ops.cli.manners import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk, settings

COLUMNS: tables.Columns = {
    "id": lambda one: one.id,
    "source": lambda one: one.source,
    "event": lambda one: one.event_id,
    "at": lambda one: one.at,
    "reason": lambda one: one.reason,
    "errors": lambda one: "; ".join(f"{e.path}: {e.message}".removeprefix(": ") for e in one.errors),
}


@click.command
@with_filters("source", "reason", "since", "until")
@click.option("--body", is_flag=True, help="With --json or --jsonl: add the body as it was sent. It names customers.")
@with_form
def refusals(asked: Asked, body: bool, form: Form) -> None:
    """List what could not be accepted, newest first, with every fault and its place.

    `ordercast replay ID --edit FILE --why TEXT` accepts a corrected one, with the number of its arrival.
    """
    if body and form is Form.TABLE:
        raise click.UsageError("--body needs --json or --jsonl.")
    found = open_desk(settings()).refusals(asked)
    if form is Form.TABLE:
        tables.show(counted((kept.shown for kept in found), "Nothing was refused."), COLUMNS)
    else:
        answer_all(_with_body(found) if body else (kept.shown for kept in found), form)


def _with_body(found: Iterator[KeptRefusal]) -> Iterator[dict[str, Any]]:
    """What was sent as text; bytes that are none show as replacement characters."""
    for kept in found:
        yield {**msgspec.to_builtins(kept.shown), "body": kept.body.decode(errors="replace")}
