"""The socket at which the desk is served: taken before anybody serves at it, and kept from then on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from worker.clock import Clock, uptime_s
from worker.embedded.restarts import Restarts
from worker.errors import OrdercastError

FIRST_S, CAP_S = 1.0, 60.0
LAST_PORT = 65_535
WHAT_TO_DO = "Set [web] listen to another port, or to off."


class CannotListen(OrdercastError):
    """The desk cannot listen where [web] listen says."""

    reason = "cannot_listen"


class DeskSocket:
    """Takes the address of ``[web] listen`` and keeps it, so that nobody comes between one web process and the next.

    Where somebody else has it, ``tell`` is told once, with what to do, and once more when it is taken after all; in
    between it is tried again, later and later, once a minute at last.
    """

    def __init__(self, listen: str, tell: Callable[[str], None], clock: Clock = uptime_s) -> None:
        self.listen = listen
        self.tell = tell
        self.clock = clock
        self.taken: socket.socket | None = None
        self._tries = Restarts(first_s=FIRST_S, cap_s=CAP_S)
        self._is_told = False

    def look(self) -> bool:
        """Take the address, if it is not taken and due to be tried. True where it was taken just now."""
        now_s = self.clock()
        if self.taken is not None or now_s < self._tries.due_s:
            return False
        self._tries.begin(now_s)
        try:
            self.taken = listening(self.listen)
        except CannotListen as fault:
            self._tries.end(now_s)
            if not self._is_told:
                self.tell(f"The desk is not served: {fault}")
                self.tell("Everything else runs. The desk is served as soon as the address is free.")
            self._is_told = True
            return False
        return True

    def close(self) -> None:
        if self.taken is not None:
            self.taken.close()


def listening(listen: str) -> socket.socket:
    """A socket that listens at ``host:port``. Raises ``CannotListen`` with what to do."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    if int(port) > LAST_PORT:
        raise CannotListen(f"{listen} has a port above {LAST_PORT}. {WHAT_TO_DO}")
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=family)
    except OSError as fault:
        # Python's own text repeats the address; what is below 0 is of the resolver, which the system has no text for.
        why = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror
        raise CannotListen(f"{listen} cannot be listened at ({why}). {WHAT_TO_DO}") from fault
