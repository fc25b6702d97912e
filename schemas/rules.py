"""The rules that look at more than one field. They see what could be loaded, and take no offence at what is missing.

Source: canonical event. Every rule yields its faults; none raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from schemas.cards import has_card_number
from schemas.event import EventType
from schemas.fault import EventFault, fault

FUTURE = timedelta(hours=24)

_NAMES = ("first_name", "last_name", "company")
_PERSONS = ("customer", "billing_address", "shipping_address")
_EXEMPT_WORDS = frozenset({"id", "ids", "sku", "tracking", "transaction"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_CARD = "has what looks like a card number: leave it out"


def event_faults(event: dict[str, Any], now: datetime) -> Iterator[EventFault]:
    """What is wrong between the fields of a loaded event."""
    time = event.get("time")
    if time is not None and time - now > FUTURE:
        yield fault(("time",), "must not be more than 24 hours in the future")
    payload = event.get("data") or {}
    order = payload.get("order")
    if order:
        number, subject = order.get("number"), event.get("subject")
        if None not in (number, subject) and number != subject:
            yield fault(("subject",), "must equal data.order.number")
        yield from _order_faults(order, event.get("type"))
    refund = payload.get("refund") or {}
    yield from _repeated(("data", "refund", "lines"), refund.get("lines") or [], "item_id")
    yield from _card_faults(("data", "note"), payload.get("note"))


def _order_faults(order: dict[str, Any], event_type: str | None) -> Iterator[EventFault]:
    path = ("data", "order")
    items = order.get("items") or []
    yield from _repeated((*path, "items"), items, "id")
    if event_type != EventType.UPDATED:
        for index, item in enumerate(items):
            if item and item.get("quantity") == 0:
                yield fault((*path, "items", index, "quantity"), "must be more than 0 but in order.updated")
    if not any(((order.get(person) or {}).get(name) or "").strip() for person in _PERSONS for name in _NAMES):
        yield fault(path, "needs a first_name, last_name or company in customer, billing_address or shipping_address")
    yield from _order_card_faults(order, path)


def _repeated(path: tuple[object, ...], rows: list[dict[str, Any] | None], name: str) -> Iterator[EventFault]:
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        value = (row or {}).get(name)
        if value is not None and first.setdefault(value, index) != index:
            yield fault((*path, index, name), f"is the same as in {path[-1]}.{first[value]}")


def _order_card_faults(order: dict[str, Any], path: tuple[object, ...]) -> Iterator[EventFault]:
    yield from _card_faults((*path, "payment"), order.get("payment"))
    yield from _card_faults(path, {"comment": order.get("comment")})
    for rows in ("payments", "notes"):
        for index, row in enumerate(order.get(rows) or []):
            yield from _card_faults((*path, rows, index), row)
    for name in ("attributes", "metadata"):
        yield from _named_card_faults((*path, name), order.get(name))
    for index, item in enumerate(order.get("items") or []):
        yield from _named_card_faults((*path, "items", index, "metadata"), (item or {}).get("metadata"))


def _named_card_faults(path: tuple[object, ...], named: dict[str, Any] | None) -> Iterator[EventFault]:
    """Of a map whose names the producer chose: a name that speaks of an id, sku, tracking or transaction is exempt."""
    for name, value in (named or {}).items():
        if has_card_number(name):
            yield fault(path, _CARD)
        elif _EXEMPT_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name)):
            yield from _card_faults(path, {name: value})


def _card_faults(path: tuple[object, ...], part: dict[str, Any] | None) -> Iterator[EventFault]:
    for name, value in (part or {}).items():
        if name != "transaction_id" and isinstance(value, str | int) and has_card_number(str(value)):
            yield fault((*path, name), _CARD)
