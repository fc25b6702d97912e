"""Connections that were in use a moment ago: used again unasked, and looked at after a pause or a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.servers import Server
from worker.errors import StoreUnreachable
from worker.ledger.store import pool as spares
from worker.ledger.store.client import Store


def beat(store: Store) -> None:
    store.run("beat", "w1@here", "{}")


def connections(server: Server) -> set[str]:
    with server.client() as client:
        return {each["id"] for each in client.client_list() if each["cmd"] == "fcall"}


def test_one_step_after_the_other_goes_over_one_connection(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server:
        store = Store(server.url)
        beat(store)
        before = connections(server)
        beat(store)
        assert len(before) == 1
        assert connections(server) == before
        store.close()


def test_after_a_fault_all_connections_are_looked_at_so_that_one_step_fails_at_most(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server:
        store = Store(server.url)
        held = [store._spares.take() for _ in range(3)]
        for connection in held:
            store._spares.keep(connection)
        server.kill()
        server.start()
        with pytest.raises(StoreUnreachable):
            beat(store)
        for _ in range(3):
            beat(store)
        store.close()


def test_a_server_that_was_started_again_in_a_pause_is_found_without_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(tmp_path / "store") as server:
        store = Store(server.url)
        beat(store)
        server.kill()
        server.start()
        monkeypatch.setattr(spares, "FRESH_S", 0.0)
        beat(store)
        store.close()
