"""``enqueue``: events from a file into the ledger, and with --wait what became of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from worker.errors import OrdercastError
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer, end, say, with_form
from worker.ops.cli.session import open_desk, settings
from worker.ops.desk.desk import Desk
from worker.ops.desk.import_events import EventImport, Imported, LineRefusal, ToldBefore, follow_to_the_end
from worker.ops.desk.raw_file import raw_events

if TYPE_CHECKING:
    from rich.progress import Progress

    from worker.ledger.queries.progress import EventProgress

COLUMNS: tables.Columns = {
    "line": lambda one: one.line,
    "event": lambda one: one.event_id,
    "reason": lambda one: one.reason,
    "what is wrong": lambda one: "; ".join(f"{e['path']}: {e['message']}".removeprefix(": ") for e in one.errors),
}
SAFE = "Ctrl-C is safe: run it again with the whole file, and nothing is taken twice."
STATES = ("delivered", "skipped", "superseded", "dead", "discarded")


class CastReport(msgspec.Struct, kw_only=True):
    """What came of the events. ``told_before`` is there where another event made one a duplicate, ``unwanted``, of the
    accepted, where no provider wanted some; the rest with
    --wait, and counts deliveries."""

    accepted: int
    duplicates: int
    refused: int
    refusals: list[LineRefusal]
    told_before: list[ToldBefore] | msgspec.UnsetType = msgspec.UNSET
    unwanted: int | msgspec.UnsetType = msgspec.UNSET
    delivered: int | msgspec.UnsetType = msgspec.UNSET
    skipped: int | msgspec.UnsetType = msgspec.UNSET
    superseded: int | msgspec.UnsetType = msgspec.UNSET
    dead: int | msgspec.UnsetType = msgspec.UNSET
    discarded: int | msgspec.UnsetType = msgspec.UNSET
    unfinished: int | msgspec.UnsetType = msgspec.UNSET


@click.command
@click.argument("file", type=click.File("rb"))
@click.option("--wait", is_flag=True, help="Wait until every delivery of these events has ended.")
@click.option("--timeout", "wait_s", type=click.FloatRange(min=0), metavar="S", help="With --wait: at most S seconds.")
@with_form
def enqueue(file: BinaryIO, wait: bool, wait_s: float | None, form: Form) -> None:
    """Accept order events from FILE, or from standard input with `-`.

    FILE has one JSON document, a JSON array, or JSON lines, and may be compressed with gzip. Invalid events are kept
    as refusals and listed with their lines. An event that was accepted before is a duplicate and changes nothing, so
    you can send a file again at any time. --wait ends early if everything that is left waits behind dead letters.

    Exit codes: 4 if some events were refused or some deliveries became dead letters, 1 if all were refused or the time
    ran out.
    """
    if wait_s is not None and not wait:
        raise click.UsageError("--timeout is for --wait: add --wait, or leave it out.")
    until_s = None if wait_s is None else time.monotonic() + wait_s
    desk = open_desk(settings())
    with _bar() as bar:
        importing = _cast(desk, file, bar, follows=wait)
        if wait:
            _wait(importing.watching, until_s, bar)
    found = _report(importing, waited=wait)
    _print(found, form)
    _tell(desk, importing, found)
    code = _exit_code(importing, found)
    if code:
        end(code)


def _cast(desk: Desk, file: BinaryIO, bar: Progress | None, *, follows: bool) -> EventImport:
    from worker.intake.admission import open_admission  # noqa: PLC0415  validation is for commands that take events
    from worker.ledger.intake import open_intake  # noqa: PLC0415
    from worker.ledger.queries.progress import EventProgress  # noqa: PLC0415

    admission = open_admission(open_intake(desk.store, desk.config), desk.config, desk.bulk.call)
    importing = EventImport(admission, EventProgress(desk.store), waits=_say_safe)
    if bar is not None:
        task = bar.add_task("accepting", total=None)
        importing.told = lambda cast: bar.update(task, completed=cast.total)
    try:
        importing.run(raw_events(file), follows=follows)
    except OrdercastError as error:
        raise _interrupted(error, importing.cast) from error
    if bar is not None:
        bar.update(task, total=importing.cast.total)
    return importing


def _say_safe(why: str) -> None:
    say(f"{why} {SAFE}")


def _interrupted(error: OrdercastError, cast: Imported) -> OrdercastError:
    """The same error, with what it leaves behind."""
    sure = f"{cast.accepted} events had been accepted before; run it again with the whole file: nothing is taken twice."
    told = OrdercastError(f"{error} {sure}")
    told.reason, told.exit_code = error.reason, error.exit_code
    return told


def _wait(watching: EventProgress, until_s: float | None, bar: Progress | None) -> None:
    task = bar.add_task("delivering", total=None) if bar is not None else None
    for seen in follow_to_the_end(watching, until_s):
        if bar is not None and task is not None:
            ended = seen.ended.total()
            bar.update(task, completed=ended, total=ended + seen.unfinished)


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A progress bar on a terminal, nothing in a pipe. It is on standard error: standard output is for the answer."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, no_color=tables.console().no_color)) as bar:
        yield bar


def _report(importing: EventImport, *, waited: bool) -> CastReport:
    cast, watching = importing.cast, importing.watching
    found = CastReport(
        accepted=cast.accepted,
        duplicates=cast.duplicates,
        refused=len(cast.refusals),
        refusals=cast.refusals,
        told_before=cast.told_before or msgspec.UNSET,
    )
    if cast.unwanted:
        found.unwanted = cast.unwanted
    if waited:
        for state in STATES:
            setattr(found, state, watching.ended[state])
        found.unfinished = watching.unfinished
    return found


def _print(found: CastReport, form: Form) -> None:
    if form is not Form.TABLE:
        answer(found, form)
        return
    tables.show(found.refusals, COLUMNS)
    counts = msgspec.structs.asdict(found)
    shown = {name: count for name, count in counts.items() if isinstance(count, int)}
    said = (f"{count} {name.removesuffix('s') if count == 1 else name}" for name, count in shown.items())
    click.echo(", ".join(said) + ".")


def _tell(desk: Desk, importing: EventImport, found: CastReport) -> None:
    cast = importing.cast
    if not cast.total:
        say("Nothing was read: there is no event in it.")
    for one in cast.told_before:
        say(
            f"Line {one.line}: {one.event_id} tells of the same refund or invoice as {one.duplicate_of}, so it is not "
            "done again. A further one needs an id of its own."
        )
    if cast.unwanted:
        events = "1 event was" if cast.unwanted == 1 else f"{cast.unwanted} events were"
        say(f"{events} accepted that no provider wants: `ordercast providers` lists who wants what.")
        if strange := desk.strangeness():
            say(strange)
    if found.unfinished and importing.watching.is_over:
        say(f"Waiting behind dead letters: {found.unfinished}. Replay or discard those to let them go on.")
    elif found.unfinished:
        say(f"The time ran out with {found.unfinished} deliveries to come; they go on without this command.")


def _exit_code(importing: EventImport, found: CastReport) -> int:
    if found.unfinished and not importing.watching.is_over:
        return 1
    if found.refused and not found.accepted + found.duplicates:
        return 1
    return 4 if found.refused or found.dead or found.unfinished else 0
