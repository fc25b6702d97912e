"""The embedded Valkey: a real server on a data directory, running for as long as somebody holds it.

Processes find each other through locks in the directory (``place``). The first starts a supervisor, in a session of its
own, which keeps the server running and stops it after the last; whoever of them is killed leaves nothing behind.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from worker.embedded import place, resp, server
from worker.embedded.port import listen_at
from worker.errors import StoreUnreachable

HOLD_S = 30.0
LEAVE_S = 5.0
LOOK_S = 0.02
HUNG = "If its valkey-server hangs, kill it: it starts again by itself, and keeps what was accepted."
ROOT = Path(__file__).parents[2]


def hold(directory: Path, *, wait_s: float = HOLD_S, listen: tuple[str, int] | None = None) -> EmbeddedStore:
    """The store of this data directory, running and answering; started where it was not.

    ``listen`` is a host of this machine and a port where it is to listen besides, as long as this hold lasts and then
    until it ends; port 0 is any free one, the same each time where that can be had.

    The directory is made where there is none, for its owner alone. Raises ``StoreUnreachable`` where the platform has
    no server, the directory cannot be written, the server cannot start or cannot listen there, or nothing answered for
    ``wait_s`` seconds (loading its files counts as an answer).
    """
    store = EmbeddedStore(directory.absolute(), wait_s, listen)
    try:
        store.revive()
    except BaseException:
        store.close()
        raise
    return store


class EmbeddedStore:
    """One process's hold on an embedded store; a context manager. The hold ends with ``close`` or with the process."""

    def __init__(self, directory: Path, wait_s: float = HOLD_S, listen: tuple[str, int] | None = None) -> None:
        self.directory = directory
        self.wait_s = wait_s
        self.listen = listen
        self.listens_at: tuple[str, int] | None = None
        self._users_lock: int | None = None
        self._supervisor: socket.socket | None = None
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._users_lock = place.open_lock(directory, place.USERS)
        except OSError as fault:
            raise StoreUnreachable(f"The data directory {directory} cannot be written: {fault}") from fault

    @property
    def socket(self) -> Path:
        """The server's socket. Raises ``StoreUnreachable`` where the store has ended."""
        if path := place.socket_path(self.directory):
            return path
        raise StoreUnreachable(f"The embedded store in {self.directory} is not running.")

    @property
    def url(self) -> str:
        """The store's address for redis-py."""
        return f"unix://{self._login}{quote(str(self.socket))}"

    @property
    def celery_url(self) -> str:
        """The store's address for Celery, as a broker and as a result backend."""
        return f"redis+socket://{self._login}{quote(str(self.socket))}"

    @property
    def port_url(self) -> str | None:
        """The store's address for any program of this machine, with its password; None where it listens at no port."""
        if self.listens_at is None:
            return None
        host, port = self.listens_at
        return f"redis://{self._login}{f'[{host}]' if ':' in host else host}:{port}/0"

    @property
    def _login(self) -> str:
        password = place.password(self.directory)
        return f":{password}@" if password else ""

    @property
    def pid(self) -> int:
        """The server's process id; another one after a restart. Raises ``StoreUnreachable`` where none answers."""
        if pid := resp.server_pid(self.socket, place.password(self.directory)):
            return pid
        raise StoreUnreachable(f"The embedded store in {self.directory} does not answer.")

    def revive(self) -> None:
        """Return when the store answers, after starting a supervisor where there is none any more.

        Costs a PING where all is well, and a look at its port where it is to have one, so that whoever watches over a
        process can call it at every look. Raises ``StoreUnreachable`` as ``hold`` does.
        """
        users_lock = self._users_lock
        if users_lock is None:
            raise StoreUnreachable(f"The hold on the embedded store in {self.directory} has been given up.")
        give_up_s = time.monotonic() + self.wait_s
        # A supervisor that is stopping has this lock alone until it is gone.
        while not place.try_lock(users_lock, shared=True):
            self._sleep_until(give_up_s)
        while True:
            self._start_supervisor()
            path = place.socket_path(self.directory)
            health = resp.health(path, place.password(self.directory)) if path else resp.Health.ABSENT
            if path and health is resp.Health.READY:
                if self.listen is not None:
                    # from now on no other port: producers have been told this one
                    self.listen = self.listens_at = listen_at(self.directory, path, *self.listen)
                return
            if health is resp.Health.LOADING:
                give_up_s = time.monotonic() + self.wait_s
            self._sleep_until(give_up_s)

    def close(self) -> None:
        """Give up the hold. The last to do so waits until the server has ended, where it started it."""
        if self._users_lock is None:
            return
        is_last = place.try_lock(self._users_lock)
        os.close(self._users_lock)
        self._users_lock = None
        if self._supervisor is not None:
            with self._supervisor as line, suppress(OSError):  # it may have been killed: then there is nobody to tell
                line.shutdown(socket.SHUT_WR)
                if is_last:
                    select.select([line], [], [], LEAVE_S)
            self._supervisor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sleep_until(self, give_up_s: float) -> None:
        """Wait a moment, or until the supervisor that we started has ended: then why is raised."""
        if time.monotonic() > give_up_s:
            why = server.last_words(self.directory) or HUNG
            raise StoreUnreachable(f"The embedded store in {self.directory} does not answer. {why}")
        if self._supervisor is None:
            select.select([], [], [], LOOK_S)
        elif select.select([self._supervisor], [], [], LOOK_S)[0]:
            message = self._supervisor.recv(4096).decode(errors="replace")
            self._supervisor.close()
            self._supervisor = None
            if message:
                raise StoreUnreachable(message)

    def _start_supervisor(self) -> None:
        """Start a supervisor where there is none. Its lock is taken here and handed over, so that it is never free
        between the decision and the start: of many who come at once, one starts it."""
        try:
            lock = place.open_lock(self.directory, place.SUPERVISOR)
            try:
                if place.try_lock(lock):
                    self._launch(lock)
            finally:
                os.close(lock)
        except OSError as fault:
            raise StoreUnreachable(f"The data directory {self.directory} cannot be used: {fault}") from fault

    def _launch(self, lock: int) -> None:
        server.server_binary()
        if self._supervisor is not None:
            self._supervisor.close()
        self._supervisor, theirs = socket.socketpair()
        with theirs, (self.directory / place.LOG).open("ab") as log:
            run = subprocess.run(  # noqa: S603  ourselves, arguments as a list
                [sys.executable, "-m", "worker.embedded", str(self.directory), str(lock)],
                stdin=theirs.fileno(),
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                cwd=ROOT,
                start_new_session=True,
                check=False,
            )
        if run.returncode:
            raise StoreUnreachable(f"No supervisor can be started: {self.directory / place.LOG} says why.")
