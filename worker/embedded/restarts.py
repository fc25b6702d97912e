"""When a process that has ended is started again."""

from __future__ import annotations

from dataclasses import dataclass

SHORT_LIFE_S = 5.0


@dataclass(slots=True)
class Restarts:
    """At once after a long life; after short ones ``first_s`` later, twice as long each time, up to ``cap_s``.

    Seconds of a clock that only goes forward. ``due_s`` is when the next one starts, ``short_lives`` how many in a row
    ended within ``SHORT_LIFE_S``.
    """

    first_s: float
    cap_s: float
    started_s: float = 0.0
    due_s: float = 0.0
    short_lives: int = 0

    def begin(self, now_s: float) -> None:
        """Note that one was started."""
        self.started_s = now_s

    def end(self, now_s: float) -> float:
        """Note that it has ended. Gives how long to wait before the next start."""
        self.short_lives = self.short_lives + 1 if now_s - self.started_s < SHORT_LIFE_S else 0
        wait_s = min(self.cap_s, self.first_s * 2 ** (self.short_lives - 1)) if self.short_lives else 0.0
        self.due_s = now_s + wait_s
        return wait_s
