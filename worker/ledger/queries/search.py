"""What somebody looks for by whatever they have at hand: orders by number, by an id of ours, or by an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from worker.ledger.customers import Customers
from worker.ledger.queries.deliveries import Deliveries
from worker.ledger.queries.emails import orders_of
from worker.ledger.queries.events import Events
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.refusals import KeptRefusal, RefusalFilter, Refusals
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import Shards

WHOLE = re.compile(r"d[a-z2-7]{25}")
BEGINNING = re.compile(r"d[a-z2-7]{7,24}")
REFUSAL = re.compile(r"r(\d{1,18})")
REFUSED = 20


class FoundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that agrees with what was looked for. ``by`` says with what of it: number, event, delivery, refusal or
    email; ``id`` is that event's, delivery's or refusal's. ``source`` and ``order`` are not known of some refusals."""

    source: str | None
    order: str | None
    by: str
    id: str | None = None


class Search:
    """Looks everywhere. Every method raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)
        self.orders, self.events, self.deliveries = Orders(store), Events(store), Deliveries(store)
        self.refusals = Refusals(store)
        self.customers = Customers(store)

    def find(self, wanted: str) -> list[FoundOrder]:
        """All orders that ``wanted`` is the number of, the id of an event or a refusal, the id of a delivery or its
        first 8 characters and more, or the e-mail, in any case. Of refusals of an order's number or an event's id the
        20 newest, among the last 2,000. An e-mail finds what was accepted since e-mails are hashed."""
        numbered = (FoundOrder(source=source, order=wanted, by="number") for source, _ in self.orders.named(wanted))
        return [*numbered, *self._by_refused(wanted), *self._by_id(wanted), *self._by_email(wanted)]

    def _by_refused(self, wanted: str) -> Iterator[FoundOrder]:
        page = self.refusals.page(RefusalFilter(named=wanted), limit=REFUSED, with_body=False)
        yield from map(_refused, page.items)

    def _by_id(self, wanted: str) -> Iterator[FoundOrder]:
        for source in self.events.sources():
            if kept := self.events.kept(source, wanted):
                yield FoundOrder(source=source, order=kept.event.subject, by="event", id=wanted)
        ids = [wanted] if WHOLE.fullmatch(wanted) else []
        if BEGINNING.fullmatch(wanted):
            ids = self.deliveries.beginning(wanted)
        for one, found in zip(ids, self.deliveries.find(ids) if ids else (), strict=True):
            if found:
                yield FoundOrder(source=found.event.source, order=found.event.subject, by="delivery", id=one)
        if (numbered := REFUSAL.fullmatch(wanted)) and (refusal := self.refusals.find(int(numbered[1]))):
            yield _refused(refusal)

    def _by_email(self, wanted: str) -> Iterator[FoundOrder]:
        if "@" not in wanted or not (customer := self.customers.hash_of(wanted)):
            return
        for shard in self.shards:
            digests = orders_of(shard, customer)
            with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
                for digest in digests:
                    pipe.hmget(shard.keys.key("order", order=digest), "s", "n")
                named = pipe.execute()
            for source, number in named:
                if source:
                    yield FoundOrder(source=text(source), order=text(number), by="email")


def _refused(kept: KeptRefusal) -> FoundOrder:
    return FoundOrder(source=kept.shown.source, order=kept.shown.order, by="refusal", id=kept.shown.id)
