"""One `ordercast up` to a data directory: two would write each other's providers into one ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.embedded import place
from worker.errors import OrdercastError

LOCK = "up.lock"


class RunsAlready(OrdercastError):
    """Ordercast runs here already."""

    reason = "runs_already"


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold this data directory for one `up`. Raises ``RunsAlready`` where another has it; then nothing was changed.

    The lock is the kernel's: it goes with its holder, however that ends. A directory that cannot be written is no
    fault here, since a store with an address of its own needs none.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = place.open_lock(directory, LOCK)
    except OSError:
        yield
        return
    try:
        if not place.try_lock(lock):
            raise RunsAlready(_told(directory, os.pread(lock, 20, 0).decode(errors="replace").strip()))
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


def _told(directory: Path, pid: str) -> str:
    who = f"process {pid}" if pid else "another process"
    return (
        f"ordercast up already runs here ({who}, with its data in {directory.absolute()}). Use it as it is, stop it"
        f" with Ctrl-C{f' or `kill {pid}`' if pid else ''}, or start this one in a folder of its own."
    )
