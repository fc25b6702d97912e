"""A whole Ordercast whose ledger is split over several servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from schemas.delivery import order_digest
from tests.fakes.apart import HouseApart
from tests.fakes.house import VENDORS
from tests.fakes.revisions import revision
from tests.fakes.servers import Server
from worker.ledger.store.client import Store
from worker.ledger.store.shards import open_store, shard_of


class SplitHouse(HouseApart):
    """As ``HouseApart``: the first server is store and broker too, the others are the further shards."""

    def __init__(self, directory: Path, servers: list[Server], *providers: str, **more: Any) -> None:
        super().__init__(directory, *providers, place=servers[0].url, **more)
        self.further = [server.url for server in servers[1:]]

    @property
    def environ(self) -> dict[str, str]:
        return {**super().environ, "ORDERCAST_STORE_SHARDS": " ".join(self.further)}

    def open_store(self) -> Store:
        store = open_store(self.place, self.further)
        for shard in store.shards[1:]:
            self._closing.callback(shard.close)
        return store

    def arrived(self) -> int:
        """How many events the further shards have."""
        shards = self.store.shards[1:]
        return sum(int(shard.client.get(shard.keys.key("seq")) or 0) for shard in shards)


def slowly(house: SplitHouse) -> None:
    for kind in VENDORS:
        house.fault(kind, do="delay", delay_s=0.03, times=None)


def number_in(shard: int) -> str:
    """An order of the played shop that lives in this shard of three."""
    source = revision("N0", 1)["source"]
    return next(f"N{n}" for n in range(1000) if shard_of(order_digest(source, f"N{n}"), 3) == shard)
