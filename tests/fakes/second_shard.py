"""A ledger of two shards in which everything is in the second one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from schemas.config import ProviderConfig
from schemas.delivery import Delivery, order_digest
from schemas.event import Event
from schemas.outcome import Reason
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, SOURCE, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.queries.progress import EventProgress
from worker.ledger.store.client import Store
from worker.ledger.store.shards import open_store

NOBODY = "redis://127.0.0.1:1/0"


class World:
    """A ledger of two shards. The order ``number`` lives in the second one, with one event that waits at one provider;
    the first shard has nothing."""

    def __init__(self, url: str) -> None:
        self.split = SplitLedger((url, url), "one")
        self.store = self.split.store
        self.last = self.store.shards[1]
        [self.number] = self.split.numbers(1, 1)
        self.digest = order_digest(SOURCE, self.number)
        self.event = snapshot("e1", self.number)
        self.split.accept(self.event)
        self.split.borrow(rounds=6)
        self.split.at = 1

    @property
    def delivery(self) -> Delivery:
        [found] = self.split.deliveries()
        return found

    @property
    def more(self) -> dict[str, ProviderConfig]:
        one = self.split.configs["one"]
        return {"one": one, "two": replace(one, name="two")}

    @property
    def later(self) -> Event:
        return snapshot("e2", self.number)

    @property
    def rival(self) -> Event:
        """Another source's event of the same number."""
        return snapshot("e1", self.number, source="shop/two")

    def bury(self) -> str:
        self.split.finish(self.split.claim_in(1), REJECTED, BURY)
        return self.delivery.id

    def deliver(self) -> str:
        self.split.finish(self.split.claim_in(1), ACCEPTED, DELIVER)
        return self.delivery.id

    def refuse(self) -> int:
        return self.split.intake.refuse(b"{}", Reason.INVALID, [], source=SOURCE, order=self.number)

    def followed(self) -> EventProgress:
        progress = EventProgress(self.store)
        progress.follow([self.delivery.id])
        return progress

    def looked(self, *, ended: bool = False) -> EventProgress:
        if ended:
            self.split.dead.discard(self.delivery.id)
        progress = self.followed()
        progress.look()
        return progress

    def members(self, name: str, **parts: str) -> int:
        """How many of an index there are in the second shard."""
        return int(self.last.client.zcard(self.last.keys.key(name, **parts)))

    def without_the_second(self) -> Store:
        return open_store(self.store.url, [NOBODY])


@contextmanager
def synced(client: Any) -> Iterator[None]:
    """The tests' store leaves its writes to the system, but for here."""
    client.config_set("appendfsync", "always")
    yield
    client.config_set("appendfsync", "no")
