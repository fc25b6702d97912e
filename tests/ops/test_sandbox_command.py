"""sandbox: the vendors alone."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tests.fakes.program import Program, document
from worker.ops.demo.sandbox_client import SandboxClient, SandboxUnreachable
from worker.ops.local import sandbox_process as stand


def test_the_vendors_are_played_until_somebody_ends_them(tmp_path: Path) -> None:
    with Program(tmp_path).started("sandbox", "--listen", "127.0.0.1:0", "--json") as running:
        told = document(running.stdout)
        played = SandboxClient(told["url"])
        assert played.is_up()
        assert played.orders("orderdesk") == []
        assert told["kinds"]["orderdesk"] == f"{told['url']}/orderdesk/api/v2"
        assert told["keys"]["orderdesk"] == {"store_id": "1001", "api_key": "test-orderdesk-key"}
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "Ended." in said
    assert not played.is_up()


def test_faults_can_be_set_seen_to_and_repaired(tmp_path: Path) -> None:
    with Program(tmp_path).started("sandbox", "--listen", "127.0.0.1:0", "--json") as running:
        played = SandboxClient(document(running.stdout)["url"])
        played.break_with("webhook", do="status", status=500)
        with pytest.raises(SandboxUnreachable, match="refuses POST webhook/faults"):
            played.break_with("webhook", do="nonsense")
        played.repair("webhook")
        assert played.calls("webhook") == []
        running.terminate()
        running.communicate(timeout=20)


def test_a_taken_address_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        _, said = Program(tmp_path).ran("sandbox", "--listen", place, code=1)
    assert f"{place} cannot be had" in said
    assert "Traceback" not in said


def test_what_is_no_place_to_listen_at_is_a_mistake(tmp_path: Path) -> None:
    _, said = Program(tmp_path).ran("sandbox", "--listen", "here", code=2)
    assert "HOST:PORT" in said


def test_a_taken_port_gives_way_to_a_free_one() -> None:
    with stand.listening(0) as first:
        taken = first.getsockname()[1]
        with stand.listening(taken) as second:
            assert second.getsockname()[1] != taken
