"""Events as they come through the door, all of one order: every kind takes them, since each item has every id."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from schemas.event import Event, EventType
from schemas.loading import load_event
from tests.conformance.rows import Line
from tests.fakes.bodies import NOW, event_body, put

FIRST = (("701", "2", "10.00"), ("702", "1", "5.50"), ("703", "1", "3.00"))
THEN = (("701", "3", "10.00"), ("703", "1", "3.00"), ("704", "1", "7.25"))
"""The same order later: of 701 there is one more, 702 is gone, 704 is new."""

Given = tuple[str, str, str]
"""Article, quantity, price of one piece."""

_SNAPSHOT: dict[str, Any] = {
    "data.order.status": "paid",
    "data.order.comment": "Ring twice",
    "data.order.customer.phone": "+45 12 34 56 78",
    "data.order.billing_address": {"first_name": "Ida", "last_name": "Holm", "city": "Odense", "country": "DK"},
    "data.order.shipping_address": {"first_name": "Ida", "last_name": "Holm", "city": "Kolding", "country": "DK"},
    "data.order.notes": [{"text": "Checked", "author": "Kim", "created_at": "2026-11-21T09:10:00Z"}],
    "data.order.shipments": [{"tracking_number": "TR-1", "carrier": "gls"}],
}


def created(lines: tuple[Given, ...] = FIRST, **changes: Any) -> Event:
    """A new order of these lines; ``changes`` are below ``data.order``, two underscores for a dot."""
    return _snapshot("order.created", f"e-1-{changes.get('number')}", lines, changes)


def updated(lines: tuple[Given, ...] = THEN, event_id: str = "e-2", **changes: Any) -> Event:
    """The same order later, under another name; every event has an id of its own."""
    return _snapshot("order.updated", event_id, lines, {"customer__last_name": "Holm-Lund", **changes})


def event_of(kind: EventType) -> Event:
    """An event of any type."""
    if kind is EventType.CREATED:
        return created()
    if kind is EventType.UPDATED:
        return updated()
    return load_event(event_body(kind, {"id": "e-3"}), now=NOW)


def lines_of(given: tuple[Given, ...]) -> list[Line]:
    return sorted((article, Decimal(quantity), Decimal(price)) for article, quantity, price in given)


def many(count: int) -> tuple[Given, ...]:
    """So many lines, each of an article of its own."""
    return tuple((str(10_001 + n), "1", "2.50") for n in range(count))


def _snapshot(kind: str, event_id: str, lines: tuple[Given, ...], changes: dict[str, Any]) -> Event:
    items = [
        {
            "id": f"line-{place}-{article}",
            "name": f"Product {article}",
            "sku": article,
            "product_id": article,
            "variant_id": article,
            "quantity": quantity,
            "unit_price": price,
        }
        for place, (article, quantity, price) in zip(_places(lines), lines, strict=True)
    ]
    grand = sum((Decimal(quantity) * Decimal(price) for _, quantity, price in lines), Decimal(0))
    body = event_body(kind, {"id": event_id, "revision": 1 if kind == "order.created" else 2, **deepcopy(_SNAPSHOT)})
    body["data"]["order"] |= {"items": items, "totals": {"grand": f"{grand:f}"}}
    for path, value in changes.items():
        put(body, "data.order." + path.replace("__", "."), value)
    body["subject"] = body["data"]["order"]["number"]
    return load_event(body, now=NOW)


def _places(lines: tuple[Given, ...]) -> list[int]:
    """Which of the lines of its article each line is: a line keeps its id wherever it stands."""
    articles = [article for article, _, _ in lines]
    return [articles[:place].count(article) for place, article in enumerate(articles)]
