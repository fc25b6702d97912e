"""The address of the desk: kept once it is taken; where it is somebody else's that is said once, and tried later and later."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from worker.ops.local.desk_socket import CannotListen, DeskSocket, listening


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def address(listener: socket.socket) -> str:
    return "{}:{}".format(*listener.getsockname())


def test_who_finds_the_address_taken_says_so_once_and_tries_later_and_later(taken: socket.socket) -> None:
    told: list[str] = []
    tries: list[int] = []
    desk = DeskSocket(address(taken), told.append, lambda: now_s)
    for now_s in range(400):
        due_s = desk._tries.due_s
        assert not desk.look()
        if desk._tries.due_s != due_s:
            tries.append(now_s)
    assert tries == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363]
    why = f"{address(taken)} cannot be listened at (Address already in use)"
    assert told == [
        f"The desk is not served: {why}. Set [web] listen to another port, or to off.",
        "Everything else runs. The desk is served as soon as the address is free.",
    ]


def test_the_address_is_taken_as_soon_as_it_is_free_and_kept(taken: socket.socket) -> None:
    desk = DeskSocket(address(taken), [].append, lambda: now_s)
    now_s = 0
    assert not desk.look()
    taken.close()
    now_s = 1
    assert desk.look()
    assert not desk.look()
    with pytest.raises(OSError, match="Address already in use"):
        socket.create_server(("127.0.0.1", int(desk.listen.rpartition(":")[2])))
    desk.close()


@pytest.mark.parametrize("listen", ["127.0.0.1:99999", "192.0.2.1:8720"])
def test_an_address_that_cannot_be_had_is_told_with_what_to_do(listen: str) -> None:
    with pytest.raises(CannotListen, match=f"^{listen} .*[^)]*. Set .web. listen to another port"):
        listening(listen)
