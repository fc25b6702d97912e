"""Connections that were in use a moment ago, past the pool, which would ask the system about each every time.

The pool's questions are a lock, counters, and a call to the system, in which another thread takes the interpreter: 30
of 320 microseconds of a delivery at Retargeting, where no other settles with it (redis-py 8.1, measured 2026-11-30).
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import Any

from worker.clock import Clock

FRESH_S = 1.0
"""A server that went away since is found out by the answer that does not come; after this long the pool looks first."""


class ConnectionCache:
    """The connections of a pool that are free now, the last used first. Safe among threads: a list's ends are."""

    def __init__(self, pool: Any, clock: Clock = monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._free: list[tuple[Any, float]] = []

    def take(self) -> Any:
        """A connection that is open, or about to be. Raises as redis-py does where it cannot be."""
        while True:
            try:
                connection, kept_at_s = self._free.pop()
            except IndexError:
                return self._pool.get_connection()
            if self._clock() - kept_at_s < FRESH_S:
                return connection
            self._pool.release(connection)

    def keep(self, connection: Any) -> None:
        self._free.append((connection, self._clock()))

    def give_up(self, connection: Any) -> None:
        """Whatever it was: the pool looks at it before anyone gets it, and at all those that were free meanwhile."""
        self._pool.release(connection)
        with suppress(IndexError):
            while True:
                self._pool.release(self._free.pop()[0])
