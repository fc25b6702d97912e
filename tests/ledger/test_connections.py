"""Connections to the store: used again, and looked at before each use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fakes.servers import Server
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


def test_a_server_that_was_started_again_in_a_pause_is_found_without_a_fault(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server:
        store = Store(server.url)
        beat(store)
        server.kill()
        server.start()
        beat(store)
        store.close()


def test_after_a_server_was_killed_under_many_connections_no_step_fails(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server:
        store = Store(server.url)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: beat(store), range(64)))
            server.kill()
            server.start()
            list(threads.map(lambda _: beat(store), range(64)))
        store.close()
