"""What a store is asked and what it holds, by its own account."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

INSIDE_A_SCRIPT = b" lua] "
RECEIPTS = "celery-task-meta-*"


def used_bytes(url: str) -> int:
    """Memory that the store takes without its clients' buffers, after the server has freed what it frees late."""
    with redis.Redis.from_url(url) as client:
        client.execute_command("MEMORY", "PURGE")
        found: dict[str, Any] = client.info("memory")
        return int(found["used_memory"]) - int(found["mem_clients_normal"])


def receipts_bytes(url: str) -> int:
    """The part of it that is results of Celery calls."""
    with redis.Redis.from_url(url) as client:
        return sum(int(client.memory_usage(key, samples=0) or 0) for key in client.scan_iter(RECEIPTS, count=1000))


class Requests:
    """How many commands clients have sent. What a script does inside is not counted."""

    def __init__(self) -> None:
        self.count = 0

    def hear(self, line: socket.socket) -> None:
        with line.makefile("rb") as heard:
            for said in heard:
                self.count += INSIDE_A_SCRIPT not in said[:64]


@contextmanager
def listening(address: Path) -> Iterator[Requests]:
    """Counts clients' requests by MONITOR, the one account that tells a script's commands from a client's. It slows the
    store, so no run that is timed is listened to."""
    requests = Requests()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(address))
        line.sendall(b"MONITOR\r\n")
        line.recv(len(b"+OK\r\n"))
        thread = threading.Thread(target=requests.hear, args=(line,))
        thread.start()
        try:
            yield requests
        finally:
            line.shutdown(socket.SHUT_RDWR)
            thread.join()
