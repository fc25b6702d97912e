"""``status``: the board, and what of it a probe is to be told of."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Iterator

import click
import msgspec

from worker.ledger.queries.status import Status
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer, end, say, with_form
from worker.ops.cli.session import open_desk, settings
from worker.ops.cli.sparkline import sparkline
from worker.ops.desk.conditions import Condition, failures, read_conditions
from worker.ops.desk.desk import Desk
from worker.ops.desk.durations import span
from worker.ops.desk.sentences import gate_words, headline, machinery, reconciled, troubled, unworked

__all__ = ["gate_words", "status"]

LOOK_S = 10
BARS = 12
FAILS = 5
"""The exit code where a condition of --fail-on holds."""

COLUMNS: tables.Columns = {
    "provider": lambda row: row.provider,
    "delivered": lambda row: row.delivered,
    "pending": lambda row: row.pending,
    "parked": lambda row: row.parked,
    "dead": lambda row: row.dead,
    "in flight": lambda row: f"{row.in_flight}/{row.limit}",
    "oldest": lambda row: span(row.oldest_undelivered_s),
    "gate": lambda row: row.gate.state,
}


class ConditionsType(click.ParamType[list[Condition]]):
    name = "conditions"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> list[Condition]:
        try:
            return read_conditions([value])
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


@click.command
@with_form
@click.option("--watch", is_flag=True, help="Repeat until interrupted.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.01),
    default=1,
    show_default=True,
    metavar="S",
    help="Seconds between repetitions.",
)
@click.option(
    "--fail-on",
    "conditions",
    type=ConditionsType(),
    multiple=True,
    metavar="WORDS",
    help="Exit with 5, and print a line for each condition that holds: held, tripped, paused, dead, unread, workers,"
    " differs, refused[=1h], older=5m; always where the store takes nothing. Separate them by commas.",
)
def status(form: Form, watch: bool, every: float, conditions: tuple[list[Condition], ...]) -> None:
    """Show how everything stands: which providers deliver, what waits and why, and a row per provider.

    "in flight" is the number of running attempts, and how many are allowed at present. "oldest" is the age of the
    oldest delivery that is not finished, dead letters included. With --watch a terminal also shows what was delivered
    in the last hour, a bar for each five minutes; with --watch and --jsonl one line is printed each time. With
    --fail-on only failing conditions are printed: for cron and for probes.
    """
    if watch and form is Form.JSON:
        raise click.UsageError("--watch prints more than one document: use it with --jsonl.")
    if watch and conditions:
        raise click.UsageError("--fail-on looks once: use it without --watch.")
    desk = open_desk(settings())
    if conditions:
        _fail_on(desk, form, [one for some in conditions for one in some])
    elif not watch:
        _print(desk, desk.status(), form)
    elif form is Form.TABLE and sys.stdout.isatty():
        _watch_live(desk, every)
    else:
        for board in _looks(desk, every):
            _print(desk, board, form)


def _fail_on(desk: Desk, form: Form, conditions: list[Condition]) -> None:
    board = desk.status()
    found = list(failures(desk, board, conditions))
    if form is Form.TABLE:
        for one in found:
            click.echo(tables.plain(f"{one.condition}: {one.message}"))
    else:
        answer(msgspec.to_builtins(board) | {"failures": found}, form)
    if found:
        end(FAILS)


def _print(desk: Desk, board: Status, form: Form) -> None:
    if form is not Form.TABLE:
        if board.store.refusal:
            say(tables.plain(board.store.refusal.sentence))
        answer(board, form)
        return
    for line in _lines(desk, board):
        say(line)
    tables.show(board.providers, COLUMNS)


def _lines(desk: Desk, board: Status) -> Iterator[str]:
    """What stands above the table."""
    broken = {name: one.broken for name, one in desk.config.providers.items() if one.broken}
    left = unworked(board)
    told = [headline(board, desk.wording, {*broken, *left}), *troubled(board), *left.values()]
    told += [f"{name} gets nothing from here. {why}" for name, why in broken.items()]
    told += [*reconciled(board, desk.wording), *machinery(board)]
    if board.store.refusal is None and (strange := desk.applying.strangeness()):
        told.append(strange)
    yield from map(tables.plain, told)


def _looks(desk: Desk, every_s: float) -> Iterator[Status]:
    """The board again and again; Ctrl-C ends it."""
    never = threading.Event()
    while True:
        yield desk.status()
        never.wait(every_s)


def _watch_live(desk: Desk, every_s: float) -> None:
    from rich.console import Group  # noqa: PLC0415  only a terminal needs it
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    hour = LastHour(desk)
    columns = {**COLUMNS, "last hour": lambda row: hour.delivered(row.provider)}
    with Live(console=tables.console(), auto_refresh=False, screen=True) as live:
        for board in _looks(desk, every_s):
            hour.look()
            lines = [Text(line) for line in _lines(desk, board)]
            live.update(Group(*lines, tables.table(board.providers, columns)), refresh=True)


class LastHour:
    """What was delivered in the last hour, a bar for each five minutes. Read anew every ten seconds."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._looked_s = -math.inf
        self._counts: dict[str, list[int]] = {}

    def look(self) -> None:
        if time.monotonic() - self._looked_s < LOOK_S:
            return
        self._looked_s = time.monotonic()
        counts: dict[str, list[int]] = {}
        for place, minute in enumerate(self.desk.activity(60)):
            for one in minute.providers:
                counts.setdefault(one.provider, [0] * BARS)[place * BARS // 60] += one.delivered
        self._counts = counts

    def delivered(self, provider: str) -> str:
        return sparkline(self._counts.get(provider, []))
