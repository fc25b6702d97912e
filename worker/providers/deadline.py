"""The total deadline of one HTTP call: whatever the far side does, the call ends.

A read timeout is per read, and headers dripped a byte at a time outlast any of them. So a watchdog shuts the socket
of a call whose time is up, which ends whatever read or write it is in.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.config import Timeout
from worker.clock import Clock


@dataclass(slots=True, eq=False)
class TimedCall:
    """One HTTP request on its way. ``ends_at`` is by the driver's clock.

    ``sent`` says that at least one byte of the request may have left; ``overdue`` that the watchdog ended it.
    """

    clock: Clock
    timeout: Timeout
    ends_at: float
    sock: socket.socket | None = None
    sent: bool = False
    overdue: bool = False

    @classmethod
    def begin(cls, clock: Clock, timeout: Timeout) -> TimedCall:
        return cls(clock, timeout, clock() + timeout.total_s)

    def left_s(self, at_most_s: float = math.inf) -> float:
        """Seconds that one step may take. Raises ``TimeoutError`` when the call's time is up."""
        left_s = min(at_most_s, self.ends_at - self.clock())
        if left_s <= 0:
            raise TimeoutError("the time for this call is up")
        return left_s

    def end(self) -> None:
        self.overdue = True
        if self.sock is not None:
            # Not SSLSocket.shutdown: it drops the TLS layer first, and a writer in another thread would go on in clear.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class Watchdog:
    """One sleeping thread per process that ends overdue calls.

    It is woken only for a deadline earlier than the one it sleeps towards. With one ``total_s`` for all that is once
    per ``total_s``, not once per call. The thread starts with the first call, and again in a forked child.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: set[TimedCall] = set()
        self._changed = threading.Condition()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, call: TimedCall) -> None:
        with self._changed:
            self._calls.add(call)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="call-watchdog", daemon=True)
                self._thread.start()
            if call.ends_at < self._wakes_at:
                self._wakes_at = call.ends_at
                self._changed.notify()

    def let_go(self, call: TimedCall | None) -> None:
        """From here on the call's socket is safe from us: it may go to another call."""
        with self._changed:
            if call is not None:
                self._calls.discard(call)

    def _run(self) -> None:
        with self._changed:
            while True:
                self._end_overdue()
                self._wakes_at = _earliest(self._calls)
                wait_s = None if self._wakes_at == math.inf else max(0.0, self._wakes_at - self._clock())
                self._changed.wait(wait_s)

    def _end_overdue(self) -> None:
        now = self._clock()
        for call in [call for call in self._calls if call.ends_at <= now]:
            self._calls.discard(call)
            call.end()


def _earliest(calls: Iterable[TimedCall]) -> float:
    return min((call.ends_at for call in calls), default=math.inf)
