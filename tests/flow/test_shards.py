"""A ledger on three servers, worked by real processes: nothing lost, doubled or out of order, whoever is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from schemas.delivery import order_digest
from tests.fakes.crowd import Crowd
from tests.fakes.house import SHORT, VENDORS
from tests.fakes.revisions import broken, revision, two_of_each
from tests.fakes.servers import Server
from tests.fakes.split_house import SplitHouse
from tests.fakes.waiting import wait_until
from worker.ledger.store.shards import shard_of


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


def slowly(house: SplitHouse) -> None:
    for kind in VENDORS:
        house.fault(kind, do="delay", delay_s=0.03, times=None)


def number_in(shard: int) -> str:
    """An order of the played shop that lives in this shard of three."""
    source = revision("N0", 1)["source"]
    return next(f"N{n}" for n in range(1000) if shard_of(order_digest(source, f"N{n}"), 3) == shard)


def shows_shard(house: SplitHouse, shard: int) -> bool:
    return house.board.read("ordercast.intake").shards[shard].answers


def test_a_killed_worker_and_a_killed_shard_lose_and_double_nothing(servers: list[Server], tmp_path: Path) -> None:
    with SplitHouse(tmp_path, servers, workers=2) as house:
        slowly(house)
        house.send_at_once(*two_of_each(150))
        wait_until(lambda: house.arrived() > 60, 20)
        servers[1].kill()
        house.start_worker()
        house.workers[0].kill()
        wait_until(lambda: not shows_shard(house, 1))
        before = sum(row.delivered for row in house.rows().values())
        wait_until(lambda: sum(row.delivered for row in house.rows().values()) > before + 20, 60)
        servers[1].start()
        house.settled(300, within_s=150)
        assert broken(house, 150) == []
        assert house.board.read("ordercast.intake").intake.refusals == 0


def test_the_first_server_killed_under_load_stops_all_for_a_while_and_loses_nothing(
    servers: list[Server], tmp_path: Path
) -> None:
    with SplitHouse(tmp_path, servers, workers=2) as house:
        slowly(house)
        house.send_at_once(*two_of_each(60))
        wait_until(lambda: house.arrived() > 60, 20)
        servers[0].kill()
        servers[0].start()
        house.settled(120, within_s=150)
        assert broken(house, 60) == []


def test_a_shard_that_hangs_stops_its_own_orders_alone(servers: list[Server], tmp_path: Path) -> None:
    """Longer than the reader's seat and any loan lasts."""
    hung, well = number_in(2), number_in(1)
    with SplitHouse(tmp_path, servers, "orderdesk", workers=2) as house:
        assert servers[2].running is not None
        house.send(revision(well, 1)).get(timeout=30)
        wait_until(lambda: house.keys("orderdesk") == [well], 30)
        servers[2].running.send_signal(signal.SIGSTOP)
        house.send(revision(well, 2)).get(timeout=30)
        wait_until(lambda: len(house.orders("orderdesk")[0]["saves"]) == 2, 30)
        late = house.send(revision(hung, 1))
        seat = house.store.keys.key("reader", queue="ordercast.intake")
        reader = house.store.client.get(seat)
        began_ms = house.store.now_ms()
        wait_until(lambda: house.store.now_ms() > began_ms + 12_000, 20, 0.2)
        assert house.store.client.get(seat) == reader, "the reader kept its seat"
        assert not late.ready()
        servers[2].running.send_signal(signal.SIGCONT)
        assert late.get(timeout=30)["status"] in ("accepted", "duplicate")
        wait_until(lambda: sorted(house.keys("orderdesk")) == sorted([well, hung]), 30)


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
