"""A ledger on three servers, of which one is killed or hangs: nothing lost, doubled or out of order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.revisions import broken, revision, two_of_each
from tests.fakes.servers import Server
from tests.fakes.split_house import SplitHouse, number_in, slowly
from tests.fakes.waiting import wait_until


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[Server]]:
    with ExitStack() as running:
        yield [running.enter_context(Server(tmp_path / f"store{n}")) for n in range(3)]


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
