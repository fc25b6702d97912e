"""What a store is asked and what it holds, by its own account."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

INSIDE_A_SCRIPT = b" lua] "
RECEIPTS = "celery-task-meta-*"
LEDGER = "{ordercast}:"
REWRITE_LOOK_S = 0.2


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


def ledger_bytes(url: str) -> dict[str, int]:
    """Memory of the ledger's keys, by the first word of the key: ``ev``, ``or`` and so on."""
    found: dict[str, int] = {}
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(f"{LEDGER}*", count=1000):
            kind = key.decode().removeprefix(LEDGER).partition(":")[0]
            found[kind] = found.get(kind, 0) + int(client.memory_usage(key, samples=0) or 0)
    return found


@dataclass(frozen=True, slots=True)
class Scripts:
    """How many steps the store has run since it began, and how long they took."""

    count: int
    took_us: int

    def each_us(self, before: Scripts) -> float:
        """Microseconds of one since another look."""
        return (self.took_us - before.took_us) / (self.count - before.count)


def scripts(url: str) -> Scripts:
    """By the server's own account, which leaves the network and the asking out."""
    with redis.Redis.from_url(url) as client:
        told = client.info("commandstats").get("cmdstat_fcall", {"calls": 0, "usec": 0})
    return Scripts(int(told["calls"]), int(told["usec"]))


def end_rewrites(url: str) -> None:
    """Return when the store rewrites its file no more, and never will: a child that does so takes a core."""
    with redis.Redis.from_url(url) as client:
        client.config_set("auto-aof-rewrite-percentage", 0)
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(REWRITE_LOOK_S)


@contextmanager
def unsynced(client: redis.Redis) -> Iterator[None]:
    """Meanwhile the store does not wait for the disk: for what is only to be there."""
    usual = client.config_get("appendfsync")["appendfsync"]
    client.config_set("appendfsync", "no")
    try:
        yield
    finally:
        client.config_set("appendfsync", usual)


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
