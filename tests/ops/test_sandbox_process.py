"""The simulated vendors in a process of their own, at a socket that was handed to them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fakes.waiting import wait_until
from worker.ops.demo.sandbox_client import SandboxClient
from worker.ops.local import sandbox_process as stand
from worker.ops.local.supervisor import ROOT


@contextmanager
def vendors(listener: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "worker.ops.local.sandbox_process", str(listener.fileno())]
    with subprocess.Popen(command, cwd=ROOT, pass_fds=(listener.fileno(),)) as running:
        try:
            yield running
        finally:
            running.kill()


def test_vendors_that_were_killed_come_back_at_their_address_which_nobody_could_take_meanwhile() -> None:
    with stand.listening() as listener:
        played = SandboxClient(stand.address(listener))
        with vendors(listener):
            wait_until(played.is_up)
            played.break_with("webhook", do="status", status=500)
        with pytest.raises(OSError, match="in use"):
            socket.create_server(listener.getsockname())
        with vendors(listener):
            wait_until(played.is_up)
            assert played.orders("webhook") == []
    assert not played.is_up()


def test_of_many_that_want_one_port_each_gets_another() -> None:
    listeners = [stand.listening(stand.PORT) for _ in range(20)]
    assert len({one.getsockname() for one in listeners}) == 20
    for one in listeners:
        one.close()
