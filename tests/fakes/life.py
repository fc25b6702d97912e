"""One order's whole life, as its shop tells it: made, changed twice, noted, invoiced, refunded in part, cancelled."""

from __future__ import annotations

from typing import Any

from tests.fakes.bodies import event_body, order_body

NUMBER = "1001"


def _line(item: int, quantity: str, price: str) -> dict[str, Any]:
    return {
        "id": str(item),
        "sku": f"SKU-{item}",
        "product_id": str(10 + item),
        "variant_id": str(110 + item),
        "name": f"Product {item}",
        "quantity": quantity,
        "unit_price": price,
    }


def _address(city: str) -> dict[str, Any]:
    return {
        "first_name": "Ida",
        "last_name": "Holm",
        "address1": "Havnegade 1",
        "city": city,
        "state": "Fyn",
        "postal_code": "5000",
        "country": "DK",
    }


def _snapshot(kind: str, revision: int, items: list[dict[str, Any]], grand: str, city: str) -> dict[str, Any]:
    body = order_body(
        {
            "status": "processing",
            "customer.id": "c-1",
            "customer.phone": "+45 12 34 56 78",
            "billing_address": _address("Odense"),
            "shipping_address": _address(city),
            "comment": "Ring twice",
            "items": items,
            "shipping": {"method": "parcel", "title": "Parcel", "price": "4.90"},
            "payment": {"method": "card", "title": "Card", "status": "captured"},
            "discounts": [{"code": "WELCOME", "title": "Welcome", "amount": "2.00"}],
            "totals": {"grand": grand},
        },
        kind,
    )
    return body | {"id": f"e-{revision}", "revision": revision}


CREATED = _snapshot("order.created", 1, [_line(1, "2", "10.00"), _line(2, "1", "5.50")], "28.40", "Odense")
CHANGED = _snapshot("order.updated", 2, [_line(1, "3", "10.00"), _line(3, "2", "7.25")], "47.40", "Kolding")
AGAIN = _snapshot(
    "order.updated", 3, [_line(1, "3", "9.00"), _line(3, "1", "7.25"), _line(4, "1", "3.00")], "40.15", "Kolding"
)
NOTED = event_body("order.noted", {"id": "e-4", "data.note": {"text": "Call first.", "author": "Kim"}})
INVOICED = event_body(
    "order.invoiced", {"id": "e-5", "data.invoice": {"number": "444", "issued_at": "2026-11-21T12:15:00Z"}}
)
REFUNDED = event_body(
    "order.refunded", {"id": "e-6", "data.refund": {"lines": [{"item_id": "1", "quantity": "1", "amount": "9.00"}]}}
)
CANCELLED = event_body("order.cancelled", {"id": "e-7", "data.cancellation": {"reason": "Changed her mind"}})

LIFE = (CREATED, CHANGED, AGAIN, NOTED, INVOICED, REFUNDED, CANCELLED)
