"""One order with everything that happened to it: its events, its deliveries, and every attempt that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from schemas.delivery import Attempt, Delivery, LastAttempt, Link, order_digest
from schemas.event import Event, event_document
from schemas.fault import Remark
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.queries.finding import order_seqs, orders_named
from worker.ledger.queries.paging import PAGE, index_members
from worker.ledger.queries.rows import DeliveryPlace, read_deliveries
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_attempt, unpack_event, unpack_final, unpack_link
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards


class PastAttempt(LastAttempt, frozen=True, kw_only=True):
    """An attempt as it is kept. ``excerpt`` is the start of the last answer, ``digest`` of what was sent."""

    excerpt: str
    digest: str


class DeliveryStory(Delivery, frozen=True, kw_only=True):
    """A delivery with its attempts, oldest first: at most the last 30."""

    history: list[PastAttempt]


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the order. ``original`` is the whole of it, as it was accepted, where a replay sent an edited one;
    ``remarks`` are what was repaired when it came in. ``erased_at`` is there where its customer was erased."""

    id: str
    type: str
    time: str
    revision: int | None
    remarks: tuple[Remark, ...] = ()
    original: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    erased_at: str | msgspec.UnsetType = msgspec.UNSET


class OrderStory(msgspec.Struct, frozen=True, kw_only=True):
    """An order × all providers. ``revision`` is the last accepted, ``status`` what the newest snapshot says."""

    source: str
    order: str
    revision: int | None
    status: str | None
    events: list[OrderEvent]
    deliveries: list[DeliveryStory]


class ListedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list, by its newest snapshot that is kept. ``events`` is how many are kept of it, ``grand`` its sum
    as text, ``links`` the order's id at each provider that has told one. Instants are RFC 3339 in UTC."""

    source: str
    order: str
    revision: int | None
    status: str | None
    currency: str | None
    grand: str | None
    placed_at: str | None
    accepted_at: str
    event_id: str
    event_type: str
    events: int
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class OrderWithEvent:
    """An order in a list, and the event that tells it."""

    shown: ListedOrder
    event: Event


@dataclass(frozen=True, slots=True)
class _KeptEvent:
    seq: int
    event: Event
    providers: tuple[str, ...]
    is_edited: bool
    erased_ms: bytes | None


