"""Vendors that take their time: how many deliveries a second with so many calls in flight, beside bare threads."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.accounts import Accounts
from benchmarks.bars import FLIGHT_10, FLIGHT_50, FLIGHT_200, Bar
from benchmarks.contest import Contest
from benchmarks.contestants import Contestant
from benchmarks.contestants.bare import PROCESSES as BARE_PROCESSES
from benchmarks.contestants.bare import Bare
from benchmarks.contestants.ordercast import DEFAULT_THREADS, Ordercast
from benchmarks.contestants.ordercast import PROCESSES as WORKER_PROCESSES
from benchmarks.orders import raw_events
from benchmarks.section import Section, head, row
from benchmarks.stage import Stage, staged

TITLE = "Vendors that take their time"
BARS = {10: FLIGHT_10, 50: FLIGHT_50, 200: FLIGHT_200}
BAR_LATENCY_MS = 50
LATENCIES_MS = (BAR_LATENCY_MS, 200, 0)
SPARE_THREADS = 8
MOST_A_SECOND = 1_500
"""About what two cores can do at all: it says how many orders fill a window."""

Cell = tuple[int, int]
"""Calls in flight and the vendors' latency in milliseconds."""


def hold(contest: Contest) -> Section:
    latencies_ms = LATENCIES_MS[:1] if contest.sizes.is_short else LATENCIES_MS
    cells = [(flight, latency_ms) for flight in BARS for latency_ms in latencies_ms]
    pairs: dict[Cell, list[tuple[float, float]]] = {cell: [] for cell in cells}
    for _ in range(contest.sizes.pairs):
        for flight in BARS:
            ours = _rates(contest, Ordercast(_threads(flight)), flight, latencies_ms)
            bare = _rates(contest, Bare("post", flight // BARE_PROCESSES), flight, latencies_ms)
            for latency_ms in latencies_ms:
                pairs[flight, latency_ms].append((ours[latency_ms], bare[latency_ms]))
    ratios = {cell: median(ours / bare for ours, bare in found) for cell, found in pairs.items()}
    bars = [Bar(says, ratios[flight, BAR_LATENCY_MS]) for flight, says in BARS.items()]
    return Section(TITLE, _lines(pairs, ratios), bars, {f"{cell[0]} at {cell[1]} ms": pairs[cell] for cell in cells})


def _lines(pairs: Mapping[Cell, Sequence[tuple[float, float]]], ratios: Mapping[Cell, float]) -> list[str]:
    lines = head("calls in flight, ms of the vendors", "Ordercast, deliveries/s", "bare Session.post", "ratio")
    for cell, found in pairs.items():
        rates = [f"{median(side):,.0f}" for side in zip(*found, strict=True)]
        lines.append(row(f"{cell[0]}, {cell[1]} ms", *rates, f"{ratios[cell]:.2f}"))
    return lines


def _threads(flight: int) -> int:
    """Of each worker: the default where that is enough, else a fair part of the calls and some to spare."""
    return max(DEFAULT_THREADS, flight // WORKER_PROCESSES + SPARE_THREADS)


def _rates(contest: Contest, contestant: Contestant, flight: int, latencies_ms: tuple[int, ...]) -> dict[int, float]:
    found = {}
    with staged(contestant, contest.directory, Accounts.sharing(flight)) as stage:
        for latency_ms in latencies_ms:
            stage.manners.keep_back(latency_ms / 1000)
            most = min(MOST_A_SECOND, flight * 1000 / latency_ms) if latency_ms else MOST_A_SECOND
            orders = round(most * contest.sizes.window_s / 3 / len(stage.accounts))
            found[latency_ms] = _rate(stage, orders, f"at{latency_ms}")
            contest.say(f"{contestant.name:48} {flight} in flight, {latency_ms} ms  {found[latency_ms]:7,.0f} a second")
    return found


def _rate(stage: Stage, orders: int, name: str) -> float:
    """Deliveries a second for as long as every account has some left: then all the calls that may be are in flight."""
    stage.crew.hold_still()
    stage.contestant.hand_over(stage.scene, raw_events(orders, name))
    before, started_at_s = stage.tally.read(), time.monotonic()
    stage.crew.let_loose()
    first = stage.wait_until(lambda seen: max(seen.since(before)) >= orders)
    stage.wait_for(before.total + orders * len(stage.accounts))
    stage.check_counts(before, orders)
    return sum(first.since(before)) / (first.last_at_s - started_at_s)
