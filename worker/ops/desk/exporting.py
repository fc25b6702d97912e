"""Lists as they are taken out of the ledger: a row at a time, however many there are."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec

from schemas.delivery import Delivery
from schemas.event import event_document
from schemas.principal import Principal
from worker.ledger.audit import Audit
from worker.ledger.queries.deliveries import Deliveries
from worker.ledger.queries.events import read_event
from worker.ledger.queries.orders import ListedOrder, Orders
from worker.ledger.queries.refusals import Refusal, RefusalFilter, Refusals
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.csv_rows import csv_lines
from worker.ops.desk.query import DeliveryQuery


class FileForm(StrEnum):
    """How an export is written."""

    JSON_LINES = "jsonl"
    CSV = "csv"


class Exported(StrEnum):
    """What can be exported."""

    DELIVERIES = "deliveries"
    ORDERS = "orders"
    REFUSALS = "refusals"


FILTERS = {
    Exported.DELIVERIES: frozenset(DeliveryQuery.__dataclass_fields__),
    Exported.ORDERS: frozenset({"source", "since", "until", "limit"}),
    Exported.REFUSALS: frozenset({"source", "order", "reason", "since", "until", "limit"}),
}
COLUMNS = {
    Exported.DELIVERIES: Delivery.__struct_fields__,
    Exported.ORDERS: ListedOrder.__struct_fields__,
    Exported.REFUSALS: Refusal.__struct_fields__,
}
"""The names of each row, in their order. With bodies there is ``body`` behind them."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """What ``by`` wants of a list. Raises ``BadRequest`` for a filter that the list has not got, and for bodies without
    a reason: they name customers, and who took them goes on record."""

    what: Exported
    asked: DeliveryQuery
    by: Principal
    with_bodies: bool = False
    why: str = ""

    def __post_init__(self) -> None:
        bare = replace(self.asked, **dict.fromkeys(FILTERS[self.what]))
        if wrong := [word.partition("=")[0] for word in bare.words()]:
            known = ", ".join(name for name in DeliveryQuery.__dataclass_fields__ if name in FILTERS[self.what])
            message = f"There is no filter {wrong[0]} for {self.what}: there is {known}."
            raise BadRequest(
                message, Advice.NO_FILTER, field=wrong[0], name=wrong[0], what=self.what.value, known=known
            )
        if self.with_bodies and not self.why.strip():
            message = "Say why: an export with bodies goes on record."
            raise BadRequest(message, Advice.SAY_WHY, field="why", deed="export with bodies")

    @property
    def columns(self) -> tuple[str, ...]:
        return (*COLUMNS[self.what], *(("body",) if self.with_bodies else ()))


def exported(store: Store, export: Export) -> Iterator[Row]:
    """The rows, newest first, orders within a shard, read a page at a time. Raises ``StoreUnreachable``, and
    ``StoreFull`` where bodies are wanted and that cannot go on record."""
    if export.with_bodies:
        what = " ".join(["export", export.what, "with bodies", *export.asked.words()])
        Audit(store).note("read", what, why=export.why, by=export.by)
    return islice(_ROWS[export.what](store, export), export.asked.limit)


def written(rows: Iterator[Row], export: Export, form: FileForm) -> Iterator[bytes]:
    """A line for each row; of CSV first the names."""
    if form is FileForm.CSV:
        return (line.encode() for line in csv_lines(rows, export.columns))
    return (msgspec.json.encode(row) + b"\n" for row in rows)


def _deliveries(store: Store, export: Export) -> Iterator[Row]:
    for one in Deliveries(store).located(export.asked.filter(store.now_ms())):
        kept = read_event(one.shard, one.place.seq) if export.with_bodies else None
        yield _row(one.delivery) | ({"body": kept and event_document(kept.event)} if export.with_bodies else {})


def _orders(store: Store, export: Export) -> Iterator[Row]:
    since_ms, until_ms = export.asked.bounds_ms(store.now_ms())
    for one in Orders(store).listed(export.asked.source, since_ms, until_ms):
        yield _row(one.shown) | ({"body": event_document(one.event)} if export.with_bodies else {})


def _refusals(store: Store, export: Export) -> Iterator[Row]:
    asked = export.asked
    wanted = RefusalFilter(asked.source, asked.order, asked.reason, *asked.bounds_ms(store.now_ms()))
    for kept in Refusals(store).listed(wanted, with_body=export.with_bodies):
        yield _row(kept.shown) | ({"body": _text(kept.body)} if export.with_bodies else {})


def _row(shown: msgspec.Struct) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(shown)
    return row


def _text(body: bytes) -> str:
    """As it was sent; in base64, with a word before it, where that is no text."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"base64:{b64encode(body).decode()}"


_ROWS: Mapping[Exported, Callable[[Store, Export], Iterator[Row]]] = {
    Exported.DELIVERIES: _deliveries,
    Exported.ORDERS: _orders,
    Exported.REFUSALS: _refusals,
}
