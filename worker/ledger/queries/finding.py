"""Where a delivery is kept, by its id or the beginning of one; and an event, by its own id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worker.ledger.store.client import Store
from worker.ledger.store.codec import identity_of

AT_ONCE = 1_000
"""As many as one step looks for: Lua passes on some thousand arguments, and no more."""


def seqs_of(store: Store, delivery_ids: Sequence[str]) -> list[int | None]:
    """The number of each event's arrival, ``None`` for a delivery that the ledger does not know. One round trip for any
    number of them. Raises ``StoreUnreachable``."""
    calls = [tuple(delivery_ids[start : start + AT_ONCE]) for start in range(0, len(delivery_ids), AT_ONCE)]
    answers = store.run_each("find", calls) if calls else []
    return [None if seq is None else int(seq) for answer in answers for seq in answer]


SCANNED_AT_ONCE = 5_000
KEPT_CHARS = 12
"""So many characters of an id, behind its ``d``, name the entry of the index."""


def seqs_beginning(store: Store, beginning: str) -> list[int]:
    """The numbers of the arrivals of all events that have a delivery whose id begins so. Looks through the whole index,
    a piece at a time: about a second for a million events. Raises ``StoreUnreachable``."""
    wanted = f"{beginning[1 : KEPT_CHARS + 1]}*"
    with store.errors():
        blocks = [int(block) for block in store.client.zrevrange(store.keys.key("id_blocks"), 0, -1)]
        keys = [store.keys.key("ids", block=block) for block in blocks]
        found = {int(seq) for key in keys for _, seq in _scanned(store, key, wanted)}
    return sorted(found, reverse=True)


def seq_of_event(store: Store, source: str, event_id: str) -> int | None:
    """The number of an event's arrival, ``None`` where this source sent none of that id within the days that ids are
    kept. Raises ``StoreUnreachable``."""
    identity = identity_of(source, event_id)
    with store.errors():
        generations = store.client.zrevrange(store.keys.key("generations"), 0, -1)
        with store.client.pipeline(transaction=False) as pipe:
            for generation in generations:
                pipe.hget(store.keys.key("seen", generation=int(generation)), identity)
            known = pipe.execute()
    return next((int(text.split(b"|")[0]) for text in known if text), None)


def _scanned(store: Store, key: str, wanted: str) -> Iterator[tuple[bytes, bytes]]:
    found: Iterator[tuple[bytes, bytes]] = store.client.hscan_iter(key, match=wanted, count=SCANNED_AT_ONCE)
    return found
