"""One vendor hangs for the whole window: what the other three feel of it."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median

from benchmarks.bars import ISOLATION_P50, ISOLATION_P99, Bar
from benchmarks.contest import Contest
from benchmarks.manners import NEVER
from benchmarks.pacing import Load, carried
from benchmarks.section import Section, head, row
from benchmarks.spread import Spread
from benchmarks.stage import staged
from benchmarks.tally import ACCOUNTS

TITLE = "While one vendor hangs"
HUNG = "desk"
OTHERS = tuple(name for name in ACCOUNTS if name != HUNG)
LOAD_SHARE = 0.4
"""Of what was drained a second just before: at half of its capacity a queue begins to wait for itself."""

SPARED_MS = 10


def hold(contest: Contest) -> Section:
    capacity = contest.run(contest.ours, contest.sizes.orders).rate
    load = Load(LOAD_SHARE * capacity / len(ACCOUNTS), contest.sizes.window_s)
    pairs = [(_window(contest, load, wait_s=0), _window(contest, load, NEVER)) for _ in range(contest.sizes.pairs)]
    lines = head(f"{load.per_second:.0f} orders/s for {load.window_s:g} s", "p50, ms", "p99, ms")
    for number, says in enumerate(("all vendors answer at once", f"{HUNG} reads and never answers")):
        found = [pair[number] for pair in pairs]
        lines.append(row(says, f"{median(s.p50_ms for s in found):.1f}", f"{median(s.p99_ms for s in found):.1f}"))
    bars = [
        Bar(ISOLATION_P50, median(hung.p50_ms / quiet.p50_ms for quiet, hung in pairs)),
        Bar(ISOLATION_P99, median((hung.p99_ms - SPARED_MS) / quiet.p99_ms for quiet, hung in pairs)),
    ]
    said = f"From the producer's hand to the first attempt at the other three, at {LOAD_SHARE:.0%} of what was drained."
    return Section(TITLE, [said, "", *lines], bars, {"pairs": [[asdict(one) for one in pair] for pair in pairs]})


def _window(contest: Contest, load: Load, wait_s: float) -> Spread:
    """One window on a stage of its own: what a hung one leaves behind harms nobody."""
    with staged(contest.ours, contest.directory, is_noted=True) as stage:
        stage.manners.keep_back(wait_s, HUNG)
        found = carried(stage, contest.ours, load, OTHERS)
    says = "quiet" if wait_s == 0 else f"{HUNG} hangs"
    contest.say(f"{says:48} p50 {found.p50_ms:6.1f} ms, p99 {found.p99_ms:6.1f} ms of {found.count:,}")
    return found
