"""Four vendors' accounts on one port, for as little CPU as Python can: ``python -m benchmarks.stub TALLY LATENCY_MS``.

Each account has its own first path segment. Retargeting's answer is the page's "Response Example"; Order Desk's shows
the order that was sent, with ids, as the vendor's does, so that a create takes one call. Nothing is checked or kept:
what a vendor does with an order is not measured here. Prints its port when it listens.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections import deque
from pathlib import Path

from benchmarks.tally import ACCOUNTS, Tally

SAVED = b'{"version":"1.0","status":200,"message":"OK","data":{"success":true}}'
LINES = b'"order_items":['
LINE = b'{"name":'
HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
LENGTH = b"Content-Length: "
END = b"\r\n\r\n"


class Line:
    """One kept connection: what has come of the next request, and how much of it is wanted."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = b""

    def requests(self, chunk: bytes) -> list[tuple[bytes, bytes]]:
        """The whole requests that end with this chunk: head and body."""
        self.received += chunk
        whole = []
        while (end := self.received.find(END)) >= 0:
            head = self.received[:end]
            at = head.find(LENGTH)
            size_bytes = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            stop = end + len(END) + size_bytes
            if len(self.received) < stop:
                break
            whole.append((head, self.received[end + len(END) : stop]))
            self.received = self.received[stop:]
        return whole


class Stub:
    """A loop over all connections. ``latency_s`` is how long an answer is kept back."""

    def __init__(self, tally: Tally, latency_s: float = 0.0) -> None:
        self.tally = tally
        self.latency_s = latency_s
        self.counts = [0] * len(ACCOUNTS)
        self.order_id = 0
        self.lines: dict[int, Line] = {}
        self.late: deque[tuple[float, socket.socket, bytes]] = deque()
        self.door = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.door.setblocking(False)
        self.poll = select.epoll()
        self.poll.register(self.door, select.EPOLLIN)

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    def serve(self) -> None:
        while True:
            for descriptor, _ in self.poll.poll(self._patience_s()):
                if descriptor == self.door.fileno():
                    self._greet()
                else:
                    self._hear(self.lines[descriptor])
            while self.late and self.late[0][0] <= time.monotonic():
                _, sock, answer = self.late.popleft()
                _send(sock, answer)

    def _patience_s(self) -> float:
        return max(0.0, self.late[0][0] - time.monotonic()) if self.late else -1

    def _greet(self) -> None:
        sock, _ = self.door.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines[sock.fileno()] = Line(sock)
        self.poll.register(sock, select.EPOLLIN)

    def _hear(self, line: Line) -> None:
        try:
            chunk = line.sock.recv(262_144)
        except ConnectionError:
            chunk = b""
        if not chunk:
            self.poll.unregister(line.sock)
            del self.lines[line.sock.fileno()]
            line.sock.close()
            return
        for head, body in line.requests(chunk):
            answer = self._answer(head, body)
            if self.latency_s:
                self.late.append((time.monotonic() + self.latency_s, line.sock, answer))
            else:
                _send(line.sock, answer)

    def _answer(self, head: bytes, body: bytes) -> bytes:
        _, account, *path = head.split(b" ", 2)[1].split(b"/")
        if not body:
            return HEAD % (b"404 Not Found", 2, b"{}")
        self.counts[_NUMBERS[account]] += 1
        self.tally.write(self.counts, time.monotonic())
        if path[-1] != b"orders":
            return HEAD % (b"200 OK", len(SAVED), SAVED)
        shown = self._shown(body)
        return HEAD % (b"201 Created", len(shown), shown)

    def _shown(self, sent: bytes) -> bytes:
        """The order that was sent, with an id for it and for each of its lines."""
        self.order_id += 1
        order, _, lines = sent[:-1].partition(LINES)
        first, *rest = lines.split(LINE)
        numbered = b"".join(b'{"id":"%d-%d","name":%s' % (self.order_id, n, part) for n, part in enumerate(rest))
        shown = b'%s%s%s%s,"id":"%d"' % (order, LINES, first, numbered, self.order_id)
        return b'{"status":"success","message":"Order Added","order":%s}}' % shown


def _send(sock: socket.socket, answer: bytes) -> None:
    """Answers are small and fit the kernel's buffer; who is gone needs none."""
    try:
        sock.send(answer)
    except OSError:
        return


_NUMBERS = {name.encode(): number for number, name in enumerate(ACCOUNTS)}


def main() -> None:
    tally, latency_ms = Tally(Path(sys.argv[1])), float(sys.argv[2])
    stub = Stub(tally, latency_ms / 1000)
    print(stub.port, flush=True)
    stub.serve()


if __name__ == "__main__":
    main()
