"""The promise, checked: what the ledger says was cast, against what the simulated vendors really hold.

Lost is what was accepted and neither is at the vendor nor came to an end; doubled is what the vendor holds more often
than it was cast; moved twice is money or paper that the vendor moved more often than it was told to; out of order is an
older snapshot of an order that the vendor committed after a newer one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from schemas.delivery import FINAL_STATES, Delivery, State
from schemas.event import SNAPSHOTS, Event, EventType
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.events import Events
from worker.ledger.store.client import Store
from worker.ops.demo.sandbox_client import SandboxClient

ENDED = FINAL_STATES | {State.DEAD}

Held = list[dict[str, Any]]
Save = list[Any]
OrderName = tuple[str, str]
"""Source and number."""


class Breach(msgspec.Struct, frozen=True):
    """One broken promise: at which provider, for which order, and what is wrong."""

    provider: str
    source: str
    order: str
    what: str


class PromiseReport(msgspec.Struct):
    """What the check found. ``dead`` letters are no breach: they wait for a person."""

    orders: int = 0
    deliveries: int = 0
    dead: int = 0
    lost: list[Breach] = []
    doubled: list[Breach] = []
    moved_twice: list[Breach] = []
    out_of_order: list[Breach] = []

    @property
    def is_kept(self) -> bool:
        return not (self.lost or self.doubled or self.moved_twice or self.out_of_order)


def check_promise(
    store: Store,
    played: SandboxClient,
    order_keys: Mapping[str, str],
    promised: Iterable[str] = (),
) -> PromiseReport:
    """Compare all that the ledger keeps with all that the vendors hold.

    ``order_keys`` is each provider's setting of that name, ``promised`` are ids of deliveries that receipts named: one
    that the ledger does not know is lost. Raises ``StoreUnreachable`` and ``SandboxUnreachable``. All of it is read
    into memory: for runs of some ten thousand orders.
    """
    ledger = _Ledger(store)
    report = PromiseReport(orders=len(ledger.events), deliveries=len(ledger.deliveries))
    report.lost = [
        Breach("", "", "", f"delivery {one} is not in the ledger") for one in promised if one not in ledger.ids
    ]
    report.dead = sum(delivery.state is State.DEAD for delivery in ledger.deliveries)
    for provider, deliveries in ledger.by_provider().items():
        kind = deliveries[0].kind
        account = _Account(provider, kind, order_keys.get(provider, "{number}"), played.orders(kind))
        account.check(ledger, deliveries, report)
    return report


class _Ledger:
    """What the ledger keeps, by order. An event's position is the number of its arrival: what is stale by its revision
    is never sent but to a log, in its place."""

    def __init__(self, store: Store) -> None:
        # Deliveries first: while events still come in, each of these has its event among those read after it.
        self.deliveries = list(Deliveries(store).listed(Filter()))
        self.events: dict[OrderName, list[tuple[int, Event]]] = defaultdict(list)
        for seq, event in Events(store).listed():
            self.events[event.source, event.subject].append((seq, event))
        self.ids = {delivery.id for delivery in self.deliveries}
        self.seqs = {(e.source, e.id): seq for events in self.events.values() for seq, e in events}

    def by_provider(self) -> dict[str, list[Delivery]]:
        found: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in self.deliveries:
            found[delivery.provider].append(delivery)
        return found

    def seq(self, delivery: Delivery) -> int:
        return self.seqs[delivery.source, delivery.event_id]

    def totals(self, name: OrderName) -> dict[Decimal | None, list[int]]:
        """The positions at which an order's snapshots had each total, ascending."""
        found: dict[Decimal | None, list[int]] = defaultdict(list)
        for seq, event in sorted(self.events[name], key=lambda pair: pair[0]):
            if event.is_snapshot:
                found[event.order.totals.grand].append(seq)
        return found


