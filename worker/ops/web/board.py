"""The status as many pages show it at once: read from the ledger once a second, however many look."""

from __future__ import annotations

import threading
import time

from worker.clock import Clock
from worker.ledger.queries.activity import Minute
from worker.ledger.queries.status import Status
from worker.ops.desk.desk import Desk

FRESH_S = 1.0
ACTIVITY_FRESH_S = 15.0
HOURS = 24


class Board:
    """Safe among threads: whoever comes while one reads gets what that one has read.

    A page that is open asks every few seconds: each look takes one step through the broker's names for lists that
    nobody reads, and all of them together come round.
    """

    def __init__(self, desk: Desk, clock: Clock = time.monotonic) -> None:
        self.desk = desk
        self.clock = clock
        self._lock, self._activity_lock = threading.Lock(), threading.Lock()
        self._status: tuple[float, Status] | None = None
        self._minutes: tuple[float, list[Minute]] | None = None

    def status(self) -> Status:
        """How it stands, at most a second ago. Raises ``StoreUnreachable``."""
        with self._lock:
            if self._status is None or self.clock() - self._status[0] >= FRESH_S:
                self._status = self.clock(), self.desk.status(look_s=0)
            return self._status[1]

    def forget(self) -> None:
        """Somebody has changed something: the next look is a fresh one."""
        with self._lock:
            self._status = None

    def activity(self) -> list[Minute]:
        """The minutes of the last day, as of a quarter of a minute ago. Raises ``StoreUnreachable``."""
        with self._activity_lock:
            if self._minutes is None or self.clock() - self._minutes[0] >= ACTIVITY_FRESH_S:
                self._minutes = self.clock(), self.desk.activity(HOURS * 60)
            return self._minutes[1]
