"""From the producer's hand to the vendor's at a steady rate, beside plain Celery."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median

from benchmarks.bars import STEADY_P50, STEADY_P99, Bar
from benchmarks.contest import Contest
from benchmarks.contestants.producer import Paced
from benchmarks.pacing import Load, carried
from benchmarks.section import Section, head, row
from benchmarks.spread import Spread
from benchmarks.stage import staged

TITLE = "Enqueue to delivered"
PER_SECOND = 50


def hold(contest: Contest) -> Section:
    load = Load(PER_SECOND, contest.sizes.window_s)
    field: list[Paced] = [contest.ours, contest.plain]
    pairs = [[_spread(contest, each, load) for each in field] for _ in range(contest.sizes.pairs)]
    lines = head(f"{PER_SECOND} orders/s for {load.window_s:g} s", "p50, ms", "p99, ms", "worst, ms")
    for number, each in enumerate(field):
        found = [pair[number] for pair in pairs]
        middle = [median(part) for part in zip(*((s.p50_ms, s.p99_ms, s.worst_ms) for s in found), strict=True)]
        lines.append(row(each.name, *(f"{figure:,.1f}" for figure in middle)))
    bars = [
        Bar(STEADY_P50, median(ours.p50_ms / plain.p50_ms for ours, plain in pairs)),
        Bar(STEADY_P99, median(ours.p99_ms / plain.p99_ms for ours, plain in pairs)),
    ]
    return Section(TITLE, lines, bars, {"pairs": [[asdict(one) for one in pair] for pair in pairs]})


def _spread(contest: Contest, contestant: Paced, load: Load) -> Spread:
    with staged(contestant, contest.directory, is_noted=True) as stage:
        found = carried(stage, contestant, load)
    contest.say(f"{contestant.name:48} p50 {found.p50_ms:6.1f} ms, p99 {found.p99_ms:6.1f} ms of {found.count:,}")
    return found
