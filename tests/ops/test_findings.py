"""What check finds of a server: whether it is recent enough, and what a crash of it would lose."""

from __future__ import annotations

import pytest

from schemas.config import Config, StoreConfig
from worker.ledger.store.fitness import Fitness
from worker.ops.desk.findings import Level, store_findings

GOOD = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


@pytest.mark.parametrize(
    ("server", "version", "level"),
    [("redis", "7.0.0", "ok"), ("redis", "6.2.14", "fail"), ("valkey", "7.2.5", "ok"), ("valkey", "9.1.2", "ok")],
)
def test_a_server_must_be_recent_enough(server: str, version: str, level: str) -> None:
    assert next(store_findings(Fitness(server, version, GOOD, []), Config())).level == level


@pytest.mark.parametrize(
    ("settings", "durability", "level"),
    [
        ({}, "disk", Level.OK),
        ({"appendfsync": "everysec"}, "disk", Level.FAIL),
        ({"appendfsync": "everysec"}, "memory", Level.WARN),
        ({"appendonly": "no"}, "disk", Level.FAIL),
    ],
)
def test_what_a_crash_would_lose_is_measured_by_what_is_configured(
    settings: dict[str, str], durability: str, level: Level
) -> None:
    config = Config(store=StoreConfig(durability=durability))
    found = {one.what: one.level for one in store_findings(Fitness("redis", "7.4", GOOD | settings, []), config)}
    assert found["durability"] is level


def test_a_store_that_evicts_would_lose_orders() -> None:
    found = list(store_findings(Fitness("redis", "7.4", GOOD | {"maxmemory-policy": "allkeys-lru"}, []), Config()))
    assert [one.level for one in found if one.what == "eviction"] == [Level.FAIL]


def test_a_store_that_hides_its_settings_is_not_believed_blindly() -> None:
    assert [one.level for one in store_findings(Fitness("redis", "7.4", {}, []), Config())] == [Level.OK, Level.WARN]


def test_a_shard_that_is_a_replica_is_named_by_the_setting_that_names_it():
    replica = Fitness("redis", "7.4", GOOD, [], is_replica=True)
    [found] = [one for one in store_findings(replica, Config(), "[store] shards") if one.level is Level.FAIL]
    assert found.message.endswith("name its master, or the Sentinels, in [store] shards.")
