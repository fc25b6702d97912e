"""Time on this machine: one clock that only measures, and one that people read.

Neither decides anything about a delivery: all time that decides is the store's (design 3, Clocks).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Seconds that only go forward."""

_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def _with_sleep_s() -> float:
    return time.clock_gettime(_BOOTTIME or 0)


uptime_s: Clock = time.monotonic if _BOOTTIME is None else _with_sleep_s
"""Seconds that only go forward, a suspended machine's sleep included where the system can tell (CLOCK_BOOTTIME).

A lease runs on while a laptop or a virtual machine sleeps; ``time.monotonic`` on Linux does not.
"""


def utc_now() -> datetime:
    """The wall clock, aware and in UTC: for what people read and for dates that others send us."""
    return datetime.now(UTC)
