"""A worker says what is unsafe about its store: when it begins, and again when it changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable
from worker.ledger.store.client import Store
from worker.ledger.store.fitness import Fitness
from worker.ledger.store.safety import Safety, dangers_of


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "store", appendonly="no", save="") as made:
        yield made


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    made = Store(server.url)
    yield made
    made.close()


def test_a_store_that_keeps_nothing_is_told_once_and_again_when_that_changes(server: Server, store: Store) -> None:
    now_s = [100.0]
    safety = Safety(store, "disk", lambda: now_s[0])
    with server.client() as client, capture_logs() as logs:
        safety.look()
        now_s[0] += 61
        safety.look()
        client.config_set("save", "3600 1")
        now_s[0] += 61
        safety.look()
        client.config_set("appendonly", "yes")
        now_s[0] += 30
        safety.look()
        now_s[0] += 31
        safety.look()
        wait_until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])  # before which it does not end
    cure = "set appendonly yes and appendfsync always there."
    assert [(line["log_level"], line["event"], line["message"]) for line in logs] == [
        ("warning", "store.unsafe", f"A crash of the store loses everything: {cure}"),
        ("warning", "store.unsafe", f"A crash of the store loses everything since the last snapshot: {cure}"),
        ("warning", "store.secured", "The store keeps what it is told again."),
    ]


@pytest.mark.parametrize(
    ("settings", "durability", "told"),
    [
        ({"appendonly": "yes", "appendfsync": "always"}, "disk", []),
        (
            {"appendonly": "yes", "appendfsync": "everysec"},
            "disk",
            ["loses up to 1 s of accepted events: set appendfs"],
        ),
        ({"appendonly": "yes", "appendfsync": "everysec"}, "memory", []),
        ({"appendonly": "no", "save": "60 1"}, "memory", ["loses everything since the last snapshot: set appendonly"]),
        ({"appendonly": "no", "save": ""}, "memory", ["loses everything: set appendonly yes and appendfsync always"]),
        ({}, "disk", []),
    ],
)
def test_what_the_configuration_puts_up_with_is_no_danger(
    settings: dict[str, str], durability: str, told: list[str]
) -> None:
    found = dangers_of(Fitness("valkey", "9.1.2", settings, []), durability)
    assert len(found) == len(told)
    assert all(words in said for words, said in zip(told, found, strict=True))


def test_a_node_of_a_cluster_is_a_danger() -> None:
    settings = {"appendonly": "yes", "appendfsync": "always"}
    [said] = dangers_of(Fitness("valkey", "9.1.2", settings, [], is_cluster=True), "disk")
    assert "a node of a cluster" in said


def test_a_store_that_is_away_is_looked_at_again_at_the_next_round(server: Server, store: Store) -> None:
    safety = Safety(store, "disk", lambda: 100.0)
    server.kill()
    with pytest.raises(StoreUnreachable):
        safety.look()
    server.start()
    with capture_logs() as logs:
        safety.look()
    assert [line["event"] for line in logs] == ["store.unsafe"]
