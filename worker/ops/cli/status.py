"""``status``: the board."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator

import click

from worker.ledger.board import GateView, ShardRow, Status
from worker.ops.cli import tables
from worker.ops.cli.manners import Form, answer, say, with_form
from worker.ops.cli.session import open_desk, settings
from worker.ops.cli.spans import span
from worker.ops.desk import Desk

COLUMNS: tables.Columns = {
    "provider": lambda row: row.provider,
    "delivered": lambda row: row.delivered,
    "pending": lambda row: row.pending,
    "parked": lambda row: row.parked,
    "dead": lambda row: row.dead,
    "in flight": lambda row: f"{row.in_flight}/{row.limit}",
    "oldest undelivered": lambda row: span(row.oldest_undelivered_s),
    "gate": lambda row: gate_words(row.gate),
}


@click.command
@with_form
@click.option("--watch", is_flag=True, help="Show it again and again, until interrupted.")
@click.option(
    "--every", type=click.FloatRange(min=0.01), default=1, show_default=True, metavar="S", help="Seconds between looks."
)
def status(form: Form, watch: bool, every: float) -> None:
    """Show a row per provider: what is delivered, waiting and dead, and the state of its gate.

    "in flight" is how many are being attempted, of how many the gate lets through at present. With --watch and --jsonl
    a line is printed at every look.
    """
    if watch and form is Form.JSON:
        raise click.UsageError("--watch prints more than one document: use it with --jsonl.")
    desk = open_desk(settings())
    if not watch:
        _print(desk, desk.status(), form)
    elif form is Form.TABLE and sys.stdout.isatty():
        _watch_live(desk, every)
    else:
        for board in _looks(desk, every):
            _print(desk, board, form)


def gate_words(gate: GateView | None) -> str:
    """A gate in one line: its state, why and until when."""
    if gate is None:
        return ""
    until = f" until {gate.until}" if gate.until else ""
    return f"{gate.state}{until}" + (f": {gate.reason}" if gate.reason else "")


def headline(board: Status) -> str:
    """The store, the workers and the intake in one line."""
    store = board.store
    return (
        f"store {store.url}{' (embedded)' if store.embedded else ''}, {store.durability},"
        f" {store.memory_bytes / 1024**2:.0f} MiB · workers: {len(board.workers)}"
        f" · letterbox: {'read' if board.intake.letterbox else 'not read'} · refusals: {board.intake.refusals}"
        f"{shards_words(board.shards or [])}"
    )


def shards_words(shards: Iterable[ShardRow]) -> str:
    """How many shards there are, and which of them do not answer; nothing where there are none."""
    listed = list(shards)
    away = ", ".join(f"{one.shard} ({one.url}) does not answer" for one in listed if not one.answers)
    return f" · shards: {len(listed)}{f', {away}' if away else ''}" if listed else ""


def _print(desk: Desk, board: Status, form: Form) -> None:
    if form is not Form.TABLE:
        if desk.store.refusal() and (strange := desk.strangeness()):
            say(strange)
        answer(board, form)
        return
    say(headline(board))
    if strange := desk.strangeness():
        say(strange)
    tables.show(board.providers, COLUMNS)


def _looks(desk: Desk, every_s: float) -> Iterator[Status]:
    """The board again and again; Ctrl-C ends it."""
    never = threading.Event()
    while True:
        yield desk.status()
        never.wait(every_s)


def _watch_live(desk: Desk, every_s: float) -> None:
    from rich.console import Group  # noqa: PLC0415  only a terminal needs it
    from rich.live import Live  # noqa: PLC0415

    with Live(console=tables.console(), auto_refresh=False, screen=True) as live:
        for board in _looks(desk, every_s):
            live.update(Group(headline(board), tables.table(board.providers, COLUMNS)), refresh=True)
