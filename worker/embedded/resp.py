"""What is said to the store before any client library is there: are you well, who are you, listen there too."""

from __future__ import annotations

import re
import socket
from enum import Enum, auto
from pathlib import Path

ANSWER_S = 1.0
MAX_ANSWER_BYTES = 65_536
LINE = re.compile(rb"\r\n")
PID = re.compile(rb"process_id:(\d+)\r\n")
PLACE = re.compile(rb"port\r\n\$\d+\r\n(\d+)\r\n(?s:.)*bind\r\n\$\d+\r\n(.*)\r\n")


class Health(Enum):
    """What a server at a socket has to say: nothing, not yet, or yes."""

    ABSENT = auto()
    LOADING = auto()
    READY = auto()


def health(address: Path, password: str = "") -> Health:
    """How the server at this socket is. Never raises: what cannot be reached is absent."""
    answer = _ask(address, password, "PING")
    if answer.startswith(b"+PONG"):
        return Health.READY
    return Health.LOADING if answer.startswith(b"-LOADING") else Health.ABSENT


def server_pid(address: Path, password: str = "") -> int | None:
    """The process id of the server at this socket, None where none answers."""
    found = PID.search(_ask(address, password, "INFO server", sought=PID))
    return int(found[1]) if found else None


def shut_down(address: Path, password: str = "") -> None:
    """Ask the server at this socket to write what it has and end. Never raises; the caller watches for its end."""
    _ask(address, password, "SHUTDOWN")


def listens_at(address: Path, password: str) -> tuple[str, int] | None:
    """Host and port where the server at this socket listens besides; None where at none, or where none answers."""
    found = PLACE.search(_ask(address, password, "CONFIG GET port", "CONFIG GET bind", sought=PLACE))
    return (found[2].decode(), int(found[1])) if found and int(found[1]) else None


def demand(address: Path, password: str) -> str:
    """Have the server at this socket take only who knows the password. Empty where it does, else what it says."""
    return _refusal(_ask(address, password, f"CONFIG SET requirepass {password}"))


def listen(address: Path, password: str, host: str, port: int) -> str:
    """Have the server at this socket listen there too, and at no other port. Empty where it does, else what it says; it
    then listens where it did before."""
    return _refusal(_ask(address, password, f"CONFIG SET bind {host} port {port}"))


def _refusal(answer: bytes) -> str:
    return "" if answer.startswith(b"+OK") else answer.decode(errors="replace").strip() or "it does not answer"


def _ask(address: Path, password: str, *commands: str, sought: re.Pattern[bytes] = LINE) -> bytes:
    """Commands in the inline form, and the answers' bytes up to what is sought; empty where there is no server.

    The answer to the password is left out: a server that wants none says so, and answers all the same.
    """
    lines = ([f"AUTH {password}"] if password else []) + list(commands)
    unheard = len(lines) - len(commands)
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(ANSWER_S)
            line.connect(str(address))
            line.sendall("".join(f"{one}\r\n" for one in lines).encode())
            while len(answer) < MAX_ANSWER_BYTES:
                if not (part := line.recv(4096)):
                    break
                answer += part
                if unheard and b"\r\n" in answer:
                    answer, unheard = answer.partition(b"\r\n")[2], 0
                if not unheard and sought.search(answer):
                    break
    except OSError:
        pass
    return b"" if unheard else answer
