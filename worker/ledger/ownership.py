"""Whose order a key at a provider is, where shops with the same order numbers share one account.

A key belongs to the source that first used it at that provider (canonical-event.md, Identity). Costs nothing while the
ledger knows one source only.
"""

from __future__ import annotations

from schemas.delivery import order_digest
from schemas.event import Event
from worker.clock import Clock, uptime_s
from worker.ledger.links import read_links
from worker.ledger.store.client import Store, text

SOURCES_KEPT_S = 1.0


class Ownership:
    """Says which source a key at a provider belongs to. Raises ``StoreUnreachable``."""

    def __init__(self, store: Store, clock: Clock = uptime_s) -> None:
        self.store = store
        self._clock = clock
        self._sources: list[str] = []
        self._read_at_s = -SOURCES_KEPT_S

    def owner(self, provider: str, event: Event) -> str:
        """The source that owns the event's order number at this provider; the event's own takes a free one."""
        rivals = [source for source in self.sources() if source != event.source]
        return self._take(provider, event.subject, self.linked(provider, event, rivals)) if rivals else event.source

    def linked(self, provider: str, event: Event, rivals: list[str]) -> str:
        """The rival that has this number linked at the provider, else the event's own source."""
        places = [(provider, order_digest(source, event.subject)) for source in rivals]
        found = zip(rivals, read_links(self.store, places), strict=True)
        return next((source for source, known in found if any(known)), event.source)

    def sources(self) -> list[str]:
        """Every source that ever sent an event, as it was at most a second ago."""
        if self._clock() - self._read_at_s >= SOURCES_KEPT_S:
            with self.store.errors():
                self._sources = sorted(text(s) for s in self.store.client.smembers(self.store.keys.key("sources")))
            self._read_at_s = self._clock()
        return self._sources

    def _take(self, provider: str, number: str, source: str) -> str:
        key = self.store.keys.key("owners", provider=provider)
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            pipe.hsetnx(key, number, source)
            pipe.hget(key, number)
            return text(pipe.execute()[1])
