"""The figures that the bounds come to: shown after the tests, and in the full form written for operators."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations-figures.md"
HEAD = """# Figures for operators

What `make bounds` measured on {date}, on a machine that did other things too: bytes and counts hold anywhere, times are
for scale. Bytes are the store's own (`used_memory`, `MEMORY USAGE`). An order here is a real one of the Superstore
sample, two lines on average, at four vendors, but where it says otherwise.

| what | figure |
|---|---|
"""
TAIL = """
What stays for 400 days is an order's links, revisions and accepted ids (`or`, `oe`, `dd`); everything else goes with the
retention. A link with the ids of many lines costs their text more, for each vendor that gives such ids.
"""

_stated: dict[str, str] = {}


def state(what: str, figure: str) -> None:
    """Put a figure on record, once for each name."""
    _stated[what] = figure


def lines() -> list[str]:
    return [f"| {what} | {figure} |" for what, figure in sorted(_stated.items())]


def write() -> None:
    """The page with what was measured now; what was not keeps its figure."""
    before = PAGE.read_text() if PAGE.exists() else ""
    for what, figure in re.findall(r"^\| (.+?) \| (.+) \|$", before, re.MULTILINE)[1:]:
        _stated.setdefault(what, figure)
    PAGE.write_text(HEAD.format(date=datetime.now(UTC).date()) + "\n".join(lines()) + "\n" + TAIL)
