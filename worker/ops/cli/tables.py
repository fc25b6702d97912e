"""Tables for people on a terminal, and the same columns as tab-separated lines in a pipe."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PAGE = 500
STYLES = {
    "delivered": "green",
    "open": "green",
    "parked": "yellow",
    "limited": "yellow",
    "paused": "yellow",
    "dead": "bold red",
    "held": "bold red",
    "tripped": "red",
}
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")

Columns = Mapping[str, Callable[[Any], object]]
"""Title → what it shows of a row."""


def show(rows: Iterable[Any], columns: Columns) -> None:
    """Print rows as they come, on a terminal in tables of at most 500, so that any number streams."""
    if not sys.stdout.isatty():
        for line in tab_separated(rows, columns):
            click.echo(line)
        return
    left, printer = iter(rows), console()
    while page := list(islice(left, PAGE)):
        printer.print(table(page, columns))


def tab_separated(rows: Iterable[Any], columns: Columns) -> Iterator[str]:
    """A line of titles, and a line for each row; no line where there is no row."""
    for number, row in enumerate(rows):
        if number == 0:
            yield "\t".join(columns)
        yield "\t".join(plain(shows(row)) for shows in columns.values())


def console() -> Console:
    """Standard output as rich sees it. NO_COLOR counts whatever its value."""
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it

    return Console(no_color="NO_COLOR" in os.environ, highlight=False)


def table(rows: Sequence[Any], columns: Columns) -> Table:
    """Rows as a table for a terminal, without the columns that show nothing of any of them."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415  only a terminal needs it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    columns_of_cells = {title: [plain(shows(row)) for row in rows] for title, shows in columns.items()}
    filled = {title: cells for title, cells in columns_of_cells.items() if any(cells)}
    for number, title in enumerate(filled):
        drawn.add_column(title, overflow="fold", no_wrap=number == 0)
    for cells in zip(*filled.values(), strict=True):
        drawn.add_row(*(Text(_INSTANT.sub(r"\1 \2", cell) or "–", style=STYLES.get(cell, "")) for cell in cells))
    return drawn


def plain(value: object) -> str:
    """A value as one line without control characters: what a vendor wrote must not steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return "".join(c if c.isprintable() else " " for c in str(value))
