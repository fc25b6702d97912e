"""Whose order a key at a provider is, where shops with the same order numbers share one account.

A key belongs to the source that first used it at that provider (canonical-event.md, Identity). Costs nothing while the
ledger knows one source only.
"""

from __future__ import annotations

from schemas.delivery import order_digest
from schemas.event import Event
from worker.clock import Clock, uptime_s
from worker.errors import StoreUnreachable
from worker.ledger.links import read_links
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import Shards

SOURCES_KEPT_S = 1.0


class Ownership:
    """Says which source a key at a provider belongs to. The first shard knows all sources, and who owns a number where
    there are several; while it is away the sources that were last seen there count. Raises ``StoreUnreachable``."""

    def __init__(self, store: Store, clock: Clock = uptime_s) -> None:
        self.shards = Shards(store)
        self._clock = clock
        self._sources: list[str] = []
        self._read_at_s = -SOURCES_KEPT_S

    def owner(self, provider: str, event: Event) -> str:
        """The source that owns the event's order number at this provider; the event's own takes a free one."""
        rivals = [source for source in self.sources() if source != event.source]
        if not rivals:
            return event.source
        if len(self.shards) > 1 and (taken := self._taken(provider, event.subject)):
            return taken  # who owns it is asked of one shard, before all of them are asked for links
        return self._take(provider, event.subject, self.linked(provider, event, rivals))

    def present_owner(self, provider: str, event: Event) -> str:
        """The same, and nothing is taken: the event's own source where nobody owns the number yet."""
        rivals = [source for source in self.sources() if source != event.source]
        if not rivals:
            return event.source
        return self._taken(provider, event.subject) or self.linked(provider, event, rivals)

    def linked(self, provider: str, event: Event, rivals: list[str]) -> str:
        """The rival that has this number linked at the provider, else the event's own source."""
        of_shard: dict[int, list[tuple[str, str]]] = {}
        for source in rivals:
            order = order_digest(source, event.subject)
            of_shard.setdefault(self.shards.of(order).number, []).append((source, order))
        for number, some in sorted(of_shard.items()):
            found = read_links(self.shards.all[number], [(provider, order) for _, order in some])
            if linked := next((source for (source, _), known in zip(some, found, strict=True) if any(known)), None):
                return linked
        return event.source

    def sources(self) -> list[str]:
        """Every source that ever sent an event, as it was at most a second ago."""
        if self._clock() - self._read_at_s >= SOURCES_KEPT_S:
            first = self.shards.first
            try:
                with first.errors():
                    self._sources = sorted(text(s) for s in first.client.smembers(first.keys.key("sources")))
                self._read_at_s = self._clock()
            except StoreUnreachable:
                if len(self.shards) == 1 or not self._sources:
                    raise
        return self._sources

    def _taken(self, provider: str, number: str) -> str:
        first = self.shards.first
        with first.errors():
            return text(first.client.hget(first.keys.key("owners", provider=provider), number))

    def _take(self, provider: str, number: str, source: str) -> str:
        first = self.shards.first
        key = first.keys.key("owners", provider=provider)
        with first.errors(), first.client.pipeline(transaction=False) as pipe:
            pipe.hsetnx(key, number, source)
            pipe.hget(key, number)
            return text(pipe.execute()[1])
