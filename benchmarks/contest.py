"""One run of one contestant: held still, given all orders, let loose, watched until the last request.

The clock runs from the moment the warm workers are let loose on all the orders to the stub's reading of the last
request. CPU and memory are taken at the start of the clock and ``SETTLE_S`` after its end, so that what is written down
after the last answer counts too. Whoever sends anything twice, or to the wrong account, fails the run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks import meter
from benchmarks.contestants import Contestant
from benchmarks.contestants.bare import THREADS, Bare
from benchmarks.contestants.ordercast import Ordercast
from benchmarks.contestants.plain import POOLS, Plain
from benchmarks.contestants.rivals import CONSUMERS, WORKERS, Dramatiq, Huey
from benchmarks.orders import raw_events
from benchmarks.processes import cpu_s
from benchmarks.sizes import Sizes
from benchmarks.stage import Stage, staged

SETTLE_S = 0.5
Some = TypeVar("Some", bound=Contestant)

TRIED_ORDERS = 200
TRIED_POSTS = 1_000
"""The same for bare requests, which are ten times as fast: a try shall take seconds, not a moment."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to. ``rss_bytes`` counts a page that processes share once for each, ``pss_bytes`` once.
    ``requests`` are clients' commands to the store, None where nobody listened."""

    contestant: str
    deliveries: int
    wall_s: float
    worker_cpu_s: float
    store_cpu_s: float
    stub_cpu_s: float
    rss_bytes: int
    pss_bytes: int
    store_bytes: int
    receipts_bytes: int
    requests: int | None

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.wall_s

    @property
    def cpu_per_1000_s(self) -> float:
        """CPU seconds of workers and store for 1,000 deliveries."""
        return (self.worker_cpu_s + self.store_cpu_s) / self.deliveries * 1000


def timed(stage: Stage, orders: int, name: str, *, listen: bool = False) -> Run:
    """One run on a stage whose workers are warm; no two on one stage bear the same ``name``. With ``listen`` clients'
    requests to the store are counted, and its times mean nothing."""
    with ExitStack() as stack:
        store, deliveries = stage.scene.store, orders * len(stage.accounts)
        held_bytes = meter.used_bytes(store.url), meter.receipts_bytes(store.url)
        stage.crew.hold_still()
        stage.contestant.hand_over(stage.scene, raw_events(orders, name))
        requests = stack.enter_context(meter.listening(store.socket)) if listen else None
        before, started_at_s, seen = _cpu(stage), time.monotonic(), stage.tally.read()
        stage.crew.let_loose()
        ended_at_s = stage.wait_for(seen.total + deliveries)
        time.sleep(SETTLE_S)
        heard = requests.count if requests else None  # before we ask the store anything ourselves
        worker_cpu_s, store_cpu_s, stub_cpu_s = (now - then for now, then in zip(_cpu(stage), before, strict=True))
        stage.check_counts(seen, orders)
        return Run(
            contestant=stage.contestant.name,
            deliveries=deliveries,
            wall_s=ended_at_s - started_at_s,
            worker_cpu_s=worker_cpu_s,
            store_cpu_s=store_cpu_s if stage.contestant.uses_store else 0.0,
            stub_cpu_s=stub_cpu_s,
            rss_bytes=sum(stage.crew.rss_bytes()),
            pss_bytes=stage.crew.pss_bytes(),
            store_bytes=meter.used_bytes(store.url) - held_bytes[0],
            receipts_bytes=meter.receipts_bytes(store.url) - held_bytes[1],
            requests=heard,
        )


@dataclass
class Contest:
    """All that the trials share: how much is measured, where, and each rival at its best, found when first wanted."""

    sizes: Sizes
    directory: Path
    ours: Ordercast = field(default_factory=Ordercast)
    _found: dict[type[Contestant], Contestant] = field(default_factory=dict)

    @property
    def plain(self) -> Plain:
        return self._best([Plain(*pool) for pool in POOLS], TRIED_ORDERS)

    @property
    def huey(self) -> Huey:
        return self._best([Huey(*consumers) for consumers in CONSUMERS], TRIED_ORDERS)

    @property
    def dramatiq(self) -> Dramatiq:
        return self._best([Dramatiq(*workers) for workers in WORKERS], TRIED_ORDERS)

    @property
    def bare(self) -> Bare:
        return self._best([Bare("post", threads) for threads in THREADS], TRIED_POSTS)

    def run(self, contestant: Contestant, orders: int, *, listen: bool = False) -> Run:
        """One run on a stage of its own."""
        with staged(contestant, self.directory) as stage:
            came_to = timed(stage, orders, "run", listen=listen)
        figures = f"{came_to.rate:7,.0f} deliveries/s  {came_to.cpu_per_1000_s:5.2f} CPU-s per 1,000"
        if came_to.requests is not None:
            figures = f"{came_to.requests / came_to.deliveries:7.2f} requests to the store per delivery"
        self.say(f"{contestant.name:48} {came_to.deliveries:6,} deliveries  {figures}")
        return came_to

    def say(self, line: str) -> None:
        """How it goes, for whoever waits."""
        print(line, file=sys.stderr, flush=True)

    def _best(self, candidates: Sequence[Some], orders: int) -> Some:
        """The fastest of several ways to set up the same contestant, each tried once, briefly; a short contest takes
        the first."""
        kind = type(candidates[0])
        if kind not in self._found:
            tried = [] if self.sizes.is_short else candidates
            self._found[kind] = max(tried, key=lambda each: self.run(each, orders).rate, default=candidates[0])
        found = self._found[kind]
        assert isinstance(found, kind)
        return found


def _cpu(stage: Stage) -> tuple[float, float, float]:
    return cpu_s(stage.crew.pids), cpu_s([stage.scene.store.pid]), cpu_s([stage.stub_pid])
