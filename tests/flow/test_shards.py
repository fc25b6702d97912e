"""A ledger on three servers, worked by real processes: nothing lost, doubled or out of order, whoever is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.revisions import broken, two_of_each
from tests.fakes.servers import Server
from tests.fakes.split_house import SplitHouse
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
        wait_until(lambda: {(row.limit, row.gate.state) for row in house.rows().values()} == {(8, "open")})
