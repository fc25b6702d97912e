"""A worker's day by a clock that is set by hand: runners, calls and ticks as in production, in one thread, no waiting.

Everything that happens has its instant; the ledger's clock is set to it, and it is done. A call of the vendor takes
``latency_s``, in which its claim stands.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from statistics import median

from tasks.attempt import Attempting
from tasks.deliver import LINGER_S
from tests.fakes.ledger import Ledger
from tests.fakes.vendor import Account, AtOnce, Vendor
from worker.ledger.claims import Claim, Claimed, Left, Probe, Wait
from worker.ledger.lanes import Runner

Deed = Callable[[], None]


@dataclass
class Day:
    """One provider's day. ``began`` are the instants of its calls in ms of the ledger's clock, ``most`` the most that
    were ever in flight, ``ticks_ms`` how long each tick took this machine."""

    ledger: Ledger
    vendor: Vendor
    name: str = "one"
    latency_s: float = 0.2
    tick_s: float = 0.5
    began: list[int] = field(default_factory=list)
    ticks_ms: list[float] = field(default_factory=list)
    in_flight: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.account = Account(self.ledger.configs[self.name], self.vendor)
        self.plan = self.ledger.plans[self.name]
        self.now_ms: float = self.ledger.store.now_ms()
        self._numbers = count()
        self._agenda: list[tuple[float, int, Deed]] = []
        self.at(0, self._tick)

    def at(self, in_s: float, deed: Deed) -> None:
        """Have something done in so many seconds."""
        heapq.heappush(self._agenda, (self.now_ms + in_s * 1000, next(self._numbers), deed))

    def run(self, for_s: float) -> None:
        """Let so many seconds pass, with all that happens in them."""
        end_ms = self.now_ms + for_s * 1000
        while self._agenda and self._agenda[0][0] <= end_ms:
            self.now_ms, _, deed = heapq.heappop(self._agenda)
            self._set_clock()
            deed()
        self.now_ms = end_ms
        self._set_clock()

    def run_until(self, is_over: Callable[[], bool], at_most_s: float, step_s: float = 10) -> None:
        """Let the time pass until it is so; fails where it never comes to be."""
        for _ in range(round(at_most_s / step_s)):
            if is_over():
                return
            self.run(step_s)
        assert is_over(), self.ledger.row(self.name)

    @property
    def usual_tick_ms(self) -> float:
        """The middle one, so that the machine's own hiccups do not count."""
        return median(self.ticks_ms)

    def _set_clock(self) -> None:
        key = self.ledger.store.keys.key("epoch")
        self.ledger.store.client.hset(key, "clock", round(self.now_ms - time.time() * 1000))

    def _tick(self) -> None:
        began = time.perf_counter()
        woken = self.ledger.gates.tick(self.name, self.plan.max_in_flight)
        self.ticks_ms.append((time.perf_counter() - began) * 1000)
        self._call(woken.calls)
        self.at(self.tick_s, self._tick)

    def _call(self, runners: int) -> None:
        for _ in range(runners):
            self.at(0.001, self._begin)

    def _begin(self) -> None:
        runner = Runner(self.ledger.store, self.plan)
        self._go_on(runner, runner.begin())

    def _go_on(self, runner: Runner, claimed: Claimed) -> None:
        if isinstance(claimed, Claim):
            self._call(claimed.calls)
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            self.began.append(claimed.started_ms)
            self.at(self.latency_s, lambda: self._end(runner, claimed))
        elif isinstance(claimed, Left):
            self._call(claimed.calls)
        elif isinstance(claimed, Probe):
            runner.probed(claimed, passed=bool(self.vendor.tests))
            self._go_on(runner, runner.claim(leave=True))
        elif isinstance(claimed, Wait):
            self.at(claimed.wait_s, lambda: self._go_on(runner, runner.claim(leave=False)))
        else:
            self.at(LINGER_S, lambda: self._go_on(runner, runner.claim(leave=True)))

    def _end(self, runner: Runner, claim: Claim) -> None:
        event = claim.event
        attempting = Attempting(
            claim,
            event,
            self.account,
            self.plan,
            AtOnce(),
            lambda _: True,
            event.source,  # type: ignore[arg-type]
        )
        finished = attempting.run()
        self.in_flight -= 1
        self._go_on(runner, runner.finish(claim, finished))


@dataclass
class Bucket:
    """What a rate allows: at most ``burst`` calls at once, and ``per_second`` more each second."""

    per_second: float
    burst: float

    def overdrawn(self, instants_ms: list[int]) -> float:
        """By how many calls these instants ever went over what the rate allows; 0 where they never did."""
        left, last, worst = self.burst, instants_ms[0], 0.0
        for at in sorted(instants_ms):
            left = min(self.burst, left + (at - last) * self.per_second / 1000) - 1
            last, worst = at, max(worst, -left)
        return round(worst, 6)
