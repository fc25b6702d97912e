"""The table of results, as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.chaos.story import Figures

HEAD = (
    *("story", "orders", "deliveries", "kills", "faults", "asked", "lost", "doubled", "out of order", "moved twice"),
    *("unfinished", "seconds"),
)
ABOUT = """\
A row is a story of `tests/chaos`: so many orders, told to four simulated vendors while what its name says went wrong. *kills*
are kill -9, of workers and of the store; *faults* are calls and connections that something befell. *asked* are dead
letters of what no vendor's answer shows: a test plays the person who looks, and answers each. Then the vendors' records
are compared with what the shop told and with the ledger (`tests/chaos/invariants.py`).
"""


def markdown(rows: Sequence[Figures], seed: int, failed: Sequence[str], *, is_full: bool) -> str:
    """All rows by name and their sum, with the day and the seed; ``failed`` tests may lack a row."""
    form, command = ("full", "make chaos") if is_full else ("short", "make chaos SHORT=1")
    today = datetime.now(UTC).date()
    lines = [f"# Chaos: results of the {form} form", "", f"{today} · `ORDERCAST_SEED={seed} {command}`", "", ABOUT]
    lines += [_line(HEAD), _line(["---"] + ["---:"] * (len(HEAD) - 1))]
    lines += [_line(_cells(row)) for row in sorted(rows, key=lambda row: row.story)]
    told = [f"- failed: `{name}`" for name in failed]
    return "\n".join([*lines, _line(_sum(rows)), *(["", *told] if told else []), ""])


def _cells(row: Figures) -> list[str]:
    counted = [row.orders, row.deliveries, row.kills, row.faults, row.asked, *_broken(row)]
    return [row.story, *(f"{count:,}" for count in counted), f"{row.duration_s:.0f}"]


def _broken(row: Figures) -> list[int]:
    return [row.broken[name] for name in ("lost", "doubled", "out_of_order", "moved_twice", "unfinished")]


def _sum(rows: Sequence[Figures]) -> list[str]:
    columns = zip(*([r.orders, r.deliveries, r.kills, r.faults, r.asked, *_broken(r)] for r in rows), strict=True)
    return ["**all**", *(f"{sum(column):,}" for column in columns), f"{sum(row.duration_s for row in rows):.0f}"]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
