"""The process of the simulated vendors: where they are served, and what is configured for them.

``python -m worker.ops.local.sandbox_process FD`` serves them with Order Desk's bucket wide open, for `up --sandbox` and
the demo. FD is the number of an inherited socket that listens already.
"""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from worker.sandbox import BASE_PATHS, KINDS, load_vendors
from worker.sandbox.server import Sandbox

HOST = "127.0.0.1"
PORT = 8721
BACKLOG = 512
WIDE = {"per_second": 300, "burst": 2000}
"""Calls a second and at once, so that a run on one machine is not held to the 3 a second of a real account."""

QUICK: Mapping[str, Any] = {
    "timeout": {"connect_s": 2, "read_s": 5, "total_s": 5},
    "settle_s": 5,
    "retry": {"first_s": 1, "factor": 2, "cap_s": 60, "give_up_after_s": 259_200},
    "gate": {"trip_after": 5, "cool_down_s": 1, "cool_down_cap_s": 30, "probe_s": 5},
    "max_in_flight": 8,
}
"""A vendor on this machine answers at once, and what it has committed is found at once."""


def listening(*wanted: int, host: str = HOST) -> socket.socket:
    """A socket that listens at the first of these ports that can be had, else at a free one.

    It is handed on as it is to whoever serves there. A port that was only looked for and let go could be taken by
    another demo before it is used, whose orders would then come to these vendors. Raises ``OSError``.
    """
    for port in (*wanted, 0):
        try:
            return socket.create_server((host, port), backlog=BACKLOG)
        except OSError:
            if port == 0:
                raise
    raise OSError(errno.EADDRNOTAVAIL, f"no port of {host} can be had")


def listening_again(note: Path) -> socket.socket:
    """The same, at the port of the last time, which is noted in this file, where that can be had."""
    last = note.read_text() if note.exists() else ""
    listener = listening(*([int(last)] if last.isdecimal() else []), PORT)
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    note.write_text(str(listener.getsockname()[1]))
    note.chmod(0o600)
    return listener


def address(listener: socket.socket) -> str:
    """Where the vendors are played that are served at this socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def test_keys() -> dict[str, dict[str, str]]:
    """What each simulated vendor lets in, by kind: setting → secret."""
    from worker.sandbox.webhook import SECRET  # noqa: PLC0415  a simulated vendor's module, for its key only

    return {
        "retargeting": {"api_key": "test-retargeting-key"},
        "shopscript": {"access_token": "test-shopscript-token"},
        "orderdesk": {"store_id": "1001", "api_key": "test-orderdesk-key"},
        "openbizbox": {"client_id": "test-client", "client_secret": "test-openbizbox-secret"},
        "webhook": {"secret": SECRET},
    }


def accounts(url: str, directory: Path, quick: Mapping[str, Any] = QUICK) -> dict[str, dict[str, Any]]:
    """One provider per kind as ordercast.toml would have it, named after it and pointed at the sandbox of this address.

    The test keys are written to files below ``directory``: a secret never stands in a configuration.
    """
    keys = test_keys()
    return {
        kind: {
            "kind": kind,
            "base_url": url + BASE_PATHS[kind],
            **quick,
            **({"rate": WIDE} if kind in {"orderdesk", "openbizbox"} else {}),
            **({"allow_private": True} if kind == "webhook" else {}),
            **{name: {"file": _kept(directory / f"{kind}.{name}", key)} for name, key in keys[kind].items()},
        }
        for kind in KINDS
    }


def _kept(path: Path, key: str) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(key)
    return str(path.absolute())


def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGTERM, _leave)
    Sandbox(load_vendors(**WIDE), listener=listener).serve_forever()  # type: ignore[arg-type]  # numbers, by name


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
