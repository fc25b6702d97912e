"""A full store beside a small one: what a step, a delivery, a list and a count take with many records kept."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from statistics import median
from typing import Any

from benchmarks import meter
from benchmarks.bars import GROWTH_ACCEPT, GROWTH_CPU, GROWTH_SETTLE, LIST, Bar
from benchmarks.contest import Contest, timed
from benchmarks.orders import raw_events
from benchmarks.section import Section, head, row
from benchmarks.seeding import Seeding, buried, delivered, one_in, seeding
from benchmarks.spread import Spread, spread
from benchmarks.stage import Stage, staged
from benchmarks.tally import ACCOUNTS
from schemas.delivery import Delivery, State
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.paging import PAGE

TITLE = "Many records"
FEW = 1_000
DEAD_ONE_IN = 100
PROBES, PROBED_ORDERS = 8, 128
LAST_PART = 10

LISTS = {
    "`deliveries`": Filter(),
    "`deliveries --provider`": Filter(provider="desk"),
    "`deliveries --state delivered`": Filter(state=State.DELIVERED),
    "`dead`": Filter(state=State.DEAD),
    "`dead --provider`": Filter(state=State.DEAD, provider="desk"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one store: microseconds of a script, turn by turn, and CPU seconds of the workers for a delivery."""

    accept_us: list[float]
    settle_us: list[float]
    worker_cpu_s: float


def hold(contest: Contest) -> Section:
    records = contest.sizes.records
    with staged(contest.ours, contest.directory) as full, seeding(full.scene) as seed:
        began_s = time.monotonic()
        _fill(full, seed, records)
        contest.say(f"{records:,} records were seeded in {time.monotonic() - began_s:.0f} s")
        pairs = [_pair(contest, full, seed, number) for number in range(contest.sizes.pairs)]
        full.crew.hold_still()
        pages = {says: _pages(Deliveries(seed.store), wanted) for says, wanted in LISTS.items()}
        counts = {says: _took(count, contest.sizes.pairs) for says, count in _counts(seed).items()}
    bars = [
        Bar(GROWTH_ACCEPT, _growth(pairs, lambda cost: cost.accept_us)),
        Bar(GROWTH_SETTLE, _growth(pairs, lambda cost: cost.settle_us)),
        Bar(GROWTH_CPU, _growth(pairs, lambda cost: [cost.worker_cpu_s])),
    ]
    bars.append(Bar(LIST, max(found.p99_ms for found in pages.values())))
    return Section(TITLE, _lines(records, pairs, pages, counts), bars, _figures(records, pairs, pages, counts))


def _pair(contest: Contest, full: Stage, seed: Seeding, number: int) -> tuple[Cost, Cost]:
    """A small store's costs and the full one's. They take turns, a moment each, and turns at being the first: what the
    machine does besides takes its share of both."""
    with staged(contest.ours, contest.directory) as small, seeding(small.scene) as little:
        _fill(small, little, FEW)
        full.crew.hold_still()
        sides = ((small, little), (full, seed))
        probes: tuple[list[tuple[float, float]], ...] = ([], [])
        for turn in range(PROBES):
            for side in sorted((0, 1), reverse=bool(turn % 2)):
                probes[side].append(_probe(*sides[side], f"probed{number}-{turn}"))
        cpu_s = [_worker_cpu_s(stage, contest.sizes.orders, f"run{number}") for stage, _ in sides]
    few, many = (
        Cost([accept_us for accept_us, _ in each], [settle_us for _, settle_us in each], worker_cpu_s)
        for each, worker_cpu_s in zip(probes, cpu_s, strict=True)
    )
    return few, many


