"""One client's connection: HTTP/1.1 requests read off it, answers put on it, whole or broken."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import responses

from worker.sandbox.base import VendorAnswer

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 16_777_216
CHUNK_BYTES = 65_536
NO_BODY = frozenset({204, 304})
_LOOK_UP_S = 0.1


class GarbledRequest(Exception):
    """What came in is no request we read; the message is the answer's status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request. ``target`` is path and query; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    keeps_alive: bool


class Connection:
    """A socket with what was read ahead of the request in hand. Used by one thread."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self._ahead = b""

    def read(self) -> Incoming | None:
        """The next request, or ``None`` where the client has gone. Raises ``GarbledRequest``, ``OSError``."""
        head = self._read_head()
        if head is None:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        parts = first.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004  method, target, version
            raise GarbledRequest(400)
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
        body = self._read_body(headers)
        if body is None:
            return None
        keeps_alive = parts[2] == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return Incoming(parts[0], parts[1], headers, body, keeps_alive)

    def send(self, answer: VendorAnswer, *, head_only: bool = False) -> None:
        """Put the whole answer on the wire at once."""
        self.sock.sendall(_head(answer) if head_only else _head(answer) + answer.body)

    def send_half(self, answer: VendorAnswer) -> None:
        """A head that promises the whole body, and half of it; half the head where there is no body."""
        head = _head(answer)
        self.sock.sendall(head + answer.body[: len(answer.body) // 2] if answer.body else head[: len(head) // 2])

    def drip(self, answer: VendorAnswer, over_s: float, stopping: threading.Event) -> None:
        """The whole answer a byte at a time, head first, spread over ``over_s`` seconds."""
        wire = _head(answer) + answer.body
        for place in range(len(wire)):
            self.sock.sendall(wire[place : place + 1])
            if stopping.wait(over_s / len(wire)):
                return

    def reset(self) -> None:
        """Drop the connection with RST: the client is told that what it sent may be lost."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_until_gone(self, stopping: threading.Event, at_most_s: float) -> None:
        """Say nothing until the client gives up, ``at_most_s`` seconds have passed or the server stops."""
        until = time.monotonic() + at_most_s
        while not stopping.is_set() and time.monotonic() < until:
            readable, _, _ = select.select([self.sock], [], [], _LOOK_UP_S)
            if readable and not self.sock.recv(CHUNK_BYTES):
                return

    def _read_head(self) -> bytes | None:
        while (end := self._ahead.find(b"\r\n\r\n")) < 0:
            if len(self._ahead) > MAX_HEAD_BYTES:
                raise GarbledRequest(431)
            chunk = self.sock.recv(CHUNK_BYTES)
            if not chunk:
                return None
            self._ahead += chunk
        head, self._ahead = self._ahead[:end], self._ahead[end + 4 :]
        return head

    def _read_body(self, headers: Mapping[str, str]) -> bytes | None:
        if "transfer-encoding" in headers:
            raise GarbledRequest(411)
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            raise GarbledRequest(400)
        size_bytes = int(length)
        if size_bytes > MAX_BODY_BYTES:
            raise GarbledRequest(413)
        if headers.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunks, missing = [self._ahead], size_bytes - len(self._ahead)
        while missing > 0:
            chunk = self.sock.recv(CHUNK_BYTES)
            if not chunk:
                return None
            chunks.append(chunk)
            missing -= len(chunk)
        read = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._ahead = read[size_bytes:]
        return read[:size_bytes]


def _head(answer: VendorAnswer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {text}" for name, text in answer.headers.items()]
    if answer.status not in NO_BODY:
        lines.append(f"Content-Length: {len(answer.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
