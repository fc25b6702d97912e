"""Tables for people on a terminal, and the same columns as tab-separated lines in a pipe.

On a terminal an id is shown by its first 8 characters, which every command takes back, and an instant by the local
clock. Nothing is cut: columns that find no room on the line go below it, with their titles, and so does a message.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console, Group, RenderableType
    from rich.text import Text

PAGE = 500
GAP = 2
INDENT = 4
SHORT_ID_CHARS = 8
SENTENCES = frozenset({"message", "errors", "what is wrong", "note", "why", "how it is"})
"""Titles of columns that hold sentences: each has a line of its own."""

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
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_DELIVERY_ID = re.compile(r"\bd[a-z2-7]{25}\b")

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
        printer.print(table(page, columns, printer.width))


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


def table(rows: Sequence[Any], columns: Columns, width: int | None = None) -> Group:
    """Rows as a table for a terminal so many characters wide, without the columns that show nothing of any of them."""
    from rich.console import Group  # noqa: PLC0415  only a terminal needs it

    cells = {title: [terse(shows(row)) for row in rows] for title, shows in columns.items()}
    filled = {title: column for title, column in cells.items() if any(column)}
    on_line = _fitting(filled, width or console().width)
    below = [title for title in filled if title not in on_line]
    drawn: list[RenderableType] = [_titles(on_line)]
    for number in range(len(rows)):
        row = {title: column[number] for title, column in filled.items()}
        drawn.append(_line(row, on_line))
        drawn.extend(_below(row, below))
    return Group(*drawn)


def terse(value: object, now: datetime | None = None) -> str:
    """A value as a person reads it on a terminal: ids short, instants by the local clock."""
    text = _DELIVERY_ID.sub(lambda found: short_id(found[0]), plain(value))
    return _INSTANT.sub(lambda found: clock_time(found[0], now), text)


def short_id(delivery_id: str) -> str:
    """As much of a delivery's id as people need."""
    return delivery_id[:SHORT_ID_CHARS]


def clock_time(instant: str, now: datetime | None = None) -> str:
    """An instant of RFC 3339 by the local clock: ``17:49:57`` today, else ``21 Nov 17:49``, with the year where it is
    another."""
    at, today = datetime.fromisoformat(instant).astimezone(), (now or datetime.now().astimezone())
    if at.date() == today.date():
        return f"{at:%H:%M:%S}"
    return f"{at.day} {at:%b %H:%M}" if at.year == today.year else f"{at.day} {at:%b %Y %H:%M}"


def plain(value: object) -> str:
    """A value as one line without control characters: what a vendor wrote must not steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return "".join(c if c.isprintable() else " " for c in str(value))


def _fitting(cells: Mapping[str, list[str]], width: int) -> dict[str, int]:
    """The columns that have room side by side, from the first on, each with its width."""
    from rich.cells import cell_len  # noqa: PLC0415  only a terminal needs it

    widths: dict[str, int] = {}
    left = width
    for title, column in cells.items():
        if title in SENTENCES:
            continue
        wide = max(cell_len(text) for text in (title, *column))
        if widths and wide > left:
            break
        widths[title] = wide
        left -= wide + GAP
    return widths or dict.fromkeys(list(cells)[:1], 0)


def _titles(widths: Mapping[str, int]) -> Text:
    return _line({title: title for title in widths}, widths, style="bold")


def _line(row: Mapping[str, str], widths: Mapping[str, int], style: str = "") -> Text:
    from rich.cells import cell_len  # noqa: PLC0415  only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    line = Text(overflow="fold")
    last = list(widths)[-1]
    for title, wide in widths.items():
        text = row[title] or "–"
        line.append(text, style or STYLES.get(text, ""))
        if title != last:
            line.append(" " * (wide - cell_len(text) + GAP))
    return line


def _below(row: Mapping[str, str], titles: Iterable[str]) -> Iterator[RenderableType]:
    """What found no room on the line: words with their titles, then each sentence, wrapped at blanks."""
    from rich.padding import Padding  # noqa: PLC0415  only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    told = [title for title in titles if row[title]]
    words = " · ".join(f"{title} {row[title]}" for title in told if title not in SENTENCES)
    for text in (words, *(row[title] for title in told if title in SENTENCES)):
        if text:
            yield Padding(
                Text(text, style="dim" if text is words else "", overflow="fold"), (0, 0, 0, INDENT), expand=False
            )
