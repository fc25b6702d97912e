"""Bodies as a producer sends them: valid as they stand, changed by dotted paths."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LEFT_OUT = object()

_ORDER: dict[str, Any] = {
    "number": "1001",
    "currency": "EUR",
    "placed_at": "2026-11-21T09:00:00Z",
    "customer": {"email": "ida@example.com", "first_name": "Ida", "last_name": "Holm"},
    "items": [
        {"id": "1", "name": "Mug", "quantity": "2", "unit_price": "10.00"},
        {"id": "2", "name": "Tray", "quantity": "1", "unit_price": "5.50"},
    ],
    "totals": {"grand": "25.50"},
}

_CONTENT: dict[str, dict[str, Any]] = {
    "order.created": {"order": _ORDER},
    "order.updated": {"order": _ORDER},
    "order.cancelled": {"cancellation": {}},
    "order.deleted": {"deletion": {}},
    "order.invoiced": {"invoice": {}},
    "order.refunded": {"refund": {"whole": True}},
    "order.noted": {"note": {"text": "Call first."}},
}

TYPES = tuple(_CONTENT)


def event_body(event_type: str = "order.created", changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """An event of a type; ``changes`` maps dotted paths to new values, or to ``LEFT_OUT``."""
    body = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "shop/test",
        "type": event_type,
        "subject": "1001",
        "time": "2026-11-21T09:30:00Z",
        "data": deepcopy(_CONTENT[event_type]),
    }
    for path, value in (changes or {}).items():
        put(body, path, value)
    return body


def order_body(changes: dict[str, Any] | None = None, event_type: str = "order.created") -> dict[str, Any]:
    """An event with an order; ``changes`` are below ``data.order``."""
    return event_body(event_type, {f"data.order.{path}": value for path, value in (changes or {}).items()})


def put(body: Any, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        body = body[int(step)] if isinstance(body, list) else body.setdefault(step, {})
    if value is LEFT_OUT:
        del body[last]
    elif isinstance(body, list):
        body[int(last) :] = [value]
    else:
        body[last] = value
