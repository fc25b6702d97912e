"""``schema``: the event's JSON Schema."""

from __future__ import annotations

import click

from worker.ops.cli.output import Form, answer, with_form


@click.command
@with_form
def schema(form: Form) -> None:
    """Print the JSON Schema of an order event, draft 2020-12: the same with and without --json."""
    from schemas.json_schema import event_json_schema  # noqa: PLC0415  loads every field

    answer(event_json_schema(), form)
