"""The rules that look at more than one field. They see what could be loaded, and take no offence at what is missing.

Source: canonical event. Every rule yields its faults, those that it has mended in place among them; none raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from schemas.cards import without_card_numbers
from schemas.event import EventType
from schemas.fault import EventFault, fault
from schemas.repairs import Remarked

FUTURE = timedelta(hours=24)

_EXEMPT_WORDS = frozenset({"id", "ids", "sku", "tracking", "transaction"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_CARD = Remarked("has what looks like a card number: all but its last four digits are masked")
_EMPTY = Remarked("must be more than 0 but in order.updated: the line is left out")
_OF_EMPTY = Remarked("is a line of quantity 0, which is left out: it is left out too")


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
        yield from _order_faults(order, ("data", "order"), event.get("type"))
    refund = payload.get("refund") or {}
    yield from _repeated(("data", "refund", "lines"), refund.get("lines") or [], "item_id")
    yield from _card_remarks(("data", "note"), payload.get("note"))


def leave_out_empty_lines(order: dict[str, Any], event_type: str | None) -> list[int]:
    """Takes lines of quantity 0 out of an order, but for an update, which says by them that they are gone; what was
    shipped of them too. Gives the places that the others had. Wants an order without faults."""
    items = order.setdefault("items", [])
    if event_type == EventType.UPDATED or all(item["quantity"] for item in items):
        return list(range(len(items)))
    places = [place for place, item in enumerate(items) if item["quantity"]]
    order["items"] = [items[place] for place in places]
    empty = {item["id"] for item in items if not item["quantity"]}
    for shipment in order.get("shipments", ()):
        if "lines" in shipment:
            shipment["lines"] = [line for line in shipment["lines"] if line["item_id"] not in empty]
    return places


def _order_faults(order: dict[str, Any], path: tuple[object, ...], event_type: str | None) -> Iterator[EventFault]:
    items = order.get("items") or []
    empty: set[Any] = set()
    if event_type != EventType.UPDATED:
        for index, item in enumerate(items):
            if item and item.get("quantity") == 0:
                empty.add(item.get("id"))
                yield fault((*path, "items", index, "quantity"), _EMPTY)
    yield from _repeated((*path, "items"), items, "id")
    if empty:
        for place, shipment in enumerate(order.get("shipments") or []):
            for row, line in enumerate((shipment or {}).get("lines") or []):
                if line and line.get("item_id") in empty:
                    yield fault((*path, "shipments", place, "lines", row, "item_id"), _OF_EMPTY)
    yield from _order_card_remarks(order, path)


def _repeated(path: tuple[object, ...], rows: list[dict[str, Any] | None], name: str) -> Iterator[EventFault]:
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        value = (row or {}).get(name)
        if value is not None and first.setdefault(value, index) != index:
            yield fault((*path, index, name), f"is the same as in {path[-1]}.{first[value]}")


def _order_card_remarks(order: dict[str, Any], path: tuple[object, ...]) -> Iterator[EventFault]:
    yield from _card_remarks((*path, "payment"), order.get("payment"))
    if "comment" in order:
        yield from _masked_in(order, "comment", path)
    for rows in ("payments", "notes"):
        for index, row in enumerate(order.get(rows) or []):
            yield from _card_remarks((*path, rows, index), row)
    for name in ("attributes", "metadata"):
        yield from _named_card_remarks((*path, name), order.get(name))
    for index, item in enumerate(order.get("items") or []):
        if item and "metadata" in item:
            yield from _named_card_remarks((*path, "items", index, "metadata"), item["metadata"])


def _named_card_remarks(path: tuple[object, ...], named: dict[str, Any] | None) -> Iterator[EventFault]:
    """Of a map whose names the producer chose: a name that speaks of an id, sku, tracking or transaction is exempt."""
    if not named:
        return
    for name in list(named):
        masked = without_card_numbers(name)
        if masked != name:
            value = named.pop(name)
            named[masked] = value
            yield fault(path, _CARD)
        if _EXEMPT_WORDS.isdisjoint(word.lower() for word in _WORD.findall(masked)):
            yield from _masked_in(named, masked, path)


def _card_remarks(path: tuple[object, ...], part: dict[str, Any] | None) -> Iterator[EventFault]:
    for name in part or {}:
        if part and name != "transaction_id":
            yield from _masked_in(part, name, path)


def _masked_in(part: dict[str, Any], name: str, path: tuple[object, ...]) -> Iterator[EventFault]:
    """Masks what passes for a card number in one value, a number that becomes a text by it too."""
    value = part[name]
    if isinstance(value, str | int):
        text = str(value)
        masked = without_card_numbers(text)
        if masked != text:
            part[name] = masked
            yield fault((*path, name), _CARD)
