"""Events as they are after validation, for tests of what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from schemas.delivery import Link
from schemas.event import Event, EventData, EventType
from schemas.order import Address, Customer, Item, Order, Totals
from worker.providers.base import Job

PLACED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DELIVERY_ID = "dabcdefghijklmnopqrstuvwxy"


def totals(grand: str = "20", **changes: str) -> Totals:
    sums = dict.fromkeys(
        ("items", "shipping", "handling", "tax", "discount", "fees", "rebates", "rounding"), Decimal(0)
    )
    sums |= {"items": Decimal(grand)} | {name: Decimal(text) for name, text in changes.items()}
    return Totals(grand=Decimal(grand), **sums)


def item(number: int = 1, **changes: Any) -> Item:
    fields = {"id": f"line-{number}", "name": f"Product {number}", "quantity": Decimal(2), "unit_price": Decimal(10)}
    return Item(**(fields | changes))


def order(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "number": "1001",
        "currency": "EUR",
        "placed_at": PLACED_AT,
        "items": [item()],
        "totals": totals(),
        "customer": Customer(email="ada@example.com", first_name="Ada", last_name="Lovelace"),
        "billing_address": Address(address1="Main Street 1", city="London", state="Greater London", country="GB"),
    }
    return Order(**(fields | changes))


def snapshot(of: Order | None = None, *, kind: EventType = EventType.CREATED, **changes: Any) -> Event:
    """A created or updated event, with the order of this module unless another is given."""
    of = of or order()
    fields = {"id": "e1", "source": "shop/copenhagen", "type": kind, "subject": of.number, "time": PLACED_AT}
    return Event(**(fields | {"data": EventData(order=of)} | changes))


def action(kind: EventType, **parts: Any) -> Event:
    """An action event; ``parts`` are what its ``data`` holds."""
    return Event(id="e2", source="shop/copenhagen", type=kind, subject="1001", time=PLACED_AT, data=EventData(**parts))


def job(event: Event | None = None, *, key: str | None = None, link: Link | None = None) -> Job:
    event = event or snapshot()
    return Job(
        delivery_id=DELIVERY_ID,
        event=event,
        key=key or event.subject,
        idempotency_key=DELIVERY_ID,
        link=link or Link(),
    )