@dataclass
class _Account:
    """One provider: its deliveries against its vendor's orders."""

    provider: str
    kind: str
    order_key: str
    orders: Held
    _by_key: dict[str, Held] = field(default_factory=lambda: defaultdict(list))
    _ids: set[str] = field(default_factory=set)

    def check(self, ledger: _Ledger, deliveries: list[Delivery], report: PromiseReport) -> None:
        for held in self.orders:
            self._by_key[str(held["key"])].append(held)
            self._ids.add(str(held["id"]))
        by_order: dict[OrderName, list[Delivery]] = defaultdict(list)
        for delivery in deliveries:
            by_order[delivery.source, delivery.order].append(delivery)
        sharing = Counter(self._key(name) for name in by_order)
        for name, of_order in by_order.items():
            report.lost += self._breaches(name, self._lost(ledger, of_order))
            report.doubled += self._breaches(name, self._doubled(name, sharing))
            report.moved_twice += self._breaches(name, self._moved_twice(name, of_order))
            if sharing[self._key(name)] == 1:
                report.out_of_order += self._breaches(name, self._out_of_order(ledger, name, of_order))

    def _key(self, name: OrderName) -> str:
        return self.order_key.format(source=name[0], number=name[1])

    def _breaches(self, name: OrderName, what: Iterable[str]) -> Iterator[Breach]:
        return (Breach(self.provider, *name, one) for one in what)

    def _lost(self, ledger: _Ledger, of_order: list[Delivery]) -> Iterator[str]:
        for delivery in of_order:
            if delivery.state not in ENDED:
                yield f"event {delivery.event_id} is {delivery.state}"
        delivered = [delivery for delivery in of_order if delivery.state is State.DELIVERED]
        snapshots = [delivery for delivery in delivered if delivery.event_type in SNAPSHOTS]
        if not snapshots or any(delivery.event_type == EventType.DELETED for delivery in delivered):
            return
        newest = max(snapshots, key=ledger.seq)
        held = self._by_key.get(self._key((newest.source, newest.order)), [])
        link_id = newest.link.order_id if newest.link else None
        if not held and link_id not in self._ids:
            yield f"event {newest.event_id} is delivered, and the vendor has no such order"
        elif self.kind in NAMED and not any(newest.id == _name(self.kind, save) for o in held for save in o["saves"]):
            yield f"event {newest.event_id} is delivered, and the vendor was never sent it"

    def _doubled(self, name: OrderName, sharing: Counter[str]) -> Iterator[str]:
        held = self._by_key.get(self._key(name), [])
        if len(held) > sharing[self._key(name)]:
            yield f"the vendor holds {len(held)} orders of this key"
        notes = Counter(str(row[1:]) for order in held for row in order.get("moved", []) if row[0] == "history")
        yield from (f"the vendor holds a note {count} times" for count in notes.values() if count > 1)

    def _moved_twice(self, name: OrderName, of_order: list[Delivery]) -> Iterator[str]:
        told = sum(delivery.event_type in MOVING for delivery in of_order)
        rows = [row for order in self._by_key.get(self._key(name), []) for row in order.get("moved", [])]
        moved = sum(row[0] in MOVES.get(self.kind, ()) for row in rows)
        if moved > told:
            yield f"the vendor moved money or paper {moved} times, and was told to {told} times"

    def _out_of_order(self, ledger: _Ledger, name: OrderName, of_order: list[Delivery]) -> Iterator[str]:
        totals = ledger.totals(name)
        named = {delivery.id: ledger.seq(delivery) for delivery in of_order}
        for order in self._by_key.get(self._key(name), []):
            at = 0
            for save in order["saves"]:
                if self.kind in NAMED:
                    could_be = [named[_name(self.kind, save)]] if _name(self.kind, save) in named else []
                else:
                    could_be = totals.get(_total(self.kind, save), [])
                later = [seq for seq in could_be if seq >= at]
                if could_be and not later:
                    yield f"the vendor saved {save[:2]} after a newer one"
                at = min(later, default=at)


MOVING = {EventType.CANCELLED, EventType.DELETED, EventType.INVOICED, EventType.REFUNDED}

MOVES: Mapping[str, frozenset[str]] = {
    "shopscript": frozenset({"delete", "refund"}),
    "orderdesk": frozenset({"refund"}),
    "openbizbox": frozenset({"refund", "invoice"}),
}
"""What each simulated vendor calls a move of money or paper in its record of an order."""

NAMED: Mapping[str, Callable[[Save], Any]] = {
    "orderdesk": lambda save: (save[2] or {}).get("ordercast_delivery"),
    "webhook": lambda save: save[2],
}
"""Vendors whose saves name our delivery: by its idempotency key, which an edit lengthens."""

TOTALS: Mapping[str, Callable[[Save], Any]] = {"shopscript": lambda save: save[2], "openbizbox": lambda save: save[1]}
"""Vendors whose saves are told apart by the order's total then. Retargeting saves an order once."""


def _name(kind: str, save: Save) -> str:
    return str(NAMED[kind](save)).partition(".")[0]


def _total(kind: str, save: Save) -> Decimal | None:
    try:
        return Decimal(str(TOTALS[kind](save))) if kind in TOTALS else None
    except InvalidOperation:
        return None
