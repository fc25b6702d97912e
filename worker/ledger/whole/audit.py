"""The record of what people did, over all shards: most of it is in the first, a link's in its order's own."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from worker.ledger.audit import Audit, Deed
from worker.ledger.store.client import Store


def open_audit(store: Store) -> Audit:
    return SplitAudit(store) if len(store.shards) > 1 else Audit(store)


class SplitAudit(Audit):
    """As ``Audit``. A pause is on record in every shard, a moment apart: it is told once."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Audit(shard) for shard in store.shards]

    def deeds(self) -> Iterator[Deed]:
        told: Deed | None = None
        for deed in heapq.merge(*(audit.deeds() for audit in self.each), key=lambda deed: deed.at, reverse=True):
            if told is None or _without_time(deed) != _without_time(told):
                yield deed
            told = deed


def _without_time(deed: Deed) -> tuple[str, ...]:
    return deed.who, deed.verb, deed.what, deed.why
