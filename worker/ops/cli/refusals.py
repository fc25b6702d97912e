"""``refusals``: what could not be accepted."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
import msgspec

from worker.ledger.queries.refusals import KeptRefusal, causes
from worker.ops.cli import tables
from worker.ops.cli.filters import with_filters
from worker.ops.cli.output import Form, answer_all, counted, with_form
from worker.ops.cli.session import open_desk_to_read, settings
from worker.ops.desk.query import DeliveryQuery

COLUMNS: tables.Columns = {
    "id": lambda one: one.id,
    "at": lambda one: one.at,
    "source": lambda one: one.source,
    "order": lambda one: one.order,
    "event": lambda one: one.event_id,
    "reason": lambda one: one.reason,
    "message": lambda one: "; ".join(f"{e.path}: {e.message}".removeprefix(": ") for e in one.errors),
}
GROUPS: tables.Columns = {
    "reason": lambda cause: cause.reason,
    "path": lambda cause: cause.path,
    "count": lambda cause: cause.count,
    "first": lambda cause: cause.first_at,
    "last": lambda cause: cause.last_at,
    "example": lambda cause: cause.sample.id,
    "message": lambda cause: cause.sample.message,
}
NOTHING = "Nothing was refused."


@click.command
@with_filters("source", "order", "reason", "since", "until")
@click.option("--group", is_flag=True, help="Count them by reason, and by field and message of the first fault.")
@click.option("--body", is_flag=True, help="With --json or --jsonl: add the body as it was sent. It names customers.")
@with_form
def refusals(asked: DeliveryQuery, group: bool, body: bool, form: Form) -> None:
    """List events that were refused as invalid, newest first, with every fault and the field it is in.

    `ordercast replay ID --edit FILE --why TEXT` accepts a corrected event, with the arrival number of the refused one.
    With --body, a body that is not text is printed as base64 ("encoding": "base64"). With --group, all matching
    refusals are counted, and --limit limits the causes. Faults that differ only in the line of the order, or in
    numbers and quoted values, count as one cause.
    """
    if body and (form is Form.TABLE or group):
        raise click.UsageError("--body needs --json or --jsonl, and goes without --group.")
    found = open_desk_to_read(settings()).refusals(replace(asked, limit=None) if group else asked, with_body=body)
    if group:
        listed = causes(kept.shown for kept in found)[: asked.limit]
        tables.show(counted(iter(listed), NOTHING), GROUPS) if form is Form.TABLE else answer_all(iter(listed), form)
    elif form is Form.TABLE:
        tables.show(counted((kept.shown for kept in found), NOTHING), COLUMNS)
    else:
        answer_all(_with_body(found) if body else (kept.shown for kept in found), form)


def _with_body(found: Iterator[KeptRefusal]) -> Iterator[dict[str, Any]]:
    """Each with its body, byte for byte: as text where it is some."""
    for kept in found:
        try:
            body, encoding = kept.body.decode(), "utf-8"
        except UnicodeDecodeError:
            body, encoding = b64encode(kept.body).decode(), "base64"
        yield {**msgspec.to_builtins(kept.shown), "headers": kept.headers, "body": body, "encoding": encoding}
