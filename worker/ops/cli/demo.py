"""``demo``: the whole of it in half a minute, on a store and vendors of its own."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from worker.embedded import place
from worker.errors import StoreUnreachable
from worker.ledger.queries.status import Status
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer, end, say, with_form
from worker.ops.cli.session import caller
from worker.ops.cli.status import COLUMNS as BOARD
from worker.ops.cli.wording import CommandWording
from worker.ops.demo.sandbox_client import SandboxClient, SandboxUnreachable
from worker.ops.demo.story import QUICK, DemoReport, DemoStuck, Story
from worker.ops.desk.desk import Desk
from worker.ops.desk.numbers import counted_as
from worker.ops.local import sandbox_process as stand
from worker.ops.local.config_file import store_of_its_own, write_with
from worker.ops.local.machine import Machine, WantedProcesses
from worker.settings import load_settings

DIRECTORY = "var/demo"
LOCK = "demo.lock"
LOG = "processes.log"
LEAVING_S = 5.0
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
    """Send a few hundred orders to five simulated vendors, which fail, throttle, lose answers and refuse. Then repair
    the vendors, replay the dead letters, and compare what each vendor holds with what was promised.

    It uses a store of its own, whatever is configured, and leaves nothing running. DIR is emptied at the start. The
    exit code is 0 only if nothing is lost, doubled or out of order.
    """
    with _own(Path(directory)) as own:
        listener = stand.listening(stand.PORT)
        accounts = stand.accounts(stand.address(listener), own / "keys", QUICK)
        written = write_with(own / "ordercast.toml", {}, accounts, store=store_of_its_own(own))
        config = load_settings(str(written), environ={})
        wanted = WantedProcesses(config, written, WORKERS, listener, is_alone=True)
        with (
            (own / LOG).open("wb") as log,
            Machine(wanted, say, log.fileno()) as machine,
            _shown(form) as show,
        ):
            desk = Desk(machine.store, config, caller(config, machine.store.url), CommandWording(), embedded=True)
            report = _told(Story(machine, desk, SandboxClient(stand.address(listener)), show), own / LOG)
    _print(report, form)
    if not report.as_promised:
        end(1)


def _told(story: Story, log: Path) -> DemoReport:
    """The story's report. What ends it before says where the processes' own words are."""
    try:
        return story.run()
    except (DemoStuck, SandboxUnreachable, StoreUnreachable) as error:
        raise type(error)(f"{error} What the workers and vendors wrote is in {log}.") from error


@contextmanager
def _own(directory: Path) -> Iterator[Path]:
    """The demo's directory with nothing in it, held until its end: what the vendors held is gone with the last run.

    Raises ``StoreUnreachable`` where another demo has it. What is not a demo's is never touched.
    """
    directory = directory.absolute()
    if directory.exists() and any(directory.iterdir()) and not _is_a_demos(directory):
        raise click.UsageError(f"{directory} holds something else than a demo: say another with --dir.")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = place.open_lock(directory, LOCK)
    try:
        if not place.try_lock(lock):
            raise StoreUnreachable(f"Another demo runs in {directory}: wait for its end, or say another with --dir.")
        _empty(directory)
        yield directory
    finally:
        os.close(lock)


def _is_a_demos(directory: Path) -> bool:
    return (directory / LOCK).exists() or ((directory / place.USERS).exists() and (directory / "keys").is_dir())


def _empty(directory: Path) -> None:
    """Remove all that the last demo left, once nobody has its store any more: one that was killed takes a moment."""
    users, give_up_s = place.open_lock(directory, place.USERS), time.monotonic() + LEAVING_S
    try:
        while not place.try_lock(users):
            if time.monotonic() > give_up_s:
                raise StoreUnreachable(f"The last demo's store in {directory} is still in use: end what reads it.")
            time.sleep(0.1)
    finally:
        os.close(users)
    for one in directory.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        elif one.name != LOCK:
            one.unlink()


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
    """The board as lines: when something else begins, and where it goes on one a second, each with something new."""

    def __init__(self, *, to_stderr: bool) -> None:
        self.to_stderr = to_stderr
        self.what = self.line = ""
        self.due_s = 0.0

    def show(self, what: str, board: Status) -> None:
        line = _line(what, board)
        if line == self.line or (what == self.what and time.monotonic() < self.due_s):
            return
        self.what, self.line, self.due_s = what, line, time.monotonic() + EVERY_S
        click.echo(line, err=self.to_stderr)


def _line(what: str, board: Status) -> str:
    ended, total = _progress(board)
    if not total:
        return f"{what} …"
    dead = sum(row.dead for row in board.providers)
    letters = f", {counted_as(dead, 'dead letter')}" if dead else ""
    return f"{what}: {ended} of {total} deliveries{letters}"


def _progress(board: Status) -> tuple[int, int]:
    """How many deliveries have ended well, of how many."""
    ended = sum(row.delivered + row.skipped + row.superseded + row.discarded for row in board.providers)
    return ended, ended + sum(row.pending + row.attempting + row.parked + row.dead for row in board.providers)


def _print(report: DemoReport, form: Form) -> None:
    promise = report.promise
    if form is not Form.TABLE:
        answer(report, form)
        return
    show = tables.show if sys.stdout.isatty() else _aligned
    show(report.providers, COLUMNS)
    show([*promise.lost, *promise.doubled, *promise.moved_twice, *promise.out_of_order], BREACHES)
    click.echo(
        f"{report.events} events, {promise.deliveries} deliveries in {report.took_s:g} s: lost {len(promise.lost)},"
        f" doubled {len(promise.doubled)}, moved twice {len(promise.moved_twice)},"
        f" out of order {len(promise.out_of_order)}, left dead {promise.dead}."
    )
    click.echo("All is as promised." if report.as_promised else f"This is not as promised: {_why(report)}.")


def _why(report: DemoReport) -> str:
    if not report.promise.is_kept:
        return "see the table above"
    if report.promise.dead:
        return f"{counted_as(report.promise.dead, 'dead letter')} stayed after the replay"
    quiet = [one.provider for one in report.providers if not (one.dead_lettered and one.replayed and one.retried)]
    return f"nothing went wrong at {', '.join(quiet)}, so that the run shows nothing of it; run it again"


def _aligned(rows: Sequence[object], columns: tables.Columns) -> None:
    """Rows as people read them in a log: columns below one another, numbers to the right."""
    if not rows:
        return
    cells = [list(columns), *([tables.plain(shows(row)) for shows in columns.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    are_numbers = [all(cell.isdecimal() for cell in column[1:]) for column in zip(*cells, strict=True)]
    for row in cells:
        placed = zip(row, widths, are_numbers, strict=True)
        click.echo("  ".join(c.rjust(w) if is_number else c.ljust(w) for c, w, is_number in placed).rstrip())