def _fill(stage: Stage, seed: Seeding, records: int) -> None:
    """Records, the last tenth of them after the store wrote its file anew for the last time.

    The system maps each page of its memory again at the first write after that, and a random tenth of all writes has
    seen to most of them: so it is for days in a shop, and for minutes after each rewrite it is not."""
    stage.crew.hold_still()
    orders, end = records // len(stage.accounts), one_in(DEAD_ONE_IN, buried, delivered)
    seed.fill(orders - orders // LAST_PART, "kept", end)
    meter.end_rewrites(stage.scene.store.url)
    seed.fill(orders // LAST_PART, "late", end)


def _probe(stage: Stage, seed: Seeding, name: str) -> tuple[float, float]:
    """Microseconds of an accept, and of a claim or settle, by the server's account."""
    url = stage.scene.store.url
    marks = [meter.scripts(url)]
    seed.accept(raw_events(PROBED_ORDERS, name))
    marks.append(meter.scripts(url))
    seed.finish(delivered)
    marks.append(meter.scripts(url))
    return marks[1].each_us(marks[0]), marks[2].each_us(marks[1])


def _worker_cpu_s(stage: Stage, orders: int, name: str) -> float:
    run = timed(stage, orders, name)
    stage.crew.hold_still()
    return run.worker_cpu_s / run.deliveries


def _pages(records: Deliveries, wanted: Filter) -> Spread:
    """How long each page of a list takes, from the newest to the oldest."""
    gc.freeze()  # as a command does before it runs
    listed, took_s = records.listed(wanted), list[float]()
    while True:
        began_s = time.monotonic()
        page: list[Delivery] = list(islice(listed, PAGE))
        if not page:
            return spread(took_s)
        took_s.append(time.monotonic() - began_s)


def _counts(seed: Seeding) -> dict[str, Callable[[], object]]:
    order = raw_events(1, "kept")[0]
    records = Deliveries(seed.store)
    return {
        "`status`": lambda: LedgerStatus(seed.store).read("ordercast.intake"),
        "`dead --group`": lambda: list(DeadLetters(seed.store).groups()),
        "`deliveries --order`": lambda: list(records.listed(Filter(order=order["subject"]))),
    }


def _took(asked: Callable[[], object], times: int) -> float:
    """Milliseconds, in the middle of so many times."""

    def took_ms() -> Iterator[float]:
        for _ in range(times):
            began_s = time.monotonic()
            asked()
            yield (time.monotonic() - began_s) * 1000

    return median(took_ms())


def _growth(pairs: list[tuple[Cost, Cost]], part: Callable[[Cost], list[float]]) -> float:
    """The full store's figures over the small one's, each by the one of the same turn: the ratio in the middle."""
    turns = (turn for small, full in pairs for turn in zip(part(small), part(full), strict=True))
    return median(many / few for few, many in turns)


def _lines(
    records: int, pairs: list[tuple[Cost, Cost]], pages: dict[str, Spread], counts: dict[str, float]
) -> list[str]:
    lines = head("records kept", "accept, script µs", "claim and settle, script µs", "worker CPU, ms per delivery")
    for number, kept in enumerate((FEW, records)):
        costs = [pair[number] for pair in pairs]
        accept_us = median(turn for cost in costs for turn in cost.accept_us)
        settle_us = median(turn for cost in costs for turn in cost.settle_us)
        worker_cpu_s = median(cost.worker_cpu_s for cost in costs)
        lines.append(row(f"{kept:,}", f"{accept_us:.0f}", f"{settle_us:.0f}", f"{worker_cpu_s * 1000:.2f}"))
    lines += ["", f"One record in {DEAD_ONE_IN} is a dead letter.", ""]
    lines += head(f"pages of {PAGE} of {records:,} records", "pages", "p50, ms", "p99, ms", "worst, ms")
    for says, found in pages.items():
        figures = (found.p50_ms, found.p99_ms, found.worst_ms)
        lines.append(row(says, f"{found.count:,}", *(f"{figure:.1f}" for figure in figures)))
    return [*lines, "", *head("asked once", "ms"), *(row(says, f"{took_ms:.1f}") for says, took_ms in counts.items())]


def _figures(
    records: int, pairs: list[tuple[Cost, Cost]], pages: dict[str, Spread], counts: dict[str, float]
) -> dict[str, Any]:
    return {
        "records": records,
        "accounts": len(ACCOUNTS),
        "pairs": [[asdict(cost) for cost in pair] for pair in pairs],
        "pages": {says: asdict(found) for says, found in pages.items()},
        "counts_ms": counts,
    }
