"""The figures that the bounds come to: shown after the tests, and in the full form written for operators."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations-figures.md"
HEAD = """# Figures for operators

What `make bounds` measured, each on its day, on a machine that did other things too: bytes and counts hold anywhere,
times are for scale. Bytes are the store's own (`used_memory`, `MEMORY USAGE`). An order here is a real one of the
Superstore sample, two lines on average, at four vendors, but where it says otherwise.

| what | figure | measured |
|---|---|---|
"""
TAIL = """
What stays for 400 days is an order's links, revisions and accepted ids (`or`, `oe`, `dd`); everything else goes with the
retention. Measured by itself on 2026-11-30: the instant of an order's newest snapshot is 14 bytes of `or` (48 where the
order says `updated_at` too), and a refund or invoice with an id of its own has 62 more in `dd`. A link with the ids of
many lines costs their text more, for each vendor that gives such ids.
"""

_stated: dict[str, str] = {}


def state(what: str, figure: str) -> None:
    """Put a figure on record, once for each name."""
    _stated[what] = figure


def lines() -> list[str]:
    return [f"| {what} | {figure} |" for what, figure in sorted(_stated.items())]


def write() -> None:
    """The page with what was measured now; what was not keeps its figure, and its day."""
    before = PAGE.read_text() if PAGE.exists() else ""
    kept = {
        what: row for what, *row in re.findall(r"^\| (.+?) \| (.+?) \| (\d{4}-\d\d-\d\d) \|$", before, re.MULTILINE)
    }
    today = str(datetime.now(UTC).date())
    kept |= {what: [figure, today] for what, figure in _stated.items()}
    rows = [f"| {what} | {figure} | {day} |" for what, (figure, day) in sorted(kept.items())]
    PAGE.write_text(HEAD + "\n".join(rows) + "\n" + TAIL)
