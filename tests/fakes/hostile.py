"""A server on a raw socket that misbehaves as told: drips, hangs, resets, lies about lengths, floods.

A behaviour takes one open ``Line`` and answers one request on it; true means that the line stays open for the next.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

DRIP_S = 0.02


@dataclass
class Line:
    """One accepted connection."""

    sock: socket.socket
    over: threading.Event

    def read_request(self) -> bytes:
        """One whole request; empty when the client hung up."""
        request = b""
        while b"\r\n\r\n" not in request:
            if not (piece := self.sock.recv(65536)):
                return b""
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    body += self.sock.recv(65536)
        return head + b"\r\n\r\n" + body

    def drip(self, text: bytes) -> None:
        for byte in text:
            if self.over.wait(DRIP_S):
                return
            self.sock.sendall(bytes([byte]))

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Behaviour = Callable[["Hostile", Line], bool]


@dataclass
class Hostile:
    """``requests`` are the raw requests read so far, ``opened`` counts the connections accepted."""

    behaviour: Behaviour
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    opened: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._threads = [threading.Thread(target=self._accept)]
        self._lines: list[socket.socket] = []

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._port = self._listening.getsockname()[1]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for sock in (self._listening, *self._lines):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for sock in (self._listening, *self._lines):
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            self.opened += 1
            self._lines.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            with sock:
                line = Line(sock, self.over)
                while self.behaviour(self, line):
                    pass

    def heard(self, line: Line) -> bool:
        """Reads and keeps one request; false when the client hung up."""
        if request := line.read_request():
            self.requests.append(request)
        return bool(request)


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """A well-formed answer; ``Content_Length="9"`` replaces the true length, an empty value leaves a header out."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value]
    return f"HTTP/1.1 {status} X\r\n{''.join(lines)}\r\n".encode() + body


def says(*answers: bytes, keeps: bool = True) -> Behaviour:
    """Answers in turn, whatever the connection, the last one for ever; then keeps the connection or closes it."""
    left = list(answers)

    def behave(server: Hostile, line: Line) -> bool:
        if not server.heard(line):
            return False
        line.sock.sendall(left.pop(0) if len(left) > 1 else left[0])
        return keeps

    return behave


def drips(text: bytes, at_once: bytes = b"") -> Behaviour:
    def behave(server: Hostile, line: Line) -> bool:
        if server.heard(line):
            line.sock.sendall(at_once)
            line.drip(text)
        return False

    return behave


def floods(piece: bytes, at_once: bytes = b"") -> Behaviour:
    """The same piece over and over until the client hangs up."""

    def behave(server: Hostile, line: Line) -> bool:
        if server.heard(line):
            line.sock.sendall(at_once)
            while not server.over.is_set():
                line.sock.sendall(piece)
        return False

    return behave


def hangs(server: Hostile, line: Line) -> bool:
    if server.heard(line):
        server.over.wait()
    return False


def resets(*, after_reading: bool) -> Behaviour:
    def behave(server: Hostile, line: Line) -> bool:
        if after_reading:
            server.heard(line)
        else:
            line.sock.recv(1, socket.MSG_PEEK)
        line.reset()
        return False

    return behave


def answers_then_resets(first: bytes) -> Behaviour:
    """A good first answer; the next request, on whatever connection, is read and reset."""

    def behave(server: Hostile, line: Line) -> bool:
        if not server.heard(line):
            return False
        if len(server.requests) > 1:
            line.reset()
            return False
        line.sock.sendall(first)
        return True

    return behave


def bomb(size_bytes: int) -> bytes:
    """An answer of a few bytes that unfolds to many."""
    return answer(body=gzip.compress(b"\0" * size_bytes), Content_Encoding="gzip")


@contextlib.contextmanager
def never_accepting() -> Iterator[str]:
    """The URL of a listener whose queue is full: a connection attempt gets no answer at all."""
    with contextlib.ExitStack() as open_socks:
        listening = open_socks.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = open_socks.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as briefly:
        return briefly.getsockname()[1]
