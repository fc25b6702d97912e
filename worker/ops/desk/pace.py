"""So many a second, and stoppable while waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Pace:
    """Turns at most ``per_second`` times a second, as fast as possible without it. ``stopped`` ends it, at once."""

    per_second: float | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic
    _next_s: float | None = None

    def turn(self) -> bool:
        """Wait for the next turn. False where it was stopped: then the turn is not to be taken."""
        if self.per_second is not None:
            now_s = self.clock()
            due_s = now_s if self._next_s is None else max(self._next_s, now_s)
            self._next_s = due_s + 1 / self.per_second
            self.stopped.wait(due_s - now_s)
        return not self.stopped.is_set()
