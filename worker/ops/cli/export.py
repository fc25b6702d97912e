"""``export``: a list as a stream of JSON lines or CSV."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from worker.ops.cli.filters import with_filters
from worker.ops.cli.output import Form, say, with_form
from worker.ops.cli.session import open_desk_to_read, principal, settings
from worker.ops.desk.exporting import Export, Exported, FileForm, exported, written
from worker.ops.desk.query import DeliveryQuery


@click.command
@click.argument("what", type=click.Choice([one.value for one in Exported]))
@with_filters(limit=None)
@click.option(
    "--format", "as_what", type=click.Choice([one.value for one in FileForm]), default="jsonl", help="Default: jsonl."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to FILE.")
@click.option("--with-bodies", is_flag=True, help="Add each event as it was sent. It names customers.")
@click.option("--why", default="", metavar="TEXT", help="Goes on record. Required with --with-bodies.")
@with_form
def export(  # noqa: PLR0917  click gives them by name
    what: str,
    asked: DeliveryQuery,
    as_what: str,
    output: Path | None,
    with_bodies: bool,
    why: str,
    form: Form,  # noqa: ARG001  JSON lines in every form but CSV
) -> None:
    """Write deliveries, orders or refusals as JSON lines or CSV, newest first, however many there are.

    CSV is by RFC 4180, in UTF-8: an apostrophe stands before each text that a spreadsheet would take for a
    formula. FILE is for its owner alone, and is there when all of it is. What changes meanwhile is told as it is when
    it is read.
    """
    wanted = Export(Exported(what), asked, principal(), with_bodies, why)
    rows = exported(open_desk_to_read(settings()).store, wanted)
    count = 0
    with _written(output) as file:
        for line in written(rows, wanted, FileForm(as_what)):
            file.write(line)
            count += 1
    if output:
        say(f"{output} has {count - (as_what == 'csv')} {what}.")


@contextmanager
def _written(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name when it is whole."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    part = output.with_name(f"{output.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with part.open("wb") as file:
            yield file
        part.replace(output)
    except OSError as error:
        raise click.FileError(str(output), hint=error.strerror or "") from error
    finally:
        part.unlink(missing_ok=True)
