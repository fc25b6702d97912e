"""The store's files, tampered with while its server is down: a cut tail, an older copy put back."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.house import House
from tests.fakes.waiting import wait_until
from worker.ledger.store.keys import Keys

FILES = "appendonlydir"
HOUR_MS = 3_600_000


class StoreFiles:
    """The append-only files of a house's embedded store."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.directory = house.directory / "var" / FILES
        house.store.client.config_set(
            "auto-aof-rewrite-percentage", 0
        )  # one growing file, whose tail is the last seconds

    @property
    def growing(self) -> Path:
        """The file that every write goes to."""
        return max(self.directory.glob("*.incr.aof"), key=lambda path: int(path.name.split(".")[-3]))

    def size_bytes(self) -> int:
        return self.growing.stat().st_size

    @contextmanager
    def server_dead(self) -> Iterator[None]:
        """Kill the server; it is started again after the block. Its supervisor sleeps meanwhile."""
        server = self.house.embedded.pid
        supervisor = int(Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(supervisor, signal.SIGSTOP)
        try:
            os.kill(server, signal.SIGKILL)
            wait_until(lambda: _is_dead(server))
            yield
        finally:
            os.kill(supervisor, signal.SIGCONT)

    def cut(self, size_bytes: int) -> None:
        """Forget all that was written past so many bytes; the last command may be torn by it."""
        os.truncate(self.growing, size_bytes)

    def copy_to(self, place: Path) -> None:
        """A copy of all files as a file system's snapshot would have it: the server does not write meanwhile."""
        server = self.house.embedded.pid
        os.kill(server, signal.SIGSTOP)
        try:
            wait_until(lambda: _state(server) == "T")
            shutil.copytree(self.directory, place)
        finally:
            os.kill(server, signal.SIGCONT)

    def put_back(self, place: Path) -> None:
        """The files as they were, while the clock that decides has gone on for an hour."""
        shutil.rmtree(self.directory)
        shutil.copytree(place, self.directory)
        key = Keys().key("epoch")
        words = ["HINCRBY", key, "clock", str(HOUR_MS)]
        command = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        with self.growing.open("ab") as file:
            file.write(f"*{len(words)}\r\n{command}".encode())


def _state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def _is_dead(process: int) -> bool:
    try:
        return _state(process) == "Z"
    except FileNotFoundError:
        return True
