"""``providers``: what is configured, and what each kind makes of each event."""

from __future__ import annotations

import click

from schemas.config import Config
from worker.errors import StoreUnreachable
from worker.ledger.board import GateView
from worker.ops.cli import tables
from worker.ops.cli.manners import Form, answer_all, counted, say, with_form
from worker.ops.cli.session import open_desk, settings
from worker.ops.cli.status import gate_words
from worker.ops.desk import accounts

COLUMNS: tables.Columns = {
    "provider": lambda one: one.provider,
    "kind": lambda one: one.kind,
    "base_url": lambda one: one.base_url,
    "sources": lambda one: " ".join(one.sources),
    "events": lambda one: " ".join(one.events),
    "at once": lambda one: one.max_in_flight,
    "calls/s": lambda one: one.rate["per_second"] if one.rate else None,
    "gate": lambda one: gate_words(one.gate),
    "cannot be used": lambda one: one.broken,
}
MATRIX: tables.Columns = {
    "kind": lambda cell: cell.kind,
    "event": lambda cell: cell.event_type,
    "delivered as": lambda cell: ", ".join(cell.calls),
    "note": lambda cell: cell.sentence,
}


@click.command
@click.option("--matrix", "is_matrix", is_flag=True, help="List what each kind makes of each type of event instead.")
@with_form
def providers(is_matrix: bool, form: Form) -> None:
    """List the configured providers, without their secrets; with the gate of each where the store answers.

    "at once" is the most attempts at a time, "calls/s" the most calls a second. --matrix tells of every kind there is,
    configured or not: as what call each type of event is delivered, or why it is skipped.
    """
    if is_matrix:
        _print_matrix(form)
        return
    config = settings()
    found = accounts(config, _gates(config))
    if form is Form.TABLE:
        tables.show(counted(found, "No provider is configured: add [providers.NAME] to ordercast.toml."), COLUMNS)
    else:
        answer_all(found, form)


def _print_matrix(form: Form) -> None:
    from worker.ops.matrix import cells  # noqa: PLC0415  brings every adapter along

    if form is Form.TABLE:
        tables.show(cells(), MATRIX)
    else:
        answer_all(cells(), form)


def _gates(config: Config) -> dict[str, GateView]:
    try:
        return open_desk(config).gates()
    except StoreUnreachable as error:
        say(f"Without gates: {error}")
        return {}
