"""A load at a steady rate, and how long each order took from the producer to the vendor."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestants.producer import Paced
from benchmarks.journal import entries
from benchmarks.orders import paced_events
from benchmarks.spread import Spread, spread
from benchmarks.stage import Stage
from benchmarks.tally import ACCOUNTS


def pace(
    send: Callable[[dict[str, Any]], object],
    events: Sequence[dict[str, Any]],
    per_second: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[float]:
    """Hand the events over one at a time, and give when each was taken up. One that is late is not waited for, and the
    next keeps its own time."""
    began_s, handed_s = clock(), []
    for number, event in enumerate(events):
        sleep(max(0.0, began_s + number / per_second - clock()))
        handed_s.append(clock())
        send(event)
    return handed_s


@dataclass(frozen=True, slots=True)
class Load:
    """Orders at so many a second for so long."""

    per_second: float
    window_s: float

    @property
    def orders(self) -> int:
        return round(self.per_second * self.window_s)


def carried(
    stage: Stage, contestant: Paced, load: Load, accounts: Collection[str] = ACCOUNTS, first: int = 0
) -> Spread:
    """How long from the producer's hand until the stub had read it, of every order for these accounts, on a stage that
    keeps a journal. Waits until all of these have come. ``first`` is the number of the first order: a second load on
    one stage begins behind the one before."""
    numbers, before = [ACCOUNTS.index(name) for name in accounts], stage.tally.read()
    with contestant.sender(stage.scene) as send:
        handed_s = pace(send, paced_events(load.orders, first), load.per_second)
    stage.wait_until(lambda seen: all(seen.since(before)[number] >= load.orders for number in numbers))
    stage.wait_until(lambda _: len(_read(stage.journal, accounts, first)) >= load.orders * len(accounts))
    return delays(stage.journal, handed_s, accounts, first)


def delays(journal: Path, handed_s: Sequence[float], accounts: Collection[str], first: int = 0) -> Spread:
    """From when each order was handed over to when the stub first read it for each of these accounts."""
    return spread(at_s - handed_s[index - first] for (_, index), at_s in _read(journal, accounts, first).items())


def _read(journal: Path, accounts: Collection[str], first: int) -> dict[tuple[str, int], float]:
    """When the stub first read each order from this number on, by account and number."""
    found: dict[tuple[str, int], float] = {}
    for entry in entries(journal):
        if entry.index >= first and entry.account in accounts:
            found.setdefault((entry.account, entry.index), entry.at_s)
    return found
