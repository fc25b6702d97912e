"""What wakes a supervising process: a child that ended, somebody who wants an end, or the clock."""

from __future__ import annotations

import os
import select
import signal
import socket
from types import FrameType
from typing import Any, Self

ENDINGS = (signal.SIGTERM, signal.SIGINT)


class Wakeup:
    """A wait that ends as soon as a signal comes. For the main thread; a context manager.

    ``asked`` is the last signal that wanted an end, ``times`` how many there were. SIGHUP is one where a terminal
    controls us, which is gone then; elsewhere ``hangups`` counts it.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self.times = 0
        self.hangups = 0
        self._woken, self._waker = socket.socketpair()
        self._before: dict[int, Any] = {}
        self._before_fd = -1

    def __enter__(self) -> Self:
        for channel in (self._woken, self._waker):
            channel.setblocking(False)
        self._before_fd = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._end) for number in ENDINGS}
        self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._end if has_terminal() else self._hang_up)
        # Any handler of our own makes the kernel tell us that a child has ended.
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        signal.set_wakeup_fd(self._before_fd)
        self._woken.close()
        self._waker.close()

    def wait(self, wait_s: float) -> None:
        """Return at the next signal, at the latest after ``wait_s`` seconds."""
        if select.select([self._woken], [], [], wait_s)[0]:
            self._woken.recv(4096)

    def _hang_up(self, _number: int, _frame: FrameType | None) -> None:
        self.hangups += 1

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.asked = number
        self.times += 1


def has_terminal() -> bool:
    """Whether a terminal controls this process: a service of systemd's, or in a container, has none."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
