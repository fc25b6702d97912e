"""Whether a worker grows: its resident memory at about delivery 1,000 and 10,000 of its own."""

from __future__ import annotations

from benchmarks.bars import WORKER_GROWTH, Bar
from benchmarks.contest import Contest
from benchmarks.contestants.ordercast import PROCESSES
from benchmarks.orders import raw_events
from benchmarks.section import Section, head, row
from benchmarks.sizes import ORDERS
from benchmarks.stage import staged
from benchmarks.tally import ACCOUNTS

TITLE = "Whether a worker grows"
EARLY, LATE = 1_000, 10_000
MIB = 2**20


def hold(contest: Contest) -> Section:
    """For each worker, its memory at the late mark by that at the early one. The workers share the deliveries about
    evenly, so the marks are counted over all."""
    scale = min(1.0, contest.sizes.orders / ORDERS)
    early, late = round(EARLY * scale), round(LATE * scale)
    with staged(contest.ours, contest.directory) as stage:
        contest.ours.hand_over(stage.scene, raw_events(late * PROCESSES // len(ACCOUNTS), "growth"))
        stage.wait_for(early * PROCESSES)
        before = stage.crew.rss_bytes()
        stage.wait_for(late * PROCESSES)
        after = stage.crew.rss_bytes()
    lines = head("", f"MiB at delivery {early:,}", f"at delivery {late:,}")
    for number, (then, now) in enumerate(zip(before, after, strict=True), start=1):
        lines.append(row(f"worker {number}", f"{then / MIB:.1f}", f"{now / MIB:.1f}"))
    grown = max(now / then for then, now in zip(before, after, strict=True))
    return Section(TITLE, lines, [Bar(WORKER_GROWTH, grown)], {"early": before, "late": after})
