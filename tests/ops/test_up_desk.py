"""up serves the desk beside the workers, and says where; not where it is off, or somebody else listens there."""

from __future__ import annotations

import os
import signal
import socket
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.fakes.ports import free_ports
from tests.fakes.program import Program, document
from tests.fakes.waiting import wait_until

pytestmark = [pytest.mark.timeout(180), pytest.mark.alone]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def asked(port: int, path: str) -> tuple[int, str] | None:
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.getheader("Location") or ""
    except OSError:
        return None
    finally:
        line.close()


def test_up_serves_the_desk_and_prints_the_first_admin_s_link(program: Program) -> None:
    [port] = free_ports(1)
    program.environ["ORDERCAST_WEB_LISTEN"] = f"127.0.0.1:{port}"
    with program.started("up", "--sandbox", "--workers", "1", "--json") as up:
        assert document(up.stdout)["web"] == f"http://127.0.0.1:{port}"
        wait_until(lambda: asked(port, "/readyz") == (200, ""), 60)
        assert asked(port, "/") == (302, "/login?to=/")
        up.send_signal(signal.SIGTERM)
        _, said = up.communicate(timeout=60)
    assert f"http://127.0.0.1:{port}/welcome/" in said
    assert up.returncode == 0
    assert asked(port, "/") is None


def test_where_somebody_else_listens_up_says_so_and_works_without_a_desk(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname())
        program.environ["ORDERCAST_WEB_LISTEN"] = address
        with program.started("up", "--sandbox", "--workers", "1", "--json") as up:
            assert document(up.stdout)["web"] is None
            up.send_signal(signal.SIGTERM)
            _, said = up.communicate(timeout=60)
    assert f"The desk is not served: {address} cannot be listened at (Address already in use)." in said
    assert up.returncode == 0


def test_a_desk_whose_address_was_taken_is_served_as_soon_as_it_is_free_and_that_is_said(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program.environ["ORDERCAST_WEB_LISTEN"] = f"127.0.0.1:{port}"
        up = program.started("up", "--sandbox", "--workers", "1", "--json")
        assert document(up.stdout)["web"] is None
    with up:
        wait_until(lambda: asked(port, "/readyz") == (200, ""), 90)
        up.send_signal(signal.SIGTERM)
        _, said = up.communicate(timeout=60)
    assert said.count("The desk is not served") == 1
    assert f"The address is free: the desk is served at http://127.0.0.1:{port} from now on." in said
    assert "is started again" not in said
    assert up.returncode == 0


def test_nobody_takes_the_desk_s_address_while_its_process_is_started_again(program: Program, tmp_path: Path) -> None:
    [port] = free_ports(1)
    program.environ["ORDERCAST_WEB_LISTEN"] = f"127.0.0.1:{port}"
    with program.started("up", "--sandbox", "--workers", "1", "--json") as up:
        document(up.stdout)
        wait_until(lambda: asked(port, "/readyz") == (200, ""), 60)
        for pid in [
            one for one in program.processes() if b"worker.ops.web" in Path(f"/proc/{one}/cmdline").read_bytes()
        ]:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(OSError, match="Address already in use"):
            socket.create_server(("127.0.0.1", port))
        wait_until(lambda: asked(port, "/readyz") == (200, ""), 60)
        up.send_signal(signal.SIGTERM)
        _, said = up.communicate(timeout=60)
    assert said.count("web was killed by signal 9") == 1
    assert up.returncode == 0


def test_a_desk_of_its_own_that_cannot_listen_says_so_in_one_sentence(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname())
        program.environ["ORDERCAST_WEB_LISTEN"] = address
        _, said = program.ran("web", code=1)
    assert said == (
        f"Error: {address} cannot be listened at (Address already in use). Set [web] listen to another port, or to off.\n"
    )
    program.environ["ORDERCAST_WEB_LISTEN"] = "off"
    assert "web.listen: is off" in program.ran("web", code=78)[1]
