"""Events that are kept: all of them, or one by its own id. Reads only; every method raises ``StoreUnreachable``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from schemas.event import Event
from worker.ledger.queries.finding import seq_of_event
from worker.ledger.queries.paging import PAGE, index_members
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event
from worker.ledger.store.shards import Shards

EDIT = re.compile(rb"e(\d+):(.+)").fullmatch


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event that is kept, as it was accepted, and by provider what an edited replay sent in its place last. Of one
    that ``is_erased`` nothing is left of what it said."""

    event: Event
    edits: Mapping[str, Event]
    is_erased: bool = False


class Events:
    """Finds events in the shards of their orders."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def listed(self) -> Iterator[tuple[int, Event]]:
        """Every event that is kept, with the number of its arrival as people see it, read a page at a time; of a shard
        the newest first."""
        for shard in self.shards:
            yield from ((self.shards.number(shard, seq), event) for seq, event in _events(shard))

    def kept(self, source: str, event_id: str) -> KeptEvent | None:
        """An event by its own id; ``None`` where it is not kept any more."""
        return next((found for shard in self.shards if (found := _kept(shard, source, event_id))), None)

    def sources(self) -> list[str]:
        """Every source that ever sent an event."""
        return sorted(set().union(*self.shards.each(_sources)))


def read_event(shard: Store, seq: int) -> KeptEvent | None:
    """The event of this number in a shard, ``None`` where it is not kept any more."""
    with shard.errors():
        row = shard.client.hgetall(shard.keys.key("event", seq=seq))
    if b"b" not in row:
        return None
    edits = sorted((int(found[1]), text(found[2]), body) for field, body in row.items() if (found := EDIT(field)))
    return KeptEvent(unpack_event(row[b"b"]), {name: unpack_event(body) for _, name, body in edits}, b"x" in row)


def _kept(shard: Store, source: str, event_id: str) -> KeptEvent | None:
    seq = seq_of_event(shard, source, event_id)
    return None if seq is None else read_event(shard, seq)


def _sources(shard: Store) -> set[str]:
    with shard.errors():
        return {text(source) for source in shard.client.smembers(shard.keys.key("sources"))}


def _events(shard: Store) -> Iterator[tuple[int, Event]]:
    seqs = (seq for _, seq in index_members(shard, shard.keys.key("events")))
    while page := list(islice(seqs, PAGE)):
        with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
            for seq in page:
                pipe.hget(shard.keys.key("event", seq=seq), "b")
            bodies = pipe.execute()
        yield from ((seq, unpack_event(body)) for seq, body in zip(page, bodies, strict=True) if body)
