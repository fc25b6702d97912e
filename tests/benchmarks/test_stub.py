"""The stub counts what it reads, notes it where asked, and answers when its manners say so."""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stub waits by epoll")
if sys.platform == "linux":
    from benchmarks.journal import Journal, entries
    from benchmarks.manners import NEVER, Manners
    from benchmarks.stub import Stub
    from benchmarks.tally import Tally

POST = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
TURNS = 200


class Played:
    """A stub that is turned by hand, and what is measured of it."""

    def __init__(self, directory: Path) -> None:
        self.journal = directory / "journal"
        self.tally = Tally(directory / "tally", create=True)
        self.manners = Manners(directory / "manners", create=True)
        self.notes = Journal(self.journal)
        self.stub = Stub(self.tally, self.manners, self.notes)

    def ask(self, path: bytes, body: bytes) -> socket.socket:
        """A request that the stub has read."""
        line = socket.create_connection(("127.0.0.1", self.stub.port))
        line.sendall(POST % (path, len(body), body))
        self.stub.turn()
        self.stub.turn()
        return line

    def answer(self, line: socket.socket, turns: int = TURNS) -> bytes:
        """What comes within so many turns, nothing where none does."""
        for _ in range(turns):
            if select.select([line], [], [], 0)[0]:
                return line.recv(65_536)
            if not self.stub.late and not self.stub.held:
                break
            self.stub.turn()
        return b""


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    made = Played(tmp_path)
    yield made
    made.stub.door.close()
    for line in made.stub.lines.values():
        line.sock.close()
    made.stub.poll.close()
    made.notes.close()


def test_each_account_is_counted_for_itself(played: Played) -> None:
    with played.ask(b"mail/api/1.0/order/save", b"number=paced-0000001"):
        pass
    with played.ask(b"desk/api/v2/orders", b'{"order_items":[]}') as line:
        assert b"201 Created" in played.answer(line)
    assert played.tally.read().counts == (0, 1, 1, 0)


def test_an_order_is_shown_with_ids_for_itself_and_each_of_its_lines(played: Played) -> None:
    body = b'{"source_id":"1","order_items":[{"name":"Glue"},{"name":"Ink"}]}'
    with played.ask(b"desk/api/v2/orders", body) as line:
        answer = played.answer(line)
    assert b'[{"id":"1-0","name":"Glue"},{"id":"1-1","name":"Ink"}],"id":"1"}' in answer


def test_what_is_asked_without_a_body_is_not_found_and_not_counted(played: Played) -> None:
    with played.ask(b"desk/api/v2/orders?source_id=1", b"") as line:
        assert b"404" in played.answer(line)
    assert played.tally.read().total == 0


def test_an_order_with_a_number_of_ours_is_noted(played: Played) -> None:
    with played.ask(b"desk/api/v2/orders", b'{"source_id":"paced-0000042","order_items":[]}'):
        pass
    with played.ask(b"desk/api/v2/orders", b'{"source_id":"warm-1","order_items":[]}'):
        pass
    [entry] = entries(played.journal)
    assert (entry.account, entry.index) == ("desk", 42)
    assert entry.at_s <= played.tally.read().last_at_s


def test_an_account_that_hangs_answers_when_its_manners_change(played: Played) -> None:
    played.manners.keep_back(NEVER, "desk")
    with played.ask(b"desk/api/v2/orders", b'{"order_items":[]}') as line:
        assert played.answer(line, turns=3) == b""
        assert played.tally.read().total == 1
        with played.ask(b"store/api/v2/orders", b'{"order_items":[]}') as other:
            assert b"201 Created" in played.answer(other)
        played.manners.keep_back(0, "desk")
        assert b"201 Created" in played.answer(line)


def test_an_answer_is_kept_back_as_long_as_was_said(played: Played) -> None:
    played.manners.keep_back(0.05)
    with played.ask(b"desk/api/v2/orders", b'{"order_items":[]}') as line:
        [(due_s, late)] = played.stub.late
        assert due_s == late.since_s + 0.05
        assert b"201 Created" in played.answer(line)


def test_an_answer_to_somebody_who_has_gone_is_forgotten(played: Played) -> None:
    played.manners.keep_back(NEVER)
    with played.ask(b"desk/api/v2/orders", b'{"order_items":[]}'):
        assert len(played.stub.held) == 1
    played.stub.turn()
    assert played.stub.held == []
    assert played.stub.lines == {}
