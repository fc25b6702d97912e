"""``demo``: the whole of it in half a minute, on a store and vendors of its own."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from worker.embedded import place
from worker.errors import StoreUnreachable
from worker.ledger.board import Status
from worker.ops.cli import tables
from worker.ops.cli.manners import Form, answer, end, say, with_form
from worker.ops.cli.session import caller
from worker.ops.cli.status import COLUMNS as BOARD
from worker.ops.demo_story import QUICK, DemoReport, Story
from worker.ops.desk import Desk
from worker.ops.machine import Machine, Wanted
from worker.ops.played import Played
from worker.ops.stand import HOST, accounts, free_port
from worker.ops.written import write_with
from worker.settings import load_settings

DIRECTORY = "var/demo"
WORKERS = 2
EVERY_S = 1.0

COLUMNS: tables.Columns = {
    "provider": lambda one: one.provider,
    "delivered": lambda one: one.delivered,
    "skipped": lambda one: one.skipped,
    "superseded": lambda one: one.superseded,
    "retried": lambda one: one.retried,
    "dead-lettered": lambda one: one.dead_lettered,
    "replayed": lambda one: one.replayed,
    "orders held there": lambda one: one.held,
}
BREACHES: tables.Columns = {
    "provider": lambda one: one.provider,
    "source": lambda one: one.source,
    "order": lambda one: one.order,
    "what is wrong": lambda one: one.what,
}

Show = Callable[[str, Status], None]


@click.command
@click.option("--dir", "directory", default=DIRECTORY, show_default=True, metavar="DIR", help="Where its data goes.")
@with_form
def demo(directory: str, form: Form) -> None:
    """Cast a few hundred orders at five played vendors, which fail, throttle, lose answers and refuse; then put the
    vendors right, replay the dead letters, and compare what each vendor holds with what was promised.

    It runs on a store of its own, whatever is configured, and leaves nothing running. DIR is emptied at the start.
    Exit code 0 only when nothing is lost, doubled or out of order.
    """
    own = _emptied(Path(directory))
    url = f"http://{HOST}:{free_port()}"
    written = write_with(own / "ordercast.toml", None, accounts(url, own / "keys", QUICK), store={"dir": str(own)})
    config = load_settings(str(written), environ={})
    wanted = Wanted(config, written, WORKERS, (HOST, int(url.rpartition(":")[2])), is_alone=True)
    with (own / "processes.log").open("wb") as log, Machine(wanted, say, log.fileno()) as machine, _shown(form) as show:
        desk = Desk(machine.store, config, caller(config, machine.store.url), embedded=True)
        report = Story(machine, desk, Played(url), show).run()
    _print(report, form)
    if not report.as_promised:
        end(1)


def _emptied(directory: Path) -> Path:
    """The demo's directory with nothing in it: what the vendors held is gone with the last run. Never another's."""
    directory = directory.absolute()
    if directory.exists() and any(directory.iterdir()):
        if not (directory / place.USERS).exists() or not (directory / "keys").is_dir():
            raise click.UsageError(f"{directory} holds something else than a demo: say another with --dir.")
        lock = place.open_lock(directory, place.USERS)
        try:
            if not place.try_lock(lock):
                raise StoreUnreachable(
                    f"Another demo runs in {directory}: wait for its end, or say another with --dir."
                )
            shutil.rmtree(directory)
        finally:
            os.close(lock)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


@contextmanager
def _shown(form: Form) -> Iterator[Show]:
    """What shows the board: live on a terminal, in a pipe a line a second; with --json on standard error."""
    if form is not Form.TABLE or not sys.stdout.isatty():
        yield _Lines(to_stderr=form is not Form.TABLE).show
        return
    from rich.console import Group  # noqa: PLC0415  only a terminal needs it
    from rich.live import Live  # noqa: PLC0415
    from rich.progress_bar import ProgressBar  # noqa: PLC0415

    with Live(console=tables.console(), auto_refresh=False, transient=True) as live:

        def show(what: str, board: Status) -> None:
            ended, total = _progress(board)
            bar = ProgressBar(total=max(1, total), completed=ended, width=60)
            live.update(Group(f"{what} …", bar, tables.table(board.providers, BOARD)), refresh=True)

        yield show


class _Lines:
    """The board as lines: when something else begins, and then one a second."""

    def __init__(self, *, to_stderr: bool) -> None:
        self.to_stderr = to_stderr
        self.what = ""
        self.due_s = 0.0

    def show(self, what: str, board: Status) -> None:
        if what == self.what and time.monotonic() < self.due_s:
            return
        self.what, self.due_s = what, time.monotonic() + EVERY_S
        ended, total = _progress(board)
        dead = sum(row.dead for row in board.providers)
        click.echo(f"{what}: {ended} of {total} deliveries, {dead} dead letters", err=self.to_stderr)


def _progress(board: Status) -> tuple[int, int]:
    """How many deliveries have ended well, of how many."""
    ended = sum(row.delivered + row.skipped + row.superseded + row.discarded for row in board.providers)
    return ended, ended + sum(row.pending + row.attempting + row.parked + row.dead for row in board.providers)


def _print(report: DemoReport, form: Form) -> None:
    promise = report.promise
    if form is not Form.TABLE:
        answer(report, form)
        return
    tables.show(report.providers, COLUMNS)
    tables.show([*promise.lost, *promise.doubled, *promise.moved_twice, *promise.out_of_order], BREACHES)
    click.echo(
        f"{report.events} events, {promise.deliveries} deliveries in {report.took_s:g} s: lost {len(promise.lost)},"
        f" doubled {len(promise.doubled)}, moved twice {len(promise.moved_twice)},"
        f" out of order {len(promise.out_of_order)}, left dead {promise.dead}."
    )
    click.echo("All is as promised." if report.as_promised else "This is not as promised.")
