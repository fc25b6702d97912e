"""Where the embedded store listens beside its socket, for producers that cannot speak through one."""

from __future__ import annotations

import random
from pathlib import Path

from worker.embedded import place, resp
from worker.errors import StoreUnreachable

PORTS = range(20_000, 30_000)
"""Where a free one is sought: below the ports that systems give to outgoing connections, which would take it away while
the store is down."""

TRIES = 20


def listen_at(directory: Path, address: Path, host: str, port: int) -> tuple[str, int]:
    """Host and port where the running store of this directory listens from now on, to whoever knows its password.

    The store itself takes the port, so that nobody can come between the choice and the use. Port 0 is the one that it
    had the last time, or any that is free. Raises ``StoreUnreachable`` where it cannot be had.
    """
    password = place.make_password(directory)
    known = resp.listens_at(address, password)
    if known and known[0] == host and port in (0, known[1]):
        return known
    # The password before the port and apart from it: where the port cannot be had, both would be refused, and whoever
    # reads the password's file would be turned away.
    told = resp.demand(address, password)
    if not told:
        for tried in [port] if port else [*_kept(directory, host), *random.sample(PORTS, TRIES)]:
            told = resp.listen(address, password, host, tried)
            if not told:
                (directory / place.LISTEN).write_text(f"{host} {tried}")
                return host, tried
    raise StoreUnreachable(
        f"The embedded store cannot listen at {host}:{port} ({told}). Say another port with [store] listen, or"
        f' "{host}:0" for any free one.'
    )


def _kept(directory: Path, host: str) -> list[int]:
    """The port that the store had at this host the last time."""
    try:
        kept, _, port = (directory / place.LISTEN).read_text().partition(" ")
    except OSError:
        return []
    return [int(port)] if kept == host and port.isdecimal() else []