class Orders:
    """Reads whole orders, each in its shard. Every method raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def named(self, number: str, source: str | None = None) -> list[tuple[str, str]]:
        """The source and digest of each order with this number."""
        if source is not None:
            return orders_named(self.shards.of(order_digest(source, number)), number, source)
        return sorted(pair for pairs in self.shards.each(lambda shard: orders_named(shard, number)) for pair in pairs)

    def listed(
        self, source: str | None = None, since_ms: int | None = None, until_ms: int | None = None
    ) -> Iterator[OrderWithEvent]:
        """Every order once, by when its newest snapshot was accepted, of each shard the newest first; read a page at a
        time. An order without a snapshot is told by its first event."""
        for shard in self.shards:
            yield from (one for one in _listed(shard, since_ms, until_ms) if source in (None, one.shown.source))

    def story(self, digest: str) -> OrderStory:
        """All that is kept of an order that ``named`` found."""
        shard = self.shards.of(digest)
        with shard.errors():
            known = shard.client.hmget(shard.keys.key("order", order=digest), "s", "n", "r", "q")
        source, number, revision, newest = known
        events = _events(shard, sorted(set(order_seqs(shard, digest))))
        return OrderStory(
            source=text(source),
            order=text(number),
            revision=int(revision) if revision else None,
            status=_status(events, int(newest or 0)),
            events=[_shown(one) for one in events],
            deliveries=_deliveries(shard, events, read_table(shard)),
        )


def _listed(shard: Store, since_ms: int | None, until_ms: int | None) -> Iterator[OrderWithEvent]:
    names = [row.name for row in read_table(shard).rows]
    highest, lowest = "+inf" if until_ms is None else until_ms, "-inf" if since_ms is None else since_ms
    members = index_members(shard, shard.keys.key("events"), highest=highest, lowest=lowest)
    while page := [seq for _, seq in islice(members, PAGE)]:
        with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
            for seq in page:
                pipe.hmget(shard.keys.key("event", seq=seq), "a", "b", "o", *(f">{name}" for name in names))
            events = [(seq, row) for seq, row in zip(page, pipe.execute(), strict=True) if row[1]]
            for _, (_, _, order, *_) in events:
                pipe.hgetall(shard.keys.key("order", order=text(order)))
                pipe.llen(shard.keys.key("order_events", order=text(order)))
            told = pipe.execute()
        for (seq, (accepted, body, _, *ends)), order, further in zip(events, told[::2], told[1::2], strict=True):
            if int(order.get(b"q") or order.get(b"e") or 0) == seq:
                # What an order's only event has learned is kept with that: see FinalDelivery.
                learned = {name: end.link for name, end in zip(names, map(unpack_final, ends), strict=True) if end}
                yield _listed_order(unpack_event(body), int(accepted), order, int(further), learned)


def _listed_order(
    event: Event, accepted_ms: int, kept: dict[bytes, bytes], further: int, learned: dict[str, Link | None]
) -> OrderWithEvent:
    links = learned | {text(name)[2:]: unpack_link(link) for name, link in kept.items() if name.startswith(b"l:")}
    order = event.data.order
    shown = ListedOrder(
        source=event.source,
        order=event.subject,
        revision=event.revision,
        status=order.status if order else None,
        currency=order.currency if order else None,
        grand=format(order.totals.grand, "f") if order else None,
        placed_at=order.placed_at.isoformat().replace("+00:00", "Z") if order else None,
        accepted_at=instant(accepted_ms),
        event_id=event.id,
        event_type=event.type.value,
        events=further + (b"e" in kept),
        links={name: link.order_id for name, link in links.items() if link and link.order_id},
    )
    return OrderWithEvent(shown, event)


def _events(shard: Store, seqs: list[int]) -> list[_KeptEvent]:
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for seq in seqs:
            pipe.hgetall(shard.keys.key("event", seq=seq))
        rows = pipe.execute()
    return [_kept(seq, row) for seq, row in zip(seqs, rows, strict=True) if b"b" in row]


def _deliveries(shard: Store, events: list[_KeptEvent], table: Table) -> list[DeliveryStory]:
    """By provider in the order of the table, then by arrival: as each lane reads."""
    names = [row.name for row in table.rows]
    places = [DeliveryPlace(name, one.seq) for name in names for one in events if name in one.providers]
    attempts = dict(zip(places, _attempts(shard, places), strict=True))
    return [
        _with_history(delivery, attempts[place]) for place, delivery in read_deliveries(shard, places, table).items()
    ]


def _attempts(shard: Store, places: list[DeliveryPlace]) -> list[list[Attempt]]:
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for place in places:
            pipe.lrange(shard.keys.key("attempts", provider=place.provider, seq=place.seq), 0, -1)
            pipe.hget(shard.keys.key("event", seq=place.seq), f">{place.provider}")
        answers = pipe.execute()
    pairs = zip(answers[::2], answers[1::2], strict=True)
    return [_all_attempts([unpack_attempt(kept) for kept in listed], packed) for listed, packed in pairs]


def _kept(seq: int, row: dict[bytes, bytes]) -> _KeptEvent:
    """An event's record: ``b`` its body, ``>provider`` its deliveries, ``e…`` what edited replays sent instead,
    ``x`` when it was erased."""
    providers = tuple(text(name[1:]) for name in row if name.startswith(b">"))
    is_edited = any(name.startswith(b"e") for name in row)
    return _KeptEvent(seq, unpack_event(row[b"b"]), providers, is_edited, row.get(b"x"))


def _all_attempts(listed: list[Attempt], packed: bytes | None) -> list[Attempt]:
    """The list, and the one attempt that a final delivery keeps packed: in the list too where there were several."""
    final = unpack_final(packed)
    if final is None or not final.last_attempt:
        return listed
    attempt = unpack_attempt(final.last_attempt)
    return listed if attempt in listed else [*listed, attempt]


def _with_history(delivery: Delivery, attempts: list[Attempt]) -> DeliveryStory:
    fields = {name: getattr(delivery, name) for name in Delivery.__struct_fields__}
    return DeliveryStory(**fields, history=[_past(attempt) for attempt in attempts])


def _past(attempt: Attempt) -> PastAttempt:
    return PastAttempt(
        number=attempt.number,
        at=instant(attempt.at_ms),
        took_ms=attempt.took_ms,
        outcome=attempt.outcome,
        reason=attempt.reason,
        http_status=attempt.http_status,
        message=attempt.message,
        excerpt=attempt.excerpt,
        digest=attempt.digest,
    )


def _shown(one: _KeptEvent) -> OrderEvent:
    event = one.event
    return OrderEvent(
        id=event.id,
        type=event.type.value,
        time=event.time.isoformat().replace("+00:00", "Z"),
        revision=event.revision,
        remarks=event.remarks,
        original=event_document(event) if one.is_edited else msgspec.UNSET,
        erased_at=instant(int(one.erased_ms)) if one.erased_ms else msgspec.UNSET,
    )


def _status(events: list[_KeptEvent], newest: int) -> str | None:
    """What the snapshot of this arrival says; where it is kept no longer, the last that is."""
    snapshots = [one for one in events if one.event.is_snapshot]
    found = [one for one in snapshots if one.seq == newest] or snapshots
    return found[-1].event.order.status if found else None
