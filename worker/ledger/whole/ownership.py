"""Whose order a key at a provider is, where two sources' orders of one number may live in two shards."""

from __future__ import annotations

from schemas.delivery import order_digest
from schemas.event import Event
from worker.clock import Clock, uptime_s
from worker.errors import StoreUnreachable
from worker.ledger.ownership import Ownership
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import shard_of


def open_ownership(store: Store) -> Ownership:
    return SplitOwnership(store) if len(store.shards) > 1 else Ownership(store)


class SplitOwnership(Ownership):
    """As ``Ownership``. The first shard knows all sources, and who owns a number where there are several; while it is
    away the sources that were last seen there count."""

    def __init__(self, store: Store, clock: Clock = uptime_s) -> None:
        super().__init__(store, clock)
        self.each = [Ownership(shard, clock) for shard in store.shards]
        self._seen: list[str] = []

    def owner(self, provider: str, event: Event) -> str:
        rivals = [source for source in self.sources() if source != event.source]
        if not rivals:
            return event.source
        with self.store.errors():
            taken = self.store.client.hget(self.store.keys.key("owners", provider=provider), event.subject)
        return text(taken) or self._take(provider, event.subject, self.linked(provider, event, rivals))

    def linked(self, provider: str, event: Event, rivals: list[str]) -> str:
        shards = len(self.each)
        of_shard: dict[int, list[str]] = {}
        for source in rivals:
            of_shard.setdefault(shard_of(order_digest(source, event.subject), shards), []).append(source)
        linked = (self.each[shard].linked(provider, event, some) for shard, some in sorted(of_shard.items()))
        return next((source for source in linked if source != event.source), event.source)

    def sources(self) -> list[str]:
        try:
            self._seen = super().sources()
        except StoreUnreachable:
            if not self._seen:
                raise
        return self._seen
