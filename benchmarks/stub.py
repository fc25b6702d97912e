"""Four vendors' accounts on one port, for as little CPU as Python can: ``python -m benchmarks.stub DIRECTORY``.

Each account has its own first path segment. Retargeting's answer is the page's "Response Example"; Order Desk's shows
the order that was sent, with ids, as the vendor's does, so that a create takes one call. Nothing is checked or kept:
what a vendor does with an order is not measured here. Prints its port when it listens.

In the directory are the tally and the manners; where there is a file ``journal`` too, every order read goes into it.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path

from benchmarks.journal import Journal
from benchmarks.manners import NEVER, Manners
from benchmarks.tally import ACCOUNTS, Tally

SAVED = b'{"version":"1.0","status":200,"message":"OK","data":{"success":true}}'
LINES = b'"order_items":['
LINE = b'{"name":'
HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
LENGTH = b"Content-Length: "
END = b"\r\n\r\n"
HELD_LOOK_S = 0.02


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


@dataclass(frozen=True, slots=True, order=True)
class Late:
    """An answer that is kept back: since when, of which account, and whose it is."""

    since_s: float
    account: int
    descriptor: int
    answer: bytes


class Stub:
    """A loop over all connections."""

    def __init__(self, tally: Tally, manners: Manners, journal: Journal | None = None) -> None:
        self.tally = tally
        self.manners = manners
        self.journal = journal
        self.counts = [0] * len(ACCOUNTS)
        self.order_id = 0
        self.lines: dict[int, Line] = {}
        self.late: list[tuple[float, Late]] = []
        self.held: list[Late] = []
        self.door = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.door.setblocking(False)
        self.poll = select.epoll()
        self.poll.register(self.door, select.EPOLLIN)

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    def serve(self) -> None:
        while True:
            self.turn()

    def turn(self) -> None:
        """Wait until there is something, and see to it."""
        for descriptor, _ in self.poll.poll(self._patience_s()):
            if descriptor == self.door.fileno():
                self._greet()
            else:
                self._hear(self.lines[descriptor])
        self._answer_late()

    def _patience_s(self) -> float:
        """Until the next answer is due; where one is due never, a moment: manners change."""
        due_s = max(0.0, self.late[0][0] - time.monotonic()) if self.late else NEVER
        wait_s = min(due_s, HELD_LOOK_S) if self.held else due_s
        return -1 if wait_s == NEVER else wait_s

    def _answer_late(self) -> None:
        held, self.held = self.held, []
        for late in held:
            self._keep_back(late)
        while self.late and self.late[0][0] <= time.monotonic():
            _, late = heappop(self.late)
            _send(self.lines[late.descriptor].sock, late.answer)

    def _keep_back(self, late: Late) -> None:
        """An answer for later, by the account's present manners."""
        wait_s = self.manners.waits_s()[late.account]
        if wait_s == NEVER:
            self.held.append(late)
        else:
            heappush(self.late, (late.since_s + wait_s, late))

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
            self._forget(line)
            return
        for head, body in line.requests(chunk):
            _, name, *path = head.split(b" ", 2)[1].split(b"/")
            account, now_s = _NUMBERS[name], time.monotonic()
            answer = self._answer(account, path[-1], body, now_s)
            if self.manners.waits_s()[account]:
                self._keep_back(Late(now_s, account, line.sock.fileno(), answer))
            else:
                _send(line.sock, answer)

    def _forget(self, line: Line) -> None:
        descriptor = line.sock.fileno()
        self.poll.unregister(line.sock)
        del self.lines[descriptor]
        self.late = sorted(one for one in self.late if one[1].descriptor != descriptor)
        self.held = [late for late in self.held if late.descriptor != descriptor]
        line.sock.close()

    def _answer(self, account: int, last: bytes, body: bytes, now_s: float) -> bytes:
        if not body:
            return HEAD % (b"404 Not Found", 2, b"{}")
        self.counts[account] += 1
        self.tally.write(self.counts, now_s)
        if self.journal:
            self.journal.note(account, body, now_s)
        if last != b"orders":
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
    directory = Path(sys.argv[1])
    is_noted = (directory / "journal").exists()
    journal = Journal(directory / "journal") if is_noted else None
    stub = Stub(Tally(directory / "tally"), Manners(directory / "manners"), journal)
    print(stub.port, flush=True)
    stub.serve()


if __name__ == "__main__":
    main()
