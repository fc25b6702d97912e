"""Connections that were in use a moment ago: used again unasked, and looked at after a pause or a fault."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable
from worker.ledger.store.client import Store
from worker.ledger.store.pool import FRESH_S


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
        beat(store)
        with server.client() as client, ThreadPoolExecutor(3) as pool:
            client.client_pause(60_000, all=False)  # each of the three needs a connection of its own
            steps = [pool.submit(beat, store) for _ in range(3)]
            wait_until(lambda: client.info("clients")["connected_clients"] >= 4)
            client.client_unpause()
            assert [step.result(20) for step in steps] == [None] * 3
        server.kill()
        server.start()
        with pytest.raises(StoreUnreachable):
            beat(store)
        for _ in range(3):
            beat(store)
        store.close()


def test_a_server_that_was_started_again_in_a_pause_is_found_without_a_fault(tmp_path: Path) -> None:
    now_s = [100.0]
    with Server(tmp_path / "store") as server:
        store = Store(server.url, clock=lambda: now_s[0])
        beat(store)
        server.kill()
        server.start()
        now_s[0] += FRESH_S
        beat(store)
        store.close()
