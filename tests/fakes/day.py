"""A worker's day by a clock that is set by hand: runners, calls and ticks as in production, in one thread, no waiting.

Everything that happens has its instant; the ledger's clock is set to it, and it is done. A call of the vendor takes
``latency_s``, in which its claim stands. Ticks that can find nothing to do are left out: the day jumps over them.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from statistics import median

from tasks.attempt import Attempting
from tasks.deliver import LINGER_S
from tests.fakes.ledger import Ledger
from tests.fakes.vendor import Account, AtOnce, Vendor
from worker.ledger.claims import Claim, Claimed, Left, Probe, Wait
from worker.ledger.lanes import Runner

Deed = Callable[[], None]

FEW = 3
REST_MS = 300_000
"""As SLOWEST_MS in lib/held_back.lua."""


@dataclass
class Day:
    """One provider's day. ``began`` are the instants of its calls in ms of the ledger's clock, ``most`` the most that
    were ever in flight, ``ticks_ms`` how long each tick took this machine."""

    ledger: Ledger
    vendor: Vendor
    name: str = "one"
    latency_s: float = 0.2
    tick_s: float = 0.5
    jumps: bool = True
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
        self._last_tick_ms = self._next_tick_ms = self.now_ms

    def at(self, in_s: float, deed: Deed) -> None:
        """Have something done in so many seconds."""
        heapq.heappush(self._agenda, (self.now_ms + in_s * 1000, next(self._numbers), deed))

    def run(self, for_s: float) -> None:
        """Let so many seconds pass, with all that happens in them."""
        end_ms = self.now_ms + for_s * 1000
        while (due_ms := min(self._next_tick_ms, self._next_deed_ms())) <= end_ms:
            self._set_clock(due_ms)
            if self._next_deed_ms() <= due_ms:
                heapq.heappop(self._agenda)[2]()
                self._next_tick_ms = self._tick_after(self.now_ms)
            else:
                self._last_tick_ms = self.now_ms
                self._tick()
                self._next_tick_ms = self._tick_after(self._nothing_before_ms())
        self._set_clock(end_ms)
        self._next_tick_ms = self._tick_after(end_ms)  # for what a test does to the ledger between two runs

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

    def _set_clock(self, now_ms: float) -> None:
        self.now_ms = now_ms
        self.ledger.set_clock(now_ms)

    def _next_deed_ms(self) -> float:
        return self._agenda[0][0] if self._agenda else math.inf

    def _tick_after(self, at_ms: float) -> float:
        """When the first tick after this instant is due: at the pace of ``tick_s``, counted from the last one."""
        if at_ms == math.inf:
            return math.inf
        step_ms = self.tick_s * 1000
        return self._last_tick_ms + step_ms * max(1, math.floor((at_ms - self._last_tick_ms) / step_ms) + 1)

    def _nothing_before_ms(self) -> float:
        """Until when a tick can find nothing to do, as the ledger stands now; the present where that cannot be said.

        It can where nobody is at work or called, and all that waits has its instant: the soonest of what is parked, or
        the next try of a closed gate.
        """
        if not self.jumps or self._next_deed_ms() < self._tick_after(self.now_ms):
            return self.now_ms
        client, key = self.ledger.store.client, partial(self.ledger.store.keys.key, provider=self.name)
        with client.pipeline(transaction=False) as pipe:
            pipe.exists(key("claims"), key("runners"), key("calls"))
            pipe.exists(*(key("ready", lane_class=one) for one in "frb"))
            pipe.exists(key("gate_parked"))
            pipe.zrange(key("parked"), 0, 0, withscores=True)
            pipe.hmget(key("gate"), "paused", "held", "tripped", "held_until", "wait_until")
            at_work, ready, gate_parked, parked, (paused, held, tripped, *until) = pipe.execute()
        due_ms = [due_ms for _, due_ms in parked]
        if held or tripped:
            opens_ms = max(float(instant) for instant in (*until, tripped) if instant)
            due_ms.append(opens_ms if ready or opens_ms > self.now_ms else self._rested_ms())
        elif not paused and (ready or gate_parked):
            return self.now_ms
        return self.now_ms if at_work else max(self.now_ms, min(due_ms, default=math.inf) - 1)

    def _rested_ms(self) -> float:
        """When the first of a few parked orders has rested long enough for a closed gate to be tried with it: no sooner
        than ``has_rested`` in lib/held_back.lua has it."""
        client, key = self.ledger.store.client, partial(self.ledger.store.keys.key, provider=self.name)
        closed_ms = float(client.hget(key("gate"), "closed_at") or 0)
        orders = client.zrange(key("parked"), 0, FEW)
        if len(orders) > FEW:
            return self.now_ms
        heads = [client.zrange(key("lane", order=order.decode()), 0, 0)[0][:-1].decode() for order in orders]
        tried_ms = [float(client.hget(key("delivery", seq=seq), "up")) for seq in heads]
        return min((at + min(REST_MS, max(0, at - closed_ms)) for at in tried_ms), default=math.inf)

    def _tick(self) -> None:
        began = time.perf_counter()
        woken = self.ledger.gates.tick(self.name, self.plan.max_in_flight)
        self.ticks_ms.append((time.perf_counter() - began) * 1000)
        self._call(woken.calls)

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
