"""The bars that a full run is held to, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.contest import Run


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure beside its bar."""

    says: str
    found: float
    wanted: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted

    def __str__(self) -> str:
        return f"{self.says}: {self.found:.2f}, wanted {'≤' if self.at_most else '≥'} {self.wanted:g}"


@dataclass(frozen=True, slots=True)
class Pair:
    """One round: each contestant once, one after the other."""

    ours: Run
    plain: Run
    bare: Run
    sent: Run


def bars(pairs: Sequence[Pair], counted: Run) -> list[Bar]:
    """The medians of the rounds' ratios, and the requests of the run that was listened to, each beside its bar."""
    requests = counted.requests or 0
    return [
        Bar("rate, × plain Celery's", median(p.ours.rate / p.plain.rate for p in pairs), 3),
        Bar("rate, × bare Session.post's", median(p.ours.rate / p.bare.rate for p in pairs), 0.45),
        Bar(
            "worker and store CPU per delivery, × plain Celery's",
            median(p.ours.cpu_per_1000_s / p.plain.cpu_per_1000_s for p in pairs),
            0.35,
            at_most=True,
        ),
        Bar("client requests to the store per delivery", requests / counted.deliveries, 3, at_most=True),
    ]
