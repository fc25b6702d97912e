"""The newest snapshot of each order of a shard, and whether a provider has it. Reads only; every function raises
``StoreUnreachable``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from schemas.delivery import State
from schemas.event import Event, EventType
from worker.ledger.queries.finding import order_seqs, orders_named
from worker.ledger.queries.paging import index_members
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event, unpack_final

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class NewestSnapshot:
    """The newest snapshot of an order, by the order's digest. ``event`` is ``None`` where it is not kept any more, or
    none ever came in; ``is_there`` says that the provider has a delivery
    of it, whatever came of that, ``is_delivered`` that it was delivered there, ``was_delivered`` that it or an earlier
    one was."""

    order: str
    seq: int
    event: Event | None
    is_there: bool
    is_delivered: bool
    was_delivered: bool


def newest_since(
    shard: Store, provider: str, since_ms: int | None, *, source: str | None = None, number: str | None = None
) -> Iterator[NewestSnapshot]:
    """Of each order of which an event was accepted since then, or of each of a number; the one that was last heard of
    first."""
    orders = _since(shard, since_ms) if number is None else (one for _, one in orders_named(shard, number, source))
    while page := list(islice(orders, AT_ONCE)):
        yield from read_newest(shard, page, provider, source=source)


def read_newest(
    shard: Store, orders: Sequence[str], provider: str, *, source: str | None = None
) -> list[NewestSnapshot]:
    """Of each of these orders that are of this source, in order. Two round trips."""
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for order in orders:
            pipe.hmget(shard.keys.key("order", order=order), "q", "e", f"d:{provider}", "s")
        heads = pipe.execute()
        found = [
            (order, int(newest or 0), text(first or b""), last is not None)
            for order, (newest, first, last, of) in zip(orders, heads, strict=True)
            if of is not None and source in (None, text(of))
        ]
        for _, newest, first, _ in found:
            pipe.hmget(shard.keys.key("event", seq=newest), "b", f">{provider}")
            pipe.hget(shard.keys.key("event", seq=first), f">{provider}")
        rows = pipe.execute()
    told = zip(found, rows[::2], rows[1::2], strict=True)
    return [
        # What an order's only event comes to is told by that event alone.
        _newest(order, newest, body, state, was_delivered=last or _is_delivered(of_first))
        for (order, newest, _, last), (body, state), of_first in told
    ]


def actions_after(shard: Store, provider: str, one: NewestSnapshot) -> dict[EventType, bool]:
    """The types of the actions for a provider that came in after an order's newest snapshot, and whether one of that
    type was delivered there."""
    later = [seq for seq in order_seqs(shard, one.order) if seq > one.seq]
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for seq in later:
            pipe.hmget(shard.keys.key("event", seq=seq), "b", f">{provider}")
        rows = pipe.execute()
    found: dict[EventType, bool] = {}
    for body, state in rows:
        if body and state is not None and not (event := unpack_event(body)).is_snapshot:
            found[event.type] = found.get(event.type, False) or _is_delivered(state)
    return found


def _newest(order: str, seq: int, body: bytes | None, state: bytes | None, *, was_delivered: bool) -> NewestSnapshot:
    event, is_delivered = unpack_event(body) if body else None, _is_delivered(state)
    return NewestSnapshot(order, seq, event, state is not None, is_delivered, was_delivered or is_delivered)


def _is_delivered(packed: bytes | None) -> bool:
    final = unpack_final(packed)
    return final is not None and final.state is State.DELIVERED


def _since(shard: Store, since_ms: int | None) -> Iterator[str]:
    """The orders of all events that were accepted since then, each once."""
    lowest = "-inf" if since_ms is None else since_ms
    seqs = (seq for _, seq in index_members(shard, shard.keys.key("events"), lowest=lowest, size=AT_ONCE))
    seen: set[str] = set()
    while page := list(islice(seqs, AT_ONCE)):
        with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
            for seq in page:
                pipe.hget(shard.keys.key("event", seq=seq), "o")
            found = [text(order) for order in pipe.execute() if order is not None]
        for order in found:
            if order not in seen:
                seen.add(order)
                yield order
