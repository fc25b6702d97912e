"""Deliveries as people see them, found by any filter. Reads only; every method raises ``StoreUnreachable``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from schemas.delivery import FINAL_STATES, Delivery, State, delivery_id, order_digest
from schemas.event import Event
from worker.errors import OrdercastError
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.queries.events import read_event
from worker.ledger.queries.finding import order_seqs, orders_named, seqs_beginning, seqs_of
from worker.ledger.queries.paging import (
    PAGE,
    SCANNED,
    Cursor,
    Entry,
    Listing,
    Mark,
    Members,
    Page,
    Stretch,
    all_pages,
    index_members,
    list_number,
)
from worker.ledger.queries.rows import DeliveryPlace, read_deliveries
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import FinalDelivery, unpack_event
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards, all_came

OPEN_STATES = frozenset({State.PENDING, State.ATTEMPTING, State.PARKED})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries: every part that is set must agree. ``since_ms`` and ``until_ms`` bound the time of acceptance,
    the store's clock; ``order`` is an order number. ``fingerprint`` is of dead letters, or the beginning of one."""

    provider: str | None = None
    state: State | None = None
    reason: str | None = None
    type: str | None = None
    source: str | None = None
    order: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    fingerprint: str | None = None

    def takes(self, delivery: Delivery) -> bool:
        """Whether a delivery agrees. Instants of the ledger compare as texts."""
        return (
            self.provider in (None, delivery.provider)
            and self.state in (None, delivery.state)
            and (self.reason is None or self.reason in (delivery.reason, _attempt_reason(delivery)))
            and self.type in (None, delivery.event_type)
            and self.source in (None, delivery.source)
            and self.order in (None, delivery.order)
            and (self.since_ms is None or instant(self.since_ms) <= delivery.created_at)
            and (self.until_ms is None or delivery.created_at <= instant(self.until_ms))
        )

    def may_take(self, event: Event, final: FinalDelivery | None) -> bool:
        """False where a delivery surely does not agree, by what is kept with its event: the rest of it need not be
        read."""
        if self.type not in (None, event.type.value) or self.source not in (None, event.source):
            return False
        if final is None:
            return self.state is None or self.state not in FINAL_STATES
        if self.state not in (None, final.state):
            return False
        is_told = self.reason is None or self.reason == final.reason or not final.last_attempt
        return is_told or str(self.reason).encode() in final.last_attempt

    @property
    def list_number(self) -> int:
        """The same for all pages of a list, of which each may be asked for by a time of its own, as the last hour."""
        state, others = self.state and self.state.value, (self.type, self.source, self.order, self.fingerprint)
        return list_number("deliveries", self.provider, state, self.reason, *others)


@dataclass(frozen=True, slots=True)
class FoundDelivery:
    """A delivery that is kept, in which shard and where there, and its event as it was accepted."""

    shard: int
    place: DeliveryPlace
    event: Event


@dataclass(frozen=True, slots=True)
class LocatedDelivery:
    """A delivery as people see it, and where it is kept."""

    shard: Store
    place: DeliveryPlace
    delivery: Delivery


