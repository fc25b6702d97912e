"""How a heap of durations is spread."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


def spread(durations_s: Iterable[float]) -> Spread:
    """The spread of durations in seconds, by nearest rank. Raises ``ValueError`` where there are none."""
    ranked = sorted(durations_s)
    if not ranked:
        raise ValueError("There is nothing to be spread.")
    return Spread(len(ranked), at(ranked, 0.50) * 1000, at(ranked, 0.99) * 1000, ranked[-1] * 1000)


def at(ranked: list[float], share: float) -> float:
    """The smallest of these ascending figures that at least this share of them does not exceed."""
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]
