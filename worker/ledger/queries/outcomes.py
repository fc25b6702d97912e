"""What attempts came to, as they end: for pages that look on. Where a provider is served faster than twenty
deliveries a second, one clean outcome in 50 ms is told for all (lib/outcomes.lua); whatever is not clean is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from schemas.delivery import delivery_id
from worker.ledger.queries.paging import BadCursor
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards

MOST = 100
_CURSOR = re.compile(r"\d{1,15}-\d{1,15}")


class AttemptEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt ended: the delivery's state then, the outcome and its reason, how long it took. ``at`` is RFC
    3339 in UTC. ``more`` is how many clean ones of that provider ended since the one told before, and are not told.
    ``delivery``, ``order`` and ``source`` are ``None`` where the event is kept no more."""

    at: str
    provider: str
    state: str
    outcome: str
    reason: str
    took_ms: int | None
    more: int
    delivery: str | None
    order: str | None
    source: str | None


class _Told(NamedTuple):
    """An entry of the stream, in the order of ``outcomes.write`` in lib/outcomes.lua."""

    provider: str
    seq: str
    state: str
    outcome: str
    reason: str
    took: str
    at: str
    more: str


class Outcomes:
    """The streams of all shards, of about 10,000 outcomes each."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def since(self, cursor: str | None = None, most: int = MOST) -> tuple[list[AttemptEnd], str]:
        """Up to ``most`` outcomes from behind the cursor on, the oldest first, and the cursor behind them. Without one:
        the last ones. Never waits. Raises ``BadCursor`` for what is none, and ``StoreUnreachable``."""
        places = cursor.split(".") if cursor else [""] * len(self.shards)
        if len(places) != len(self.shards) or not all(_CURSOR.fullmatch(one) for one in places if cursor):
            raise BadCursor
        found = self.shards.each(lambda shard: _entries(shard, places[shard.number], most))
        merged = [(one, number, place) for number, entries in enumerate(found) for place, one in entries]
        merged.sort(key=lambda entry: int(entry[0].at))
        taken = merged[:most] if cursor else merged[len(merged) - most :] if len(merged) > most else merged
        behind = [place or "0-0" for place in places]
        for _, number, place in taken:
            behind[number] = place
        told: dict[tuple[int, str], AttemptEnd] = {}
        for of_shard in self.shards.each(partial(_named, taken=taken)):
            told |= of_shard
        return [told[number, place] for _, number, place in taken], ".".join(behind)


def _entries(shard: Store, behind: str, most: int) -> list[tuple[str, _Told]]:
    key = shard.keys.key("outcomes")
    with shard.errors():
        if behind:
            page = shard.client.xrange(key, f"({behind}", "+", count=most)
        else:
            page = shard.client.xrevrange(key, "+", "-", count=most)[::-1]
    return [(text(place), _Told(*text(entry[b"o"]).split("|"))) for place, entry in page]


def _named(shard: Store, *, taken: Sequence[tuple[_Told, int, str]]) -> dict[tuple[int, str], AttemptEnd]:
    """Those of one shard, with what they are of."""
    here = [(one, number, place) for one, number, place in taken if number == shard.number]
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for one, _, _ in here:
            pipe.hget(shard.keys.key("event", seq=one.seq), "b")
        bodies = pipe.execute()
    return {(number, place): _end(one, body) for (one, number, place), body in zip(here, bodies, strict=True)}


def _end(one: _Told, body: bytes | None) -> AttemptEnd:
    event = unpack_event(body) if body else None
    return AttemptEnd(
        at=instant(one.at),
        provider=one.provider,
        state=one.state,
        outcome=one.outcome,
        reason=one.reason,
        took_ms=int(one.took) if one.took else None,
        more=int(one.more),
        delivery=delivery_id(one.provider, event.source, event.id) if event else None,
        order=event.subject if event else None,
        source=event.source if event else None,
    )
