"""Whether a worker grows: its resident memory at about delivery 1,000 and 10,000 of its own."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bars import Bar
from benchmarks.contest import staged
from benchmarks.contestants.ordercast import PROCESSES, Ordercast
from benchmarks.orders import raw_events
from benchmarks.tally import ACCOUNTS

EARLY, LATE = 1_000, 10_000
MARGIN = 0.10


def rss_bars(directory: Path) -> list[Bar]:
    """For each worker, its memory at the late mark by that at the early one. The workers share the deliveries about
    evenly, so the marks are counted over all."""
    contestant = Ordercast()
    with staged(contestant, directory, latency_ms=0) as stage:
        contestant.hand_over(stage.scene, raw_events(LATE * PROCESSES // len(ACCOUNTS), "rss"))
        stage.wait_for(EARLY * PROCESSES)
        early = stage.crew.rss_bytes()
        stage.wait_for(LATE * PROCESSES)
        late = stage.crew.rss_bytes()
    for number, (before, after) in enumerate(zip(early, late, strict=True), start=1):
        print(f"worker {number}: {before / 2**20:.1f} MiB at {EARLY:,} deliveries, {after / 2**20:.1f} at {LATE:,}")
    grown = [after / before for before, after in zip(early, late, strict=True)]
    return [
        Bar("a worker's resident memory, late × early", max(grown), 1 + MARGIN, at_most=True),
        Bar("the same of the one that grew least", min(grown), 1 - MARGIN),
    ]
