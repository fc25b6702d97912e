"""Connections that were in use a moment ago: used again unasked, and looked at after a pause or a fault."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.fakes.servers import Server
from worker.errors import StoreUnreachable
from worker.ledger.store.client import Store
from worker.ledger.store.connection_cache import FRESH_S, ConnectionCache


def beat(store: Store) -> None:
    store.run("beat", "w1@here", "{}")


def ping(connection: Any) -> Any:
    connection.send_command("PING")
    return connection.read_response()


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
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: beat(store), range(64)))
        server.kill()
        server.start()
        with pytest.raises(StoreUnreachable):
            beat(store)
        for _ in range(3):
            beat(store)
        store.close()


def test_what_was_free_for_longer_than_a_moment_is_looked_at_before_it_is_used(tmp_path: Path) -> None:
    now_s = [0.0]
    with Server(tmp_path / "store") as server, closing(redis.Redis.from_url(server.url)) as client:
        cache = ConnectionCache(client.connection_pool, clock=lambda: now_s[0])
        first = cache.take()
        cache.keep(first)
        server.kill()
        server.start()
        now_s[0] += FRESH_S
        again = cache.take()
        assert ping(again) == b"PONG"
        cache.keep(again)


def test_the_last_that_was_used_is_used_again_unasked(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server, closing(redis.Redis.from_url(server.url)) as client:
        cache = ConnectionCache(client.connection_pool, clock=lambda: 0.0)
        one, other = cache.take(), cache.take()
        cache.keep(one)
        cache.keep(other)
        assert cache.take() is other
