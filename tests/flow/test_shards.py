"""A ledger on three servers, worked by real processes: nothing lost, doubled or out of order, whoever is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.crowd import Crowd
from tests.fakes.house import SHORT, VENDORS
from tests.fakes.revisions import broken, revision, two_of_each
from tests.fakes.servers import Server
from tests.fakes.split_house import SplitHouse, number_in, slowly
from tests.fakes.waiting import wait_until


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[Server]]:
    with ExitStack() as running:
        yield [running.enter_context(Server(tmp_path / f"store{n}")) for n in range(3)]


def test_orders_of_three_servers_reach_every_vendor_once_and_in_order(servers: list[Server], tmp_path: Path) -> None:
    with SplitHouse(tmp_path, servers, workers=2) as house:
        assert house.send(*two_of_each(60)).get(timeout=30)["status"] == "accepted"
        house.settled(120, within_s=90)
        assert broken(house, 60) == []
        kept = [int(shard.client.zcard(shard.keys.key("events"))) for shard in house.store.shards]
        assert sum(kept) == 120
        assert min(kept) > 20
        wait_until(lambda: {row.gate.state for row in house.rows().values()} == {"open"})


def test_no_vendor_has_more_calls_in_hand_than_it_takes_over_all_shards(
    servers: list[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(monkeypatch, meeting=2)
    with SplitHouse(tmp_path, servers, settings=f"max_in_flight = 2\n{SHORT}", workers=2) as house:
        slowly(house)
        house.send(*two_of_each(30)).get(timeout=30)
        house.settled(60, within_s=120)
        assert broken(house, 30) == []
    assert {kind: crowd.most[kind] for kind in VENDORS} == dict.fromkeys(VENDORS, 2)


def test_a_worker_with_other_addresses_than_the_ledgers_ends_with_the_code_of_bad_configuration(
    servers: list[Server], tmp_path: Path
) -> None:
    with SplitHouse(tmp_path, servers, "orderdesk") as house:
        for shards, said in (
            ("", "has 3 stores, and 1 store is named"),
            (servers[1].url, "has 3 stores, and 2 stores are named"),
            (f"{servers[2].url} {servers[1].url}", "and is empty now, or another server"),
        ):
            for more in ([], ["--apply-config"]):
                command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "-n", "other@test", *more]
                environ = {**house.environ, "ORDERCAST_STORE_SHARDS": shards}
                ended = subprocess.run(
                    command, check=False, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=30
                )
                assert ended.returncode == 78, ended.stderr
                assert said in ended.stderr + ended.stdout


def test_a_worker_that_begins_while_a_shard_is_away_works_at_the_others(servers: list[Server], tmp_path: Path) -> None:
    with SplitHouse(tmp_path, servers, "orderdesk", workers=0) as house:
        servers[2].kill()
        house.start_worker()
        house.send(revision(number_in(1), 1)).get(timeout=30)
        wait_until(lambda: house.keys("orderdesk") == [number_in(1)], 30)
        servers[2].start()  # it joins, and has its provider table, only now
        house.send(revision(number_in(2), 1)).get(timeout=30)
        wait_until(lambda: house.keys("orderdesk") == sorted([number_in(1), number_in(2)]), 30)
