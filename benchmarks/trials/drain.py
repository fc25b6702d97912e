"""How long a heap of queued orders takes, beside plain Celery."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median

from benchmarks.bars import DRAIN, Bar
from benchmarks.contest import Contest
from benchmarks.contestants.producer import Paced
from benchmarks.section import Section, head, row

TITLE = "Draining a queue"


def hold(contest: Contest) -> Section:
    orders = contest.sizes.drained
    field: list[Paced] = [contest.ours, contest.plain]
    pairs = [[contest.run(each, orders) for each in field] for _ in range(contest.sizes.pairs)]
    walls_s = [median(pair[number].wall_s for pair in pairs) for number in range(len(field))]
    lines = head(f"{orders:,} orders queued, four accounts", "seconds until the last is delivered")
    lines += [row(each.name, f"{wall_s:,.1f}") for each, wall_s in zip(field, walls_s, strict=True)]
    bar = Bar(DRAIN, median(ours.wall_s / plain.wall_s for ours, plain in pairs))
    return Section(TITLE, lines, [bar], {"pairs": [[asdict(run) for run in pair] for pair in pairs]})
