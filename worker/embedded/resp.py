"""The two questions put to the store before any client library is there: are you well, and who are you."""

from __future__ import annotations

import re
import socket
from enum import Enum, auto
from pathlib import Path

ANSWER_S = 1.0
MAX_ANSWER_BYTES = 65_536
LINE = re.compile(rb"\r\n")
PID = re.compile(rb"process_id:(\d+)\r\n")


class Health(Enum):
    """What a server at a socket has to say: nothing, not yet, or yes."""

    ABSENT = auto()
    LOADING = auto()
    READY = auto()


def health(address: Path) -> Health:
    """How the server at this socket is. Never raises: what cannot be reached is absent."""
    answer = _ask(address, b"PING\r\n")
    if answer.startswith(b"+PONG"):
        return Health.READY
    return Health.LOADING if answer.startswith(b"-LOADING") else Health.ABSENT


def server_pid(address: Path) -> int | None:
    """The process id of the server at this socket, None where none answers."""
    found = PID.search(_ask(address, b"INFO server\r\n", sought=PID))
    return int(found[1]) if found else None


def shut_down(address: Path) -> None:
    """Ask the server at this socket to write what it has and end. Never raises; the caller watches for its end."""
    _ask(address, b"SHUTDOWN\r\n")


def _ask(address: Path, command: bytes, sought: re.Pattern[bytes] = LINE) -> bytes:
    """One command in the inline form, and the answer's bytes up to what is sought; empty where there is no server."""
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(ANSWER_S)
            line.connect(str(address))
            line.sendall(command)
            while not sought.search(answer) and len(answer) < MAX_ANSWER_BYTES:
                if not (part := line.recv(4096)):
                    break
                answer += part
    except OSError:
        return answer
    return answer
