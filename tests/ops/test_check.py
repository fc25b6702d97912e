"""check: what is well, what is not, and what to do."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec
import pytest

from schemas.config import Config, ProviderConfig
from tests.fakes.ledger import HOLD, UNAUTHORIZED, Ledger, snapshot
from tests.fakes.ops import Ops
from tests.fakes.split import SplitLedger
from worker.ledger.provider_rows import read_table
from worker.ledger.provider_table import apply_table
from worker.ledger.queries.status import IntakeRow, Status, StoreRow, WorkerRow
from worker.ops.cli.wording import CommandWording
from worker.ops.desk.check import (
    EVENTS_LOOKED_AT,
    THREADS,
    Check,
    advice_findings,
    currency_findings,
    source_findings,
    worker_findings,
)
from worker.ops.desk.desk import Desk
from worker.ops.desk.findings import Level
from worker.ops.local.config_file import write_with
from worker.ops.local.sandbox_process import accounts
from worker.providers import make_provider
from worker.providers.base import Job, Operation, Provider
from worker.providers.memory import ProcessMemory
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox


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
    found = levels(ops.json("check", "--apply", "--yes"))
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
            "intake",
        ],
        "ok",
    )


def test_a_provider_that_answers_and_gets_nothing_is_not_called_well(ops: Ops, endpoint: int) -> None:
    listening(ops, endpoint)
    ops.ledger.pause("one", who="ann", why="release night", at_ms=ops.ledger.store.now_ms())
    ops.ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(3)])
    for _ in range(3):
        ops.ledger.finish(ops.ledger.claim("two"), UNAUTHORIZED, HOLD, "two")
    found = {one["what"]: one for one in ops.json("check")}
    assert [found[f"provider {name}"]["level"] for name in ("one", "two")] == ["warn", "warn"]
    assert "But one is paused by ann since" in found["provider one"]["message"]
    assert "But two is on hold since" in found["provider two"]["message"]
    assert "3 deliveries wait" in found["provider two"]["message"]


def test_a_provider_that_cannot_be_reached_fails_the_check(ops: Ops) -> None:
    found = ops.json("check", code=1)
    assert levels(found)["provider one"] == "fail"
    assert "No connection to 127.0.0.1:1" in next(one["message"] for one in found if one["what"] == "provider one")


def test_nothing_is_written_unless_asked_for(ops: Ops, endpoint: int) -> None:
    listening(ops, endpoint)
    before = read_table(ops.ledger.store)
    assert levels(ops.json("check"))["provider table"] == "warn"
    assert read_table(ops.ledger.store) == before
    assert levels(ops.json("check", "--apply", "--yes"))["provider table"] == "ok"
    assert [row.kind for row in read_table(ops.ledger.store).rows] == ["webhook", "webhook"]


def test_a_store_that_is_away_is_a_finding_among_the_others_and_the_exit_code(ops: Ops, endpoint: int) -> None:
    listening(ops, endpoint)
    ops.config.write_text(ops.config.read_text().replace(ops.ledger.store.url, "redis://127.0.0.1:1/0"))
    found = ops.json("check", code=69)
    assert levels(found) == {"configuration": "ok", "store": "fail", "provider one": "ok", "provider two": "ok"}


def test_a_missing_credential_is_a_matter_of_the_configuration(ops: Ops) -> None:
    ops.config.write_text(ops.config.read_text().replace('file = "', 'file = "/nowhere'))
    found = {one["what"]: one for one in ops.json("check", code=78)}
    for name in ("one", "two"):
        assert found[f"provider {name}"]["level"] == "fail"
        assert f"providers.{name}.secret: the file /nowhere" in found[f"provider {name}"]["message"]
    assert found["configuration"]["message"] == "Secrets of one, two cannot be read."
    assert found["store"]["level"] == "ok"


def test_each_vendors_own_test_call_tries_the_credentials(ops: Ops) -> None:
    with Sandbox(load_vendors()) as sandbox:
        played = accounts(sandbox.url, ops.config.parent / "keys")
        write_with(ops.config, {}, played, store={"url": ops.ledger.store.url})
        assert {level for what, level in levels(ops.json("check")).items() if what.startswith("provider ")} == {
            "ok",
            "warn",
        }
        (ops.config.parent / "keys" / "orderdesk.api_key").write_text("another-key")
        found = ops.json("check", code=1)
    [desk] = [one for one in found if one["what"] == "provider orderdesk" and one["level"] != "warn"]
    assert desk["level"] == "fail"
    assert "Correct its credentials. Tried with api_key from file" in desk["message"]
    assert "another-key" not in desk["message"]


def test_the_two_vendors_without_a_field_for_the_currency_are_named(ops: Ops) -> None:
    played = accounts("http://127.0.0.1:1", ops.config.parent / "keys")
    played["orderdesk"]["currency"] = "EUR"
    write_with(ops.config, {}, played, store={"url": ops.ledger.store.url})
    found = [one["what"] for one in ops.json("check", code=1) if "no field for a currency" in one["message"]]
    assert found == ["provider retargeting"]
    del played["orderdesk"]["currency"]
    write_with(ops.config, {}, played, store={"url": ops.ledger.store.url})
    found = [one["what"] for one in ops.json("check", code=1) if "no field for a currency" in one["message"]]
    assert found == ["provider retargeting", "provider orderdesk"]


def test_people_read_a_line_for_each_finding(ops: Ops) -> None:
    shown = ops.run("check").stdout.splitlines()
    assert shown[0].split("\t") == ["level", "what", "how it is"]
    assert any(line.startswith("fail\tprovider one\t") for line in shown)


def provider(**settings: object) -> ProviderConfig:
    return ProviderConfig(name="one", kind="orderdesk", base_url="http://127.0.0.1", options=None, **settings)


def board(*ages_s: float) -> Status:
    workers = [WorkerRow(f"w{n}", age_s) for n, age_s in enumerate(ages_s)]
    return Status(StoreRow("", embedded=False, durability="disk", memory_bytes=0), workers, IntakeRow(False, 0), [])


def test_more_in_flight_than_there_are_threads_is_worth_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERCAST_THREADS", raising=False)
    config = Config(providers={"one": provider(max_in_flight=THREADS + 1)})
    assert [one.level for one in worker_findings(board(1.0), config, CommandWording())] == [Level.OK, Level.WARN]
    assert [one.level for one in worker_findings(board(1.0, 2.0), config, CommandWording())] == [Level.OK]


def test_a_worker_that_has_not_been_heard_of_for_long_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert [
        one.what for one in worker_findings(board(3000.0), Config(), CommandWording()) if one.level is Level.WARN
    ] == ["workers"]


@pytest.mark.parametrize(
    ("sources", "settings", "count"),
    [
        (["shop/a"], {}, 0),
        (["shop/a", "shop/b"], {}, 1),
        (["shop/a", "shop/b"], {"order_key": "{source}-{number}"}, 0),
        ([], {"sources": ("shop/a", "shop/b")}, 1),
        (["shop/a", "shop/b"], {"kind": "webhook"}, 0),
    ],
)
def test_two_sources_with_one_number_space_are_worth_a_word_where_a_key_is_sent(
    sources: list[str], settings: dict[str, object], count: int
) -> None:
    account = make_provider(msgspec.structs.replace(provider(), **settings), ProcessMemory())
    assert len(list(source_findings(sources, [account]))) == count


class Asked(Provider):
    """A kind whose orders are in no currency, and which tells the first keys that it is shown."""

    kind = "asked"
    has_currency = False
    looks_at = 1000

    def operation(self, job: Job) -> Operation:
        raise NotImplementedError

    def advice(self, keys: Iterable[str]) -> Iterator[str]:
        if seen := list(islice(keys, self.looks_at)):
            yield " ".join(seen)


def asked(ledger: Ledger, **settings: object) -> list[str]:
    account = Asked(provider(**settings), ProcessMemory())
    return [one.message for one in advice_findings([account], ledger.store)]


@pytest.mark.parametrize(("currency", "has_currency", "count"), [(None, False, 1), ("EUR", False, 0), (None, True, 0)])
def test_an_account_without_a_field_for_the_currency_is_to_say_which_it_has(
    monkeypatch: pytest.MonkeyPatch, currency: str | None, has_currency: bool, count: int
) -> None:
    monkeypatch.setattr(Asked, "has_currency", has_currency)
    found = list(currency_findings([Asked(provider(currency=currency), ProcessMemory())]))
    assert [(one.level, one.what) for one in found] == [(Level.WARN, "provider one")] * count
    assert all(
        one.message.endswith('set the account\'s own, as in currency = "EUR", in [providers.one].') for one in found
    )


def test_an_adapter_is_shown_the_keys_of_the_newest_orders_that_its_account_wants(ops: Ops) -> None:
    ops.ledger.accept(snapshot("e1", "1001"), snapshot("e21", "B-7"), snapshot("e31", "9", source="shop/two"))
    assert asked(ops.ledger) == ["9 B-7 1001"]
    assert asked(ops.ledger, order_key="{source}#{number}") == ["shop/two#9 shop/one#B-7 shop/one#1001"]
    narrow = {"one": msgspec.structs.replace(ops.ledger.configs["one"], sources=("shop/two",))}
    apply_table(ops.ledger.store, narrow, "narrow")
    assert asked(ops.ledger) == ["9"]
    apply_table(ops.ledger.store, {}, "none")
    assert asked(ops.ledger) == []


@pytest.mark.parametrize(("has_desk", "said"), [(True, ["1001"]), (False, [])])
def test_what_is_missing_of_an_account_is_said_without_the_ledger_and_what_orders_show_only_with_it(
    ops: Ops, has_desk: bool, said: list[str]
) -> None:
    ops.ledger.accept(snapshot("e1", "1001"))
    config = Config(providers={"one": provider()})
    inspection = Check(config)
    inspection.providers = [Asked(provider(), ProcessMemory())]
    found = list(inspection.run(Desk(ops.ledger.store, config, list, CommandWording()) if has_desk else None))
    warned = [one.message for one in found if (one.level, one.what) == (Level.WARN, "provider one")]
    assert warned == [next(currency_findings(inspection.providers)).message, *said]


def test_no_more_than_some_hundred_orders_are_looked_at_and_none_where_nobody_asks(
    ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops.ledger.accept(*[snapshot(f"e{n}1", f"{n}") for n in range(EVENTS_LOOKED_AT + 10)])
    [shown] = asked(ops.ledger)
    assert len(shown.split()) == EVENTS_LOOKED_AT
    monkeypatch.setattr(Asked, "looks_at", 0)
    before = ops.ledger.store.client.info("commandstats")["cmdstat_zrange"]["calls"]
    assert asked(ops.ledger) == []
    assert ops.ledger.store.client.info("commandstats")["cmdstat_zrange"]["calls"] == before


def test_the_orders_of_all_shards_are_looked_at(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3)
    numbers = [split.numbers(shard, 1)[0] for shard in range(3)]
    split.accept(*[snapshot(f"e{number}1", number) for number in numbers])
    [shown] = asked(split)
    assert sorted(shown.split()) == sorted(numbers)
    split.close()


def test_workers_that_cannot_go_on_or_met_a_defect_are_named() -> None:
    workers = [
        WorkerRow("w1@here", 1.0, failing=("letterbox", "tick-0")),
        WorkerRow("w2@here", 1.0, restarts=2),
        WorkerRow("w3@here", 100.0, failing=("tick-0",)),
    ]
    found = [
        (one.level, one.message)
        for one in worker_findings(msgspec.structs.replace(board(), workers=workers), Config(), CommandWording())
    ]
    assert found == [
        (Level.OK, "2 at work."),
        (Level.WARN, "w1@here cannot go on with letterbox, tick-0: read why in its log."),
        (Level.WARN, "w2@here met a defect and began afresh 2 times: report what its log has at loop.restarted."),
    ]
