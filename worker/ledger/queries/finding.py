"""Where something is kept in one shard: a delivery by its id or the beginning of one, an event by its own id, an order
by its number. Every function raises ``StoreUnreachable``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.delivery import order_digest
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import identity_of

AT_ONCE = 1_000
"""As many as one step looks for: Lua passes on some thousand arguments, and no more."""
SCANNED_AT_ONCE = 5_000
KEPT_CHARS = 12
"""So many characters of an id, behind its ``d``, name the entry of the index."""


def seqs_of(shard: Store, delivery_ids: Sequence[str]) -> list[int | None]:
    """The number of each event's arrival, ``None`` for a delivery that the shard does not know. One round trip for any
    number of them."""
    calls = [tuple(delivery_ids[start : start + AT_ONCE]) for start in range(0, len(delivery_ids), AT_ONCE)]
    answers = shard.run_each("find", calls) if calls else []
    return [None if seq is None else int(seq) for answer in answers for seq in answer]


def seqs_beginning(shard: Store, beginning: str) -> list[int]:
    """The numbers of the arrivals of all events that have a delivery whose id begins so. Looks through the whole index,
    a piece at a time: about a second for a million events."""
    wanted = f"{beginning[1 : KEPT_CHARS + 1]}*"
    with shard.errors():
        blocks = [int(block) for block in shard.client.zrevrange(shard.keys.key("id_blocks"), 0, -1)]
        keys = [shard.keys.key("ids", block=block) for block in blocks]
        found = {int(seq) for key in keys for _, seq in _scanned(shard, key, wanted)}
    return sorted(found, reverse=True)


def seq_of_event(shard: Store, source: str, event_id: str) -> int | None:
    """The number of an event's arrival, ``None`` where this source sent none of that id within the days that ids are
    kept."""
    identity = identity_of(source, event_id)
    with shard.errors():
        generations = shard.client.zrevrange(shard.keys.key("generations"), 0, -1)
        with shard.client.pipeline(transaction=False) as pipe:
            for generation in generations:
                pipe.hget(shard.keys.key("seen", generation=int(generation)), identity)
            known = pipe.execute()
    return next((int(text.split(b"|")[0]) for text in known if text), None)


def orders_named(shard: Store, number: str, source: str | None = None) -> list[tuple[str, str]]:
    """The source and the digest of each order of a number: one source's, or every source's that has such an order."""
    with shard.errors():
        sources = [source] if source else [text(s) for s in shard.client.smembers(shard.keys.key("sources"))]
        named = [(one, order_digest(one, number)) for one in sorted(sources)]
        return [(one, digest) for one, digest in named if shard.client.exists(shard.keys.key("order", order=digest))]


def order_seqs(shard: Store, digest: str) -> list[int]:
    """The arrival numbers of an order's events, in the order in which they were accepted."""
    with shard.errors():
        first = shard.client.hget(shard.keys.key("order", order=digest), "e")
        further = shard.client.lrange(shard.keys.key("order_events", order=digest), 0, -1)
        return [int(seq) for seq in (*filter(None, [first]), *further)]


def _scanned(shard: Store, key: str, wanted: str) -> Iterator[tuple[bytes, bytes]]:
    found: Iterator[tuple[bytes, bytes]] = shard.client.hscan_iter(key, match=wanted, count=SCANNED_AT_ONCE)
    return found
