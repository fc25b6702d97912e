"""The bars that a run is held to, all in one place: what each figure has to reach."""

from __future__ import annotations

from dataclasses import dataclass

RATE_BARE = "rate, × bare Session.post's"
RATE_PLAIN = "rate, × plain Celery's"
RATE_HUEY = "rate, × huey's"
CPU = "worker and store CPU per delivery, × plain Celery's"
REQUESTS = "client requests to the store per delivery"
STORE_CPU = "store CPU per delivery, × plain Celery's"
RSS = "workers' resident memory, × plain Celery's"
BYTES = "bytes of a delivered order but its links and kept ids, ÷ (1.5 × its packed event + 800)"
DRAIN = "time to drain the queued orders, × plain Celery's"
FLIGHT_10 = "rate at 50 ms and 10 calls in flight, × bare Session.post's"
FLIGHT_50 = "rate at 50 ms and 50 calls in flight, × bare Session.post's"
FLIGHT_200 = "rate at 50 ms and 200 calls in flight, × bare Session.post's"
STEADY_P50 = "enqueue to delivered at a steady rate, p50, × plain Celery's"
STEADY_P99 = "enqueue to delivered at a steady rate, p99, × plain Celery's"
ISOLATION_P50 = "first attempts elsewhere while one vendor hangs, p50, × a quiet window's"
ISOLATION_P99 = "first attempts elsewhere while one vendor hangs, p99 less 10 ms, × a quiet window's p99"
BACKFILL_P99 = "live orders beside a backfill, p99, × a window without it"
GROWTH_ACCEPT = "script time of an accept in the full store, × a small one's"
GROWTH_SETTLE = "script time of a settle in the full store, × a small one's"
GROWTH_CPU = "worker CPU per delivery on the full store, × on a small one"
LIST = "a page of a list in the full store, ms at p99"
WORKER_GROWTH = "a worker's resident memory at delivery 10,000, × at delivery 1,000"

_AT_LEAST = {
    RATE_BARE: 0.65,
    RATE_PLAIN: 4.5,
    RATE_HUEY: 2,
    FLIGHT_10: 0.95,
    FLIGHT_50: 0.85,
    FLIGHT_200: 0.65,
}
_AT_MOST = {
    CPU: 0.22,
    REQUESTS: 2,
    STORE_CPU: 0.3,
    RSS: 1.2,
    BYTES: 1,
    DRAIN: 0.22,
    STEADY_P50: 0.7,
    STEADY_P99: 1,
    ISOLATION_P50: 1.1,
    ISOLATION_P99: 1.1,
    BACKFILL_P99: 1.1,
    GROWTH_ACCEPT: 1.1,
    GROWTH_SETTLE: 1.1,
    GROWTH_CPU: 1.1,
    LIST: 50,
    WORKER_GROWTH: 1.1,
}
BARS = frozenset(_AT_LEAST | _AT_MOST)
"""Every figure that has one. A whole run measures all of them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure beside its bar. ``says`` is one of ``BARS``."""

    says: str
    found: float

    @property
    def is_at_most(self) -> bool:
        return self.says in _AT_MOST

    @property
    def wanted(self) -> float:
        return (_AT_MOST if self.is_at_most else _AT_LEAST)[self.says]

    @property
    def is_met(self) -> bool:
        return self.found <= self.wanted if self.is_at_most else self.found >= self.wanted

    def __str__(self) -> str:
        return f"{self.says}: {self.found:.2f}, wanted {'≤' if self.is_at_most else '≥'} {self.wanted:g}"


def unmeasured(bars: list[Bar]) -> list[str]:
    """The bars that no figure was found for."""
    return sorted(BARS - {bar.says for bar in bars})
