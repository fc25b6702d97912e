"""The token bucket of a store: 20 calls at once, 3 more each second.

Source: help article 914 ("about 100 requests per rolling 30 seconds"), read 2026-11-21.
"""

from __future__ import annotations

import math

BURST = 20
PER_SECOND = 3


class Bucket:
    """One store's bucket, whoever takes from it."""

    def __init__(self, *, per_second: float = PER_SECOND, burst: int = BURST) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at: float | None = None

    def take(self, at: float) -> int:
        """Takes a token. 0 where there was one, else the whole seconds until there will be; ``at`` in seconds."""
        passed_s = 0.0 if self._filled_at is None else max(0.0, at - self._filled_at)
        self._filled_at = at
        self._tokens = min(float(self._burst), self._tokens + passed_s * self._per_second)
        if self._tokens < 1:
            return math.ceil((1 - self._tokens) / self._per_second)
        self._tokens -= 1
        return 0

    @property
    def left(self) -> int:
        """How many calls it has room for now."""
        return int(self._tokens)
