"""check: what is well, what is not, and what to do."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from schemas.config import Config, ProviderConfig, StoreConfig
from tests.fakes.ops import Ops
from worker.ledger.board import IntakeRow, Status, StoreRow, WorkerRow
from worker.ledger.fitness import Fitness
from worker.ledger.table import read_table
from worker.ops.inspection import THREADS, Level, source_findings, store_findings, worker_findings
from worker.ops.stand import accounts
from worker.ops.written import write_with
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox

GOOD = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


@pytest.fixture
def endpoint() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def levels(findings: list[dict[str, str]]) -> dict[str, str]:
    return {finding["what"]: finding["level"] for finding in findings}


def listening(ops: Ops, port: int) -> None:
    ops.config.write_text(ops.config.read_text().replace("http://127.0.0.1:1/hook", f"http://127.0.0.1:{port}/hook"))


def test_all_is_well_where_store_and_providers_answer(ops: Ops, endpoint: int) -> None:
    listening(ops, endpoint)
    ops.ledger.gates.beat("celery@here")
    found = levels(ops.json("check", "--apply"))
    assert found == dict.fromkeys(
        [
            "configuration",
            "store",
            "durability",
            "eviction",
            "provider table",
            "workers",
            "provider one",
            "provider two",
        ],
        "ok",
    )


def test_a_provider_that_cannot_be_reached_fails_the_check(ops: Ops) -> None:
    found = ops.json("check", code=1)
    assert levels(found)["provider one"] == "fail"
    assert "No connection to 127.0.0.1:1" in next(one["message"] for one in found if one["what"] == "provider one")


def test_nothing_is_written_unless_asked_for(ops: Ops, endpoint: int) -> None:
    listening(ops, endpoint)
    before = read_table(ops.ledger.store)
    assert levels(ops.json("check"))["provider table"] == "warn"
    assert read_table(ops.ledger.store) == before
    assert levels(ops.json("check", "--apply"))["provider table"] == "ok"
    assert [row.kind for row in read_table(ops.ledger.store).rows] == ["webhook", "webhook"]


def test_a_store_that_is_away_is_a_finding_among_the_others_and_the_exit_code(ops: Ops, endpoint: int) -> None:
    listening(ops, endpoint)
    ops.config.write_text(ops.config.read_text().replace(ops.ledger.store.url, "redis://127.0.0.1:1/0"))
    found = ops.json("check", code=69)
    assert levels(found) == {"configuration": "ok", "store": "fail", "provider one": "ok", "provider two": "ok"}


def test_a_missing_credential_is_a_matter_of_the_configuration(ops: Ops) -> None:
    ops.config.write_text(ops.config.read_text().replace('file = "', 'file = "/nowhere'))
    said = ops.error("check", code=78)
    assert "providers.one.secret: the file" in said


def test_each_vendors_own_test_call_tries_the_credentials(ops: Ops) -> None:
    with Sandbox(load_vendors()) as sandbox:
        played = accounts(sandbox.url, ops.config.parent / "keys")
        write_with(ops.config, None, played, store={"url": ops.ledger.store.url})
        assert {level for what, level in levels(ops.json("check")).items() if what.startswith("provider ")} == {
            "ok",
            "warn",
        }
        (ops.config.parent / "keys" / "orderdesk.api_key").write_text("another-key")
        found = ops.json("check", code=1)
    [desk] = [one for one in found if one["what"] == "provider orderdesk"]
    assert desk["level"] == "fail"
    assert "Correct its credentials." in desk["message"]
    assert "another-key" not in desk["message"]


def test_people_read_a_line_for_each_finding(ops: Ops) -> None:
    shown = ops.run("check").stdout.splitlines()
    assert shown[0].split("\t") == ["level", "what", "how it is"]
    assert any(line.startswith("fail\tprovider one\t") for line in shown)


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


def provider(**settings: object) -> ProviderConfig:
    return ProviderConfig(name="one", kind="orderdesk", base_url="http://127.0.0.1", options=None, **settings)


def board(*ages_s: float) -> Status:
    workers = [WorkerRow(f"w{n}", age_s) for n, age_s in enumerate(ages_s)]
    return Status(StoreRow("", embedded=False, durability="disk", memory_bytes=0), workers, IntakeRow(False, 0), [])


def test_more_in_flight_than_there_are_threads_is_worth_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERCAST_THREADS", raising=False)
    config = Config(providers={"one": provider(max_in_flight=THREADS + 1)})
    assert [one.level for one in worker_findings(board(1.0), config)] == [Level.OK, Level.WARN]
    assert [one.level for one in worker_findings(board(1.0, 2.0), config)] == [Level.OK]


def test_a_worker_that_has_not_been_heard_of_for_long_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert [one.what for one in worker_findings(board(3000.0), Config()) if one.level is Level.WARN] == ["workers"]


@pytest.mark.parametrize(
    ("sources", "settings", "count"),
    [
        (["shop/a"], {}, 0),
        (["shop/a", "shop/b"], {}, 1),
        (["shop/a", "shop/b"], {"order_key": "{source}-{number}"}, 0),
        ([], {"sources": ("shop/a", "shop/b")}, 1),
    ],
)
def test_two_sources_with_one_number_space_are_worth_a_word(
    sources: list[str], settings: dict[str, object], count: int
) -> None:
    assert len(list(source_findings(sources, [provider(**settings)]))) == count
