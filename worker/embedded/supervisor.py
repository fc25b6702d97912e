"""The process that keeps the embedded store running while somebody uses it, and ends with it."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

from worker.embedded import place, resp, server
from worker.embedded.restarts import Restarts
from worker.errors import StoreUnreachable

LOOK_S = 0.5
STARTING_LOOK_S = 0.02
TAKE_OVER_S = 15.0
FIRST_TRIES = 5  # one that is killed as soon as it answers is not seen to have answered


class Supervisor:
    """Starts the server, starts it again when it dies, stops it after its last user.

    ``starter`` is a line to the process that started us: its end of file says that it is gone, and what we write to it
    says why we cannot start. One thread, which sleeps in ``select`` until a signal, the starter or the clock wakes it.
    """

    def __init__(self, directory: Path, starter: socket.socket) -> None:
        self.directory = directory
        self.starter: socket.socket | None = starter
        self.users_lock = place.open_lock(directory, place.USERS)
        self.aof_lock = place.open_lock(directory, place.AOF)
        self.address = place.choose_socket_path(directory)
        self.server: subprocess.Popen[bytes] | None = None
        self.has_answered = False
        self.is_told_to_end = False
        self.restarts = Restarts(first_s=0.1, cap_s=5.0)
        self.woken, self.waker = socket.socketpair()

    def run(self) -> None:
        """Return after the last user is gone and the server is stopped. Raises ``StoreUnreachable`` where the first
        server cannot start."""
        self._hear_signals()
        self._take_over()
        try:
            while not self.is_told_to_end and not place.try_lock(self.users_lock):
                self._keep_running()
                self._sleep()
        finally:
            if self.server is not None:
                server.stop(self.server)
            place.forget_socket_path(self.directory)

    def _hear_signals(self) -> None:
        for channel in (self.woken, self.waker):
            channel.setblocking(False)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(ending, self._end)

    def _end(self, *_: object) -> None:
        self.is_told_to_end = True

    def _take_over(self) -> None:
        """Make sure that nobody else writes the files: a server whose supervisor was killed is stopped first."""
        give_up_s = time.monotonic() + TAKE_OVER_S
        while not place.try_lock(self.aof_lock):
            if time.monotonic() > give_up_s:
                raise StoreUnreachable(f"Another server holds the data in {self.directory} and does not end.")
            resp.shut_down(self.address, place.password(self.directory))
            select.select([], [], [], STARTING_LOOK_S)

    def _keep_running(self) -> None:
        now_s = time.monotonic()
        if self.server is None:
            if now_s >= self.restarts.due_s:
                self.server = server.start(self.directory, self.address, self.aof_lock)
                self.restarts.begin(now_s)
        elif self.server.poll() is not None:
            self._mourn(self.server.returncode, now_s)
        elif not self.has_answered:
            self.has_answered = self._answers()

    def _answers(self) -> bool:
        return resp.health(self.address, place.password(self.directory)) is resp.Health.READY

    def _mourn(self, code: int, now_s: float) -> None:
        """Decide when the next server starts. One that never answered, and ended by itself or was killed five
        times over, is not tried again."""
        self.server = None
        self.restarts.end(now_s)
        if not self.has_answered and (code > 0 or self.restarts.short_lives >= FIRST_TRIES):
            why = server.last_words(self.directory) or f"its server ended with code {code}"
            raise StoreUnreachable(f"The embedded store in {self.directory} cannot start: {why}")

    def _sleep(self) -> None:
        wait_s = LOOK_S if self.has_answered else STARTING_LOOK_S
        if self.server is None:
            wait_s = min(wait_s, max(0.0, self.restarts.due_s - time.monotonic()))
        lines = [self.woken] if self.starter is None else [self.woken, self.starter]
        ready, _, _ = select.select(lines, [], [], wait_s)
        if self.woken in ready:
            self.woken.recv(4096)
        if self.starter in ready:
            self.starter = None


def supervise(directory: Path, starter: socket.socket) -> int:
    """Run a supervisor to its end; the exit code. Why it could not start is told to the starter."""
    os.umask(0o077)
    try:
        Supervisor(directory, starter).run()
    except (StoreUnreachable, OSError) as fault:
        message = str(fault) if isinstance(fault, StoreUnreachable) else f"The data directory cannot be used: {fault}"
        try:
            starter.send(message.encode())
        except OSError:
            return 1  # the starter is gone too: nobody is left to tell
        return 1
    return 0
