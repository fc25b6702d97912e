"""Retention: what has ended long ago is forgotten, a bounded number at a time. Dead letters stay until handled."""

from __future__ import annotations

from schemas.delivery import delivery_id
from schemas.event import Event
from worker.ledger.connection import Store, text
from worker.ledger.records import unpack_event

BATCH = 50


class Tidy:
    """Walks the events from the oldest on. Any number may walk at once: each forgetting is atomic and safe to repeat.

    Fails open: where the store is away, nothing is forgotten.
    """

    def __init__(self, store: Store, keep_ms: int) -> None:
        self.store = store
        self.keep_ms = keep_ms
        self._after: float = float("-inf")

    def sweep(self, now_ms: int) -> int:
        """Forget up to 50 events whose deliveries have all ended before the retention. Gives how many were forgotten.

        An event with a dead letter is passed over, and looked at again when the walk has come to the end.
        """
        key = self.store.keys.key("events")
        with self.store.errors():
            page = self.store.client.zrange(
                key, f"({self._after}", now_ms - self.keep_ms, byscore=True, offset=0, num=BATCH, withscores=True
            )
        self._after = page[-1][1] if len(page) == BATCH else float("-inf")
        calls = [call for seq, _ in page if (call := self._call(int(seq)))]
        return sum(int(answer) for answer in self.store.run_each("forget", calls)) if calls else 0

    def _call(self, seq: int) -> tuple[object, ...] | None:
        with self.store.errors():
            kept = self.store.client.hgetall(self.store.keys.key("event", seq=seq))
        if b"b" not in kept:
            return None
        event: Event = unpack_event(kept[b"b"])
        names = [text(name)[1:] for name in kept if name.startswith(b">")]
        ids = [part for name in names for part in (name, delivery_id(name, event.source, event.id))]
        return (seq, text(kept[b"o"]), *ids)
