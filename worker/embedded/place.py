"""The data directory of an embedded store: its locks, its log, its password, and where its socket is.

Three locks, all of the kernel's kind (flock), so that a kill -9 releases them like a proper end does:

- ``users.lock``: shared, held by everybody who uses the store. Who can have it alone knows that nobody does.
- ``supervisor.lock``: held by the one supervisor for its life. Who can have it may start one.
- ``aof.lock``: held by the supervisor and by its server. Who has it knows that nobody else writes the files.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

SOCKET_PATH_BYTES = 100
"""Longest socket path we use. The kernel takes 107 bytes on Linux and 103 on macOS."""

USERS = "users.lock"
SUPERVISOR = "supervisor.lock"
AOF = "aof.lock"
LOG = "valkey.log"
SOCKET = "store.sock"
ELSEWHERE = "socket.path"
PASSWORD = "store.password"  # noqa: S105  the name of a file
LISTEN = "store.listen"


def open_lock(directory: Path, name: str) -> int:
    """A descriptor of this lock file, made where there is none. Raises ``OSError``. Not inherited over exec."""
    return os.open(directory / name, os.O_RDWR | os.O_CREAT, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Whether the lock could be had at once."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def password(directory: Path) -> str:
    """The store's password, empty where it has none: it gets one when it is first to listen at a port."""
    try:
        return (directory / PASSWORD).read_text()
    except OSError:
        return ""


def make_password(directory: Path) -> str:
    """The store's password, made where there is none. Of many who make one at once the first's counts, for all."""
    if not password(directory):
        draft = directory / f"{PASSWORD}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(24))
        with suppress(FileExistsError):
            os.link(draft, directory / PASSWORD)
        draft.unlink()
    return password(directory)


def socket_path(directory: Path) -> Path | None:
    """Where the store's socket is or will be; None where only a supervisor can say, and none has said it yet."""
    near = directory / SOCKET
    if len(os.fsencode(near)) <= SOCKET_PATH_BYTES:
        return near
    try:
        elsewhere = Path((directory / ELSEWHERE).read_text())
    except OSError:
        return None
    return elsewhere if _is_private(elsewhere.parent) else None


def choose_socket_path(directory: Path) -> Path:
    """Where the store's socket goes: into the directory, or where that path is too long into a private temporary one.

    The choice is kept in the directory and holds as long as that temporary directory does, so that an address that
    was given out stays right over a restart.
    """
    if chosen := socket_path(directory):
        return chosen
    chosen = _private_directory() / SOCKET
    draft = directory / f"{ELSEWHERE}.new"
    draft.write_text(str(chosen))
    draft.replace(directory / ELSEWHERE)
    return chosen


def forget_socket_path(directory: Path) -> None:
    """Remove the private temporary directory, where there is one: the store has been stopped."""
    path = socket_path(directory)
    if path is None or path.parent == directory:
        return
    path.unlink(missing_ok=True)
    path.parent.rmdir()
    (directory / ELSEWHERE).unlink()


def _private_directory() -> Path:
    made = Path(tempfile.mkdtemp(prefix="ordercast-"))
    if len(os.fsencode(made / SOCKET)) <= SOCKET_PATH_BYTES:
        return made
    made.rmdir()
    return Path(tempfile.mkdtemp(prefix="ordercast-", dir="/tmp"))


def _is_private(directory: Path) -> bool:
    """Whether nobody else can have put a socket there: anybody may make a directory of that name in a temporary one."""
    try:
        found = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