class Deliveries:
    """Finds deliveries through the index that is nearest to the filter, newest first. A list that would miss a shard
    raises."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def listed(self, wanted: Filter) -> Iterator[Delivery]:
        """All that agree, newest first, read a page at a time: stop early and nothing more is read."""
        return all_pages(self._listing(wanted))

    def located(self, wanted: Filter) -> Iterator[LocatedDelivery]:
        """The same, each with where it is kept."""
        listing = self._listing(wanted)

        def read(entries: Sequence[Entry]) -> list[LocatedDelivery | None]:
            rows = zip(entries, listing.read(entries), strict=True)
            return [
                LocatedDelivery(entry.shard, DeliveryPlace(entry.name, entry.seq), row) if row else None
                for entry, row in rows
            ]

        return all_pages(Listing(listing.number, listing.stretches, read))

    def page(
        self, wanted: Filter, cursor: Cursor | None = None, *, limit: int = PAGE, most_scanned: int = SCANNED
    ) -> Page[Delivery]:
        """Up to ``limit`` that agree, newest first, from behind the cursor of the page before. What stands in the list
        from its first page on is told once, whatever comes and goes between two pages. Where the filter has more than
        its index tells, ``most_scanned`` bounds the work, and the page says so. Raises ``BadCursor``."""
        return self._listing(wanted).page(cursor, limit, most_scanned)

    def _listing(self, wanted: Filter) -> Listing[Delivery]:
        table, *_ = self.shards.each(read_table)  # where one is away the list is not whole, even an empty one

        def read(entries: Sequence[Entry]) -> list[Delivery | None]:
            places = [DeliveryPlace(entry.name, entry.seq) for entry in entries]
            of_shard: dict[Store, list[DeliveryPlace]] = {}
            for entry, place in zip(entries, places, strict=True):
                of_shard.setdefault(entry.shard, []).append(place)
            if wanted.state in OPEN_STATES:  # dead letters are open too, and may be most of what is
                of_shard = {shard: _alive(shard, some) for shard, some in of_shard.items()}
            found = {shard: read_deliveries(shard, some, table, wanted.may_take) for shard, some in of_shard.items()}
            rows = (found[entry.shard].get(place) for entry, place in zip(entries, places, strict=True))
            return [row if row is not None and wanted.takes(row) else None for row in rows]

        return Listing(wanted.list_number, self._stretches(wanted, table), read)

    def find(self, delivery_ids: Sequence[str]) -> list[FoundDelivery | None]:
        """Where each delivery is kept and its event, ``None`` for an id that the ledger does not know. Two round trips,
        however many there are. Raises only where a shard does not answer that may have what was not found."""
        wanted = list(delivery_ids)
        came = self.shards.asked(lambda shard: _found(shard, wanted))
        lists = [found for found in came.values() if not isinstance(found, OrdercastError)]
        rows = [next(filter(None, of_one), None) for of_one in zip(*lists, strict=True)] or [None] * len(wanted)
        if None in rows or not lists:
            all_came(came)
        return rows

    def beginning(self, beginning: str) -> list[str]:
        """The ids of all deliveries that begin so: see ``seqs_beginning``."""
        return sorted(one for ids in self.shards.each(lambda shard: _beginning(shard, beginning)) for one in ids)

    def _stretches(self, wanted: Filter, table: Table) -> list[Stretch]:
        """The stretches of the list, in order: each an index, or an order's events."""
        names = [wanted.provider] if wanted.provider else [row.name for row in table.rows]
        ranks = {row.name: rank for rank, row in enumerate(table.rows)}
        if wanted.fingerprint is not None:
            causes = [(name, cause) for name in names for cause in self._causes(name, wanted.fingerprint)]
            return [
                self._stretch((ranks.get(name, 0), cause), "dead_group", [name], wanted, fingerprint=cause)
                for name, cause in causes
            ]
        if wanted.order is not None:
            return self._of_orders(wanted.order, wanted.source, names)
        if wanted.state in (State.DELIVERED, None):
            return [self._stretch((0, ""), "events", names, wanted)]
        if wanted.state in OPEN_STATES:
            return [self._stretch((ranks.get(name, 0), ""), "open", [name], wanted) for name in names]
        state = wanted.state.value
        return [self._stretch((ranks.get(name, 0), ""), "closed", [name], wanted, state=state) for name in names]

    def _stretch(self, key: tuple[int, str], index: str, names: list[str], wanted: Filter, **parts: str) -> Stretch:
        """One index of each shard. An index of ends holds nothing older than its acceptance."""
        is_of_ends = index in ("closed", "dead_group")
        parts |= {} if index == "events" else {"provider": names[0]}

        def members(shard: Store, mark: Mark | None) -> Members:
            return index_members(
                shard,
                shard.keys.key(index, **parts),
                mark,
                highest="+inf" if wanted.until_ms is None or is_of_ends else wanted.until_ms,
                lowest="-inf" if wanted.since_ms is None else wanted.since_ms,
                size=-(-PAGE // max(1, len(names))),
            )

        return Stretch(key, self.shards.all, members, names)

    def _of_orders(self, number: str, source: str | None, names: list[str]) -> list[Stretch]:
        """Orders of this number: one source's is in one shard, those of all sources may be in any."""
        having = self.shards.all if source is None else [self.shards.of(order_digest(source, number))]
        return [
            Stretch((shard.number, one), [shard], partial(_order_members, order=digest), names)
            for shard in having
            for one, digest in orders_named(shard, number, source)
        ]

    def _causes(self, provider: str, fingerprint: str) -> list[str]:
        """Those causes whose fingerprint begins so."""
        known = self.shards.each(lambda shard: _causes(shard, provider))
        return sorted({one for causes in known for one in causes if one.startswith(fingerprint)})


def _order_members(shard: Store, mark: Mark | None, order: str) -> Members:
    """An order's events, the newest first; their score is their place in its list. Where the last one that was read is
    gone, its place tells how far."""
    seqs = order_seqs(shard, order)
    if mark is not None:
        seqs = seqs[: seqs.index(mark.seq) if mark.seq in seqs else int(mark.score)]
    return ((float(place), seqs[place]) for place in reversed(range(len(seqs))))


def _causes(shard: Store, provider: str) -> list[str]:
    with shard.errors():
        return [text(one) for one in shard.client.hkeys(shard.keys.key("dead_groups", provider=provider))]


def _beginning(shard: Store, beginning: str) -> list[str]:
    names = [row.name for row in read_table(shard).rows]
    events = [kept.event for seq in seqs_beginning(shard, beginning) if (kept := read_event(shard, seq))]
    ids = [delivery_id(name, event.source, event.id) for event in events for name in names]
    likely = [one for one in ids if one.startswith(beginning)]
    return [one for one, found in zip(likely, _found(shard, likely), strict=True) if found]


def _alive(shard: Store, places: Sequence[DeliveryPlace]) -> list[DeliveryPlace]:
    """Those that are no dead letters."""
    seqs: dict[str, list[int]] = {}
    for name, seq in places:
        seqs.setdefault(name, []).append(seq)
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for name, some in seqs.items():
            pipe.zmscore(shard.keys.key("dead", provider=name), some)
        answers = pipe.execute()
    died = {
        DeliveryPlace(name, seq)
        for (name, some), scores in zip(seqs.items(), answers, strict=True)
        for seq, score in zip(some, scores, strict=True)
        if score is not None
    }
    return [place for place in places if place not in died]


def _found(shard: Store, delivery_ids: Sequence[str]) -> list[FoundDelivery | None]:
    names = [row.name for row in read_table(shard).rows]
    seqs = seqs_of(shard, delivery_ids)
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for seq in filter(None, seqs):
            pipe.hget(shard.keys.key("event", seq=seq), "b")
        bodies = iter(pipe.execute())
    return [
        _delivery_of(shard, wanted, seq, next(bodies), names) if seq else None
        for seq, wanted in zip(seqs, delivery_ids, strict=True)
    ]


def _delivery_of(shard: Store, wanted: str, seq: int, body: bytes | None, names: list[str]) -> FoundDelivery | None:
    if body is None:
        return None
    event = unpack_event(body)
    name = next((name for name in names if delivery_id(name, event.source, event.id) == wanted), None)
    return FoundDelivery(shard.number, DeliveryPlace(name, seq), event) if name else None


def _attempt_reason(delivery: Delivery) -> str | None:
    return delivery.last_attempt.reason if delivery.last_attempt else None
