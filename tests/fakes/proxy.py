"""A TCP line that errs on demand, between a client and what it believes it is talking to."""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

PIECE_BYTES = 65_536
LOOK_S = 0.02

Way = Literal["asked", "answered"]
Then = Literal["reset", "hold", "go on"]


@dataclass(slots=True)
class Trouble:
    """What befalls the pieces that pass; a piece is what one read of the socket gives.

    ``passes`` is the share of it that gets through, after ``wait_s`` seconds; ``then`` the connection is ``reset``, or
    ``hold`` keeps the rest and all that follows until the line is mended, or it goes on. ``every`` takes each n-th piece
    that fits, ``times`` is how often in all. ``asking`` has to stand in what was asked since the last answer.
    """

    way: Way | None = None
    passes: float = 0.0
    then: Then = "reset"
    wait_s: float = 0.0
    every: int = 1
    times: int | None = None
    asking: bytes = b""
    seen: int = 0

    def befalls(self, way: Way, asked: bytes) -> bool:
        """Whether it befalls this piece; counts it."""
        if self.times == 0 or self.way not in (None, way) or self.asking not in asked:
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        return True


def black_hole() -> Trouble:
    """Nothing gets through, and nobody is told."""
    return Trouble(then="hold")


class Proxy:
    """A line to ``upstream``, a socket's path or an address. ``host`` is where it listens, on a port that stays."""

    def __init__(self, upstream: Path | tuple[str, int], host: str = "127.0.0.1") -> None:
        self.upstream = upstream
        self.host = host
        self.port = 0
        self.befallen = 0
        self._troubles: tuple[Trouble, ...] = ()
        self._mended = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._timers: list[threading.Timer] = []

    def __enter__(self) -> Self:
        self._mended.set()
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for timer in self._timers:
            timer.cancel()
        self.mend()
        self.refuse()

    def befall(self, *troubles: Trouble, for_s: float | None = None) -> None:
        """From now on these befall what passes, the first that fits; ``for_s`` seconds from now the line is mended."""
        with self._lock:
            self._mended.clear()
            self._troubles = troubles
        if for_s is not None:
            timer = threading.Timer(for_s, self.mend)
            timer.daemon = True
            self._timers.append(timer)
            timer.start()

    def mend(self) -> None:
        """No more troubles: what was held goes on its way."""
        with self._lock:
            self._troubles = ()
            self._mended.set()

    def is_mended(self) -> bool:
        return self._mended.is_set()

    def refuse(self) -> None:
        """End every connection, and take none."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):  # what wakes the thread that accepts
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.reset()

    def listen(self) -> None:
        """Take connections, again at the same port."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        listener.listen(512)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="proxy", daemon=True).start()

    def reset(self) -> None:
        """End every connection."""
        with self._lock:
            for sock in self._open:
                with suppress(OSError):  # it was gone already
                    sock.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # it has been closed
            threading.Thread(target=self._serve, args=(client,), name="proxy-line", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = self._connect()
        except OSError:
            _drop(client)
            return
        ends = {client, server}
        with self._lock:
            self._open |= ends
        try:
            self._carry(client, server)
        except OSError:
            pass  # one of the two is gone, and so is the line
        finally:
            with self._lock:
                self._open -= ends
            for sock in ends:
                _drop(sock)

    def _connect(self) -> socket.socket:
        if isinstance(self.upstream, Path):
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(str(self.upstream))
            return server
        return socket.create_connection(self.upstream)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """Carry pieces to and fro until one of the two has gone. One thread, so that a dropped line is dropped whole."""
        asked, was_answered = b"", True
        watch = select.poll()
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) if sock.family == socket.AF_INET else None
            watch.register(sock, select.POLLIN)
        while True:
            for descriptor, _ in watch.poll():
                source, sink = (client, server) if descriptor == client.fileno() else (server, client)
                piece = source.recv(PIECE_BYTES)
                if not piece:
                    return
                if source is client:
                    asked, was_answered = (piece if was_answered else asked + piece), False
                else:
                    was_answered = True
                if not self._pass(piece, sink, "asked" if source is client else "answered", asked, (client, server)):
                    return

    def _pass(
        self, piece: bytes, sink: socket.socket, way: Way, asked: bytes, ends: tuple[socket.socket, socket.socket]
    ) -> bool:
        """Whether the connection lives on."""
        trouble = self._take(way, asked)
        if trouble is None:
            sink.sendall(piece)
            return True
        if self._stopping.wait(trouble.wait_s):
            return False
        through = round(len(piece) * trouble.passes)
        sink.sendall(piece[:through])
        if trouble.then == "reset" or (trouble.then == "hold" and not self._outlasts(ends)):
            return False
        sink.sendall(piece[through:])
        return True

    def _take(self, way: Way, asked: bytes) -> Trouble | None:
        with self._lock:
            found = next((trouble for trouble in self._troubles if trouble.befalls(way, asked)), None)
            self.befallen += found is not None
            return found

    def _outlasts(self, ends: tuple[socket.socket, socket.socket]) -> bool:
        """Wait until the line is mended. False where one of the two has gone meanwhile."""
        while True:
            is_mended = self._mended.wait(LOOK_S)
            if self._stopping.is_set() or any(_is_gone(sock) for sock in ends):
                return False
            if is_mended:
                return True


def _is_gone(sock: socket.socket) -> bool:
    try:
        return not sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _drop(sock: socket.socket) -> None:
    """Close with a reset: what was on its way is not waited for."""
    with suppress(OSError):  # the other end was faster
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
