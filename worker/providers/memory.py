"""A process's own memory of short-lived things, for adapters: tokens, look-up tables."""

from __future__ import annotations

import threading

from worker.clock import Clock, uptime_s


class ProcessMemory:
    """Texts by name, each until its time is over. Safe for many threads; gone with the process."""

    def __init__(self, clock: Clock = uptime_s) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def recall(self, name: str) -> str | None:
        kept = self._kept.get(name)
        return kept[0] if kept and kept[1] > self._clock() else None

    def keep(self, name: str, value: str, ttl_s: float) -> None:
        with self._lock:
            self._kept[name] = (value, self._clock() + ttl_s)

    def keep_first(self, name: str, value: str, ttl_s: float) -> str:
        """What is kept under the name: the value, unless there is one already."""
        with self._lock:
            kept = self.recall(name)
            if kept is None:
                self._kept[name] = (value, self._clock() + ttl_s)
            return kept or value

    def forget(self, name: str) -> None:
        with self._lock:
            self._kept.pop(name, None)
