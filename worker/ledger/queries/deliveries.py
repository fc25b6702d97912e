"""Deliveries as people see them, found by any filter. Reads only; every method raises ``StoreUnreachable``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from schemas.delivery import Delivery, State, delivery_id, order_digest
from schemas.event import Event
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.queries.finding import seq_of_event, seqs_beginning, seqs_of
from worker.ledger.queries.rows import Place, read_deliveries
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event
from worker.ledger.store.instants import instant

PAGE = 200
EDIT = re.compile(rb"e(\d+):(.+)").fullmatch
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


@dataclass(frozen=True, slots=True)
class Kept:
    """An event that is kept, as it was accepted, and by provider what an edited replay sent in its place last."""

    event: Event
    edits: Mapping[str, Event]


@dataclass(frozen=True, slots=True)
class Found:
    """A delivery that is kept, and its event as it was accepted."""

    place: Place
    event: Event


class Records:
    """Finds deliveries through the index that is nearest to the filter, newest first."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def deliveries(self, wanted: Filter) -> Iterator[Delivery]:
        """All that agree, newest first, read a page at a time: stop early and nothing more is read."""
        table = read_table(self.store)
        places = self._places(wanted, table)
        while page := list(islice(places, PAGE)):
            yield from (delivery for delivery in read_deliveries(self.store, page, table) if wanted.takes(delivery))

    def events(self) -> Iterator[tuple[int, Event]]:
        """Every event that is kept, newest first, with the number of its arrival, read a page at a time."""
        seqs = self._index(self._key("events"), Filter())
        while page := list(islice(seqs, PAGE)):
            with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
                for seq in page:
                    pipe.hget(self.store.keys.key("event", seq=seq), "b")
                bodies = pipe.execute()
            yield from ((seq, unpack_event(body)) for seq, body in zip(page, bodies, strict=True) if body)

    def find(self, delivery_ids: Sequence[str]) -> list[Found | None]:
        """Where each delivery is kept and its event, ``None`` for an id that the ledger does not know. Two round trips,
        however many there are."""
        names = [row.name for row in read_table(self.store).rows]
        seqs = seqs_of(self.store, delivery_ids)
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for seq in filter(None, seqs):
                pipe.hget(self.store.keys.key("event", seq=seq), "b")
            bodies = iter(pipe.execute())
        return [
            _found(wanted, seq, next(bodies), names) if seq else None
            for seq, wanted in zip(seqs, delivery_ids, strict=True)
        ]

    def beginning(self, beginning: str) -> list[str]:
        """The ids of all deliveries that begin so: see ``seqs_beginning``."""
        names = [row.name for row in read_table(self.store).rows]
        events = [one.event for seq in seqs_beginning(self.store, beginning) if (one := self._kept(seq))]
        ids = [delivery_id(name, event.source, event.id) for event in events for name in names]
        likely = [one for one in ids if one.startswith(beginning)]
        return sorted(one for one, found in zip(likely, self.find(likely), strict=True) if found)

    def kept(self, source: str, event_id: str) -> Kept | None:
        """An event by its own id; ``None`` where it is not kept any more."""
        seq = seq_of_event(self.store, source, event_id)
        return None if seq is None else self._kept(seq)

    def sources(self) -> list[str]:
        """Every source that ever sent an event."""
        with self.store.errors():
            return sorted(text(source) for source in self.store.client.smembers(self._key("sources")))

    def _kept(self, seq: int) -> Kept | None:
        with self.store.errors():
            row = self.store.client.hgetall(self.store.keys.key("event", seq=seq))
        if b"b" not in row:
            return None
        edits = sorted((int(found[1]), text(found[2]), body) for field, body in row.items() if (found := EDIT(field)))
        return Kept(unpack_event(row[b"b"]), {name: unpack_event(body) for _, name, body in edits})

    def orders_named(self, number: str, source: str | None = None) -> list[str]:
        """The order digests of a number: one source's, or every source's that has such an order."""
        with self.store.errors():
            sources = [source] if source else [text(s) for s in self.store.client.smembers(self._key("sources"))]
            digests = [order_digest(one, number) for one in sorted(sources)]
            return [digest for digest in digests if self.store.client.exists(self._key("order", order=digest))]

    def order_seqs(self, digest: str) -> list[int]:
        """The arrival numbers of an order's events, oldest first."""
        with self.store.errors():
            first = self.store.client.hget(self._key("order", order=digest), "e")
            further = self.store.client.lrange(self._key("order_events", order=digest), 0, -1)
            return [int(seq) for seq in (*filter(None, [first]), *further)]

    def _places(self, wanted: Filter, table: Table) -> Iterator[Place]:
        names = [wanted.provider] if wanted.provider else [row.name for row in table.rows]
        if wanted.fingerprint is not None:
            keys = [(name, key) for name in names for key in self._causes(name, wanted.fingerprint)]
            return (Place(name, seq) for name, key in keys for seq in self._index(key, wanted))
        if wanted.order is not None:
            digests = self.orders_named(wanted.order, wanted.source)
            seqs: Iterable[int] = (seq for digest in digests for seq in reversed(self.order_seqs(digest)))
            return (Place(name, seq) for seq in seqs for name in names)
        if wanted.state is State.DELIVERED or wanted.state is None:
            return (Place(name, seq) for seq in self._index(self._key("events"), wanted) for name in names)
        return (Place(name, seq) for name in names for seq in self._index(self._state_key(name, wanted.state), wanted))

    def _causes(self, provider: str, fingerprint: str) -> list[str]:
        """The indexes of dead letters by cause, of those causes whose fingerprint begins so."""
        with self.store.errors():
            known = self.store.client.hkeys(self._key("dead_groups", provider=provider))
        return [
            self._key("dead_group", provider=provider, fingerprint=text(one))
            for one in sorted(known)
            if text(one).startswith(fingerprint)
        ]

    def _state_key(self, provider: str, state: State) -> str:
        if state in OPEN_STATES:
            return self._key("open", provider=provider)
        return self._key("closed", provider=provider, state=state.value)

    def _index(self, key: str, wanted: Filter) -> Iterator[int]:
        """The members of a time index, newest first. An index of ends holds nothing older than its acceptance.

        A page goes on at the last one's instant, past what was seen of it: a place from the top would be counted off
        from there at every page, and what moves meanwhile would be missed or met twice.
        """
        is_of_ends = "ix:" in key or "dg:" in key
        highest: float | str = "+inf" if wanted.until_ms is None or is_of_ends else wanted.until_ms
        lowest = "-inf" if wanted.since_ms is None else wanted.since_ms
        seen: set[int] = set()
        while True:
            with self.store.errors():
                page = self.store.client.zrange(
                    key, highest, lowest, desc=True, byscore=True, offset=0, num=PAGE + len(seen), withscores=True
                )
            yield from (int(seq) for seq, _ in page if int(seq) not in seen)
            if len(page) < PAGE + len(seen):
                return
            last = page[-1][1]
            seen = {int(seq) for seq, at in page if at == last} | (seen if last == highest else set())
            highest = last

    def _key(self, name: str, **parts: str) -> str:
        return self.store.keys.key(name, **parts)


def _attempt_reason(delivery: Delivery) -> str | None:
    return delivery.last_attempt.reason if delivery.last_attempt else None


def _found(wanted: str, seq: int, body: bytes | None, names: list[str]) -> Found | None:
    if body is None:
        return None
    event = unpack_event(body)
    name = next((name for name in names if delivery_id(name, event.source, event.id) == wanted), None)
    return Found(Place(name, seq), event) if name else None
