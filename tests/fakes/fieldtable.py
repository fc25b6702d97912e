"""The tables of docs/fields: what each row says of a name."""

from __future__ import annotations

import re
from pathlib import Path

FIELDS = Path(__file__).parents[2] / "docs" / "fields"


def table(kind: str, heading: str) -> dict[str, list[str]]:
    """The rows below a heading of a kind's page by their first cell, without its marks. A row given twice fails."""
    text = (FIELDS / f"{kind}.md").read_text()
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", section, re.MULTILINE)
    ]
    named = {row[0].strip("`"): row[1:] for row in rows[2:]}
    assert len(named) == len(rows) - 2, "a row is there twice"
    return named


def names(rows: dict[str, list[str]], mark: str) -> set[str]:
    """The names whose second cell says this; each has to say why or from where."""
    assert all(row[-1] for row in rows.values())
    return {name for name, row in rows.items() if row[0] == mark}
