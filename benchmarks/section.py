"""What a trial came to: a chapter of the results, its bars, and every figure behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bars import Bar


@dataclass(frozen=True, slots=True)
class Section:
    """``lines`` are Markdown. ``figures`` is what JSON can hold, by what was measured."""

    title: str
    lines: Sequence[str]
    bars: Sequence[Bar] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    def text(self, said: str) -> str:
        """The chapter. ``said`` tells when and on what it was measured."""
        held = [f"- {'met' if bar.is_met else '**missed**'} · {bar}" for bar in self.bars]
        return "\n".join([f"## {self.title}", "", said, "", *self.lines, *(["", *held] if held else []), ""])


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def head(*cells: str) -> list[str]:
    """The first column says who, the others hold figures."""
    return [row(*cells), row("---", *["--:"] * (len(cells) - 1)).replace(" ", "")]
