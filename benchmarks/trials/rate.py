"""How many deliveries a second, and what one costs: Ordercast, three other queues, and the bare HTTP client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from statistics import median

from benchmarks.bars import CPU, RATE_BARE, RATE_HUEY, RATE_PLAIN, REQUESTS, RSS, STORE_CPU, Bar
from benchmarks.contest import Contest, Run
from benchmarks.contestants import Contestant
from benchmarks.contestants.bare import Bare
from benchmarks.section import Section, head, row

TITLE = "Rate and cost"
COUNTED_ORDERS = 500
MIB = 2**20

COLUMNS = (
    *("", "deliveries/s", "CPU-s per 1,000: workers", "store", "stub", "store requests per delivery"),
    *("store bytes per order", "workers' RSS, MiB", "PSS"),
)


def hold(contest: Contest) -> Section:
    bare = contest.bare
    field: list[Contestant] = [contest.ours, contest.plain, contest.huey, contest.dramatiq]
    field += [bare, Bare("send", bare.threads)]
    runs: list[list[Run]] = [[] for _ in field]
    for _ in range(contest.sizes.pairs):
        for kept, contestant in zip(runs, field, strict=True):
            kept.append(contest.run(contestant, contest.sizes.orders))
    counted_orders = min(COUNTED_ORDERS, contest.sizes.orders)
    heard = field[:1] if contest.sizes.is_short else [each for each in field if each.uses_store]
    counted = [contest.run(each, counted_orders, listen=True) for each in heard]
    figures = {"runs": [[asdict(run) for run in kept] for kept in runs], "counted": [asdict(run) for run in counted]}
    return Section(TITLE, _table(runs, counted), _bars(runs, counted[0]), figures)


def _bars(runs: Sequence[Sequence[Run]], counted: Run) -> list[Bar]:
    """The medians of the rounds' ratios, and the requests of the run that was listened to."""
    ours, plain, huey, _, bare, _ = runs

    def ratio(figure: Callable[[Run], float], other: Sequence[Run]) -> float:
        return median(figure(one) / figure(two) for one, two in zip(ours, other, strict=True))

    return [
        Bar(RATE_PLAIN, ratio(lambda run: run.rate, plain)),
        Bar(RATE_HUEY, ratio(lambda run: run.rate, huey)),
        Bar(RATE_BARE, ratio(lambda run: run.rate, bare)),
        Bar(CPU, ratio(lambda run: run.cpu_per_1000_s, plain)),
        Bar(STORE_CPU, ratio(lambda run: run.store_cpu_s / run.deliveries, plain)),
        Bar(RSS, ratio(lambda run: run.rss_bytes, plain)),
        Bar(REQUESTS, (counted.requests or 0) / counted.deliveries),
    ]


def _table(runs: Sequence[Sequence[Run]], counted: Sequence[Run]) -> list[str]:
    requests = {run.contestant: (run.requests or 0) / run.deliveries for run in counted}
    said = f"{runs[0][0].deliveries:,} deliveries a run, medians of {len(runs[0])} interleaved rounds."
    return [said, "", *head(*COLUMNS), *(_row(kept, requests) for kept in runs)]


def _row(runs: Sequence[Run], requests: dict[str, float]) -> str:
    def middle(figure: Callable[[Run], float]) -> float:
        return median(map(figure, runs))

    name = runs[0].contestant
    kept = middle(lambda run: run.store_bytes / run.deliveries * 4)
    answers = middle(lambda run: run.receipts_bytes / run.deliveries * 4)
    has_store = any(run.store_cpu_s for run in runs)
    return row(
        name,
        f"{middle(lambda run: run.rate):,.0f}",
        f"{middle(lambda run: run.worker_cpu_s / run.deliveries * 1000):.2f}",
        f"{middle(lambda run: run.store_cpu_s / run.deliveries * 1000):.2f}" if has_store else "–",
        f"{middle(lambda run: run.stub_cpu_s / run.deliveries * 1000):.2f}",
        f"{requests[name]:.1f}" if name in requests else "–",
        f"{kept:,.0f} (results of Celery calls: {answers:,.0f})" if has_store else "–",
        f"{middle(lambda run: run.rss_bytes) / MIB:,.0f}",
        f"{middle(lambda run: run.pss_bytes) / MIB:,.0f}",
    )
