"""Orders by the keyed hash of their customer's e-mail: of events that were accepted since there are any."""

from __future__ import annotations

from collections.abc import Iterator

from worker.ledger.store.client import Store, text

BLOCK = 16_384
"""Events in a row whose hashes are together: as in lib/delivery.lua."""
BLOCKS_AT_ONCE = 500


def orders_of(shard: Store, customer: bytes) -> list[str]:
    """The digests of all orders of a shard that an event with this e-mail was accepted of, the newest first. A round
    trip for each eight million events that there ever were, and one more. Raises ``StoreUnreachable``."""
    seqs = list(_seqs(shard, customer))
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for seq in seqs:
            pipe.hget(shard.keys.key("event", seq=seq), "o")
        orders = pipe.execute()
    return list(dict.fromkeys(text(order) for order in orders if order))


def place_of(seq: int, customer: bytes) -> tuple[str, bytes]:
    """Where the hash of an event is kept: "block first-byte", and what is in the list there."""
    return f"{seq // BLOCK} {customer[0]}", b"%b%d" % (customer, seq)


def _seqs(shard: Store, customer: bytes) -> Iterator[int]:
    with shard.errors():
        blocks = range(int(shard.client.get(shard.keys.key("seq")) or 0) // BLOCK, -1, -1)
    for start in range(0, len(blocks), BLOCKS_AT_ONCE):
        some = blocks[start : start + BLOCKS_AT_ONCE]
        with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
            for block in some:
                pipe.lrange(shard.keys.key("emails", block=block, first_byte=customer[0]), 0, -1)
            found = pipe.execute()
        for bucket in found:
            yield from (int(kept[len(customer) :]) for kept in reversed(bucket) if kept.startswith(customer))
