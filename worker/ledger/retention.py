"""Retention: what has ended long ago is forgotten, a bounded number at a time. Dead letters stay until handled."""

from __future__ import annotations

from schemas.delivery import delivery_id
from schemas.event import Event
from worker.ledger.customers import Customers
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event

BATCH = 200


class Retention:
    """Walks the events of one shard from the oldest on. Any number may walk at once: each forgetting is atomic and safe
    to repeat.

    Fails open: where the store is away, nothing is forgotten.
    """

    def __init__(self, shard: Store, keep_ms: int, customers: Customers) -> None:
        self.shard = shard
        self.customers = customers
        self.keep_ms = keep_ms
        self._after: float = float("-inf")

    def sweep(self, now_ms: int) -> int:
        """Forget up to 200 events whose deliveries have all ended before the retention. Gives how many were forgotten.

        An event with a dead letter is passed over, and looked at again when the walk has come to the end.
        """
        key = self.shard.keys.key("events")
        with self.shard.errors():
            page = self.shard.client.zrange(
                key, f"({self._after}", now_ms - self.keep_ms, byscore=True, offset=0, num=BATCH, withscores=True
            )
        self._after = page[-1][1] if len(page) == BATCH else float("-inf")
        calls = self._calls([int(seq) for seq, _ in page])
        return sum(int(answer) for answer in self.shard.run_each("forget", calls)) if calls else 0

    def _calls(self, seqs: list[int]) -> list[tuple[object, ...]]:
        with self.shard.errors(), self.shard.client.pipeline(transaction=False) as pipe:
            for seq in seqs:
                pipe.hgetall(self.shard.keys.key("event", seq=seq))
            rows = pipe.execute()
        return [self._call(seq, kept) for seq, kept in zip(seqs, rows, strict=True) if b"b" in kept]

    def _call(self, seq: int, kept: dict[bytes, bytes]) -> tuple[object, ...]:
        event: Event = unpack_event(kept[b"b"])
        names = [text(name)[1:] for name in kept if name.startswith(b">")]
        ids = [part for name in names for part in (name, delivery_id(name, event.source, event.id))]
        return (seq, text(kept[b"o"]), self.customers.hash_in(event), *ids)
