"""Deliveries, and whole orders, wherever they are kept."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence

from schemas.delivery import Delivery, State, order_digest
from schemas.event import Event
from worker.errors import OrdercastError
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.deliveries import OPEN_STATES, Filter, Found, Kept, Records
from worker.ledger.queries.orders import Orders, OrderStory
from worker.ledger.store.client import Store
from worker.ledger.store.shards import all_came, at_once, shard_of
from worker.ledger.whole.numbers import Numbers


def open_records(store: Store) -> Records:
    return SplitRecords(store) if len(store.shards) > 1 else Records(store)


def open_orders(store: Store) -> Orders:
    return SplitOrders(store) if len(store.shards) > 1 else Orders(store)


class SplitRecords(Records):
    """As ``Records``, over all shards: lists are merged as they are read. A list that would miss a shard raises
    ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Records(shard) for shard in store.shards]

    def deliveries(self, wanted: Filter) -> Iterator[Delivery]:
        if wanted.order is not None:
            found = [records.deliveries(wanted) for records in self._having(wanted.order, wanted.source)]
            return (delivery for deliveries in found for delivery in deliveries)
        found = [records.deliveries(wanted) for records in self.each]
        return heapq.merge(*found, key=self._place_in(wanted), reverse=True)

    def _place_in(self, wanted: Filter) -> Callable[[Delivery], tuple[int, str]]:
        """By what a shard's own list is sorted: the time of its index, and where that is an index of each provider,
        provider by provider before."""
        if wanted.state in (None, State.DELIVERED) and wanted.fingerprint is None:
            return lambda delivery: (0, delivery.created_at)
        is_open = wanted.state in OPEN_STATES
        ranks = {row.name: -rank for rank, row in enumerate(read_table(self.store).rows)}
        return lambda one: (ranks.get(one.provider, 0), one.created_at if is_open else one.updated_at)

    def events(self) -> Iterator[tuple[int, Event]]:
        """Every event that is kept, with the number of its arrival as people see it; of a shard the newest first."""
        numbers = Numbers(len(self.each))
        for shard, records in enumerate(self.each):
            yield from ((numbers.of(shard, seq), event) for seq, event in records.events())

    def find(self, delivery_ids: Sequence[str]) -> list[Found | None]:
        """As ``Records``', but that a place is one in its own shard. Raises ``StoreUnreachable`` only where a shard
        does not answer that may have what was not found."""
        return [found and found[1] for found in self.find_each(delivery_ids)]

    def find_each(self, delivery_ids: Sequence[str]) -> list[tuple[int, Found] | None]:
        """The same, each with its shard."""
        wanted = list(delivery_ids)
        came = at_once({shard: _asking(records, wanted) for shard, records in enumerate(self.each)})
        lists = {shard: found for shard, found in came.items() if not isinstance(found, OrdercastError)}
        rows = [
            next(((shard, found[place]) for shard, found in lists.items() if found[place]), None)
            for place in range(len(wanted))
        ]
        if None in rows:
            all_came(came)
        return rows  # type: ignore[return-value]  # what is None was left out

    def beginning(self, beginning: str) -> list[str]:
        return sorted(one for records in self.each for one in records.beginning(beginning))

    def kept(self, source: str, event_id: str) -> Kept | None:
        return next((found for records in self.each if (found := records.kept(source, event_id))), None)

    def sources(self) -> list[str]:
        return sorted({source for records in self.each for source in records.sources()})

    def orders_named(self, number: str, source: str | None = None) -> list[str]:
        found = [records.orders_named(number, source) for records in self._having(number, source)]
        return [digest for digests in found for digest in digests]

    def _having(self, number: str, source: str | None) -> list[Records]:
        """Where orders of this number may be: of one source in one shard, else anywhere."""
        return self.each if source is None else [self.each[shard_of(order_digest(source, number), len(self.each))]]

    def order_seqs(self, digest: str) -> list[int]:
        """The numbers in the order's own shard."""
        return self.each[shard_of(digest, len(self.each))].order_seqs(digest)


class SplitOrders(Orders):
    """As ``Orders``: each order is in one shard, whole."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Orders(shard) for shard in store.shards]

    def named(self, number: str, source: str | None = None) -> list[tuple[str, str]]:
        if source is not None:
            return self._of(order_digest(source, number)).named(number, source)
        return sorted(pair for orders in self.each for pair in orders.named(number))

    def story(self, digest: str) -> OrderStory:
        return self._of(digest).story(digest)

    def _of(self, digest: str) -> Orders:
        return self.each[shard_of(digest, len(self.each))]


def _asking(records: Records, wanted: list[str]) -> Callable[[], list[Found | None]]:
    return lambda: records.find(wanted)
