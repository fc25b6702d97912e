"""The orders of the demo: a few hundred, the same in every run, in the canonical shape as a shop would send it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

SOURCE = "shop/demo"
ORDERS = 240
REFUSED_NAME = "Holdsworth"
"""The buyer whose orders every vendor refuses, until that is put right."""

EVERY_REFUSED = 40

Document = dict[str, Any]

_CATALOGUE = (
    ("MUG-BLUE", "Stoneware mug, blue", "8.90"),
    ("TRAY-OAK", "Oak tray", "24.90"),
    ("TEA-100", "Green tea, 100 g", "6.50"),
    ("LAMP-ARC", "Arc lamp", "129.00"),
    ("RUG-WOOL", "Wool rug, 140 × 200 cm", "189.00"),
    ("VASE-TALL", "Tall vase, Ærø glass", "39.95"),
)
_BUYERS = (("Ida", "Holm"), ("Jörg", "Krüger"), ("Amélie", "Dubois"), ("Łukasz", "Nowak"), ("Siobhán", "O’Neill"))
_PLACES = (
    ("København K", "1165", "DK"),
    ("Hamburg", "20457", "DE"),
    ("Lyon", "69002", "FR"),
    ("Kraków", "31-002", "PL"),
)


def demo_events() -> Iterator[Document]:
    """Creations first, then what happens to some orders later: updates with another total, notes, cancellations."""
    chance = random.Random(1001)  # noqa: S311  the same orders in every run, nothing secret
    orders = [_order(number, chance) for number in range(ORDERS)]
    for order in orders:
        yield _event(order, "order.created", 1)
    for number, order in enumerate(orders):
        if number % 2 == 0:
            yield _event(_with_one_more(order), "order.updated", 2)
        if number % 12 == 5:  # noqa: PLR2004  some
            yield _action(order, "order.noted", {"note": {"text": "Please ring twice."}})
        if number % 24 == 7:  # noqa: PLR2004  fewer
            yield _action(order, "order.cancelled", {"cancellation": {"reason": "changed my mind"}})


def _order(number: int, chance: random.Random) -> Document:
    first, last = _BUYERS[number % len(_BUYERS)]
    if number % EVERY_REFUSED == 0:
        first, last = "Nora", REFUSED_NAME
    city, postal_code, country = chance.choice(_PLACES)
    address = {
        "first_name": first,
        "last_name": last,
        "address1": f"Market Street {number + 1}",
        "city": city,
        "state": city,
        "postal_code": postal_code,
        "country": country,
        "phone": f"+45 12 34 {number // 100:02} {number % 100:02}",
    }
    lines = chance.sample(range(len(_CATALOGUE)), chance.randint(1, 3))
    order: Document = {
        "number": f"D-{1001 + number}",
        "status": "processing",
        "currency": "EUR",
        "placed_at": f"2026-11-20T{8 + number // 60:02}:{number % 60:02}:00Z",
        "customer": {
            "id": f"c-{number + 1}",
            "email": f"buyer{number + 1}@example.com",
            "first_name": first,
            "last_name": last,
            "phone": address["phone"],
            "marketing_consent": True,
        },
        "billing_address": address,
        "shipping_address": address,
        "items": [_item(line, chance.randint(1, 4)) for line in lines],
        "shipping": {"method": "parcel", "title": "Parcel", "price": "4.90"},
        "payment": {"method": "card", "title": "Card", "status": "captured"},
    }
    return order | {"totals": _totals(order)}


def _item(line: int, quantity: int) -> Document:
    sku, name, price = _CATALOGUE[line]
    return {
        "id": str(line + 1),
        "sku": sku,
        "product_id": str(101 + line),
        "variant_id": str(1011 + 10 * line),
        "name": name,
        "quantity": str(quantity),
        "unit_price": price,
    }


def _with_one_more(order: Document) -> Document:
    """The order with one piece more of its first line: another total, by which a vendor's saves can be told apart."""
    first, *rest = order["items"]
    changed = {**order, "items": [{**first, "quantity": str(int(first["quantity"]) + 1)}, *rest]}
    return changed | {"totals": _totals(changed)}


def _totals(order: Document) -> Document:
    items = sum((Decimal(item["unit_price"]) * int(item["quantity"]) for item in order["items"]), Decimal(0))
    return {"grand": str(items + Decimal(order["shipping"]["price"]))}


def _event(order: Document, kind: str, revision: int) -> Document:
    return _envelope(order, kind, f"{order['number']}.{revision}") | {"revision": revision, "data": {"order": order}}


def _action(order: Document, kind: str, content: Document) -> Document:
    return _envelope(order, kind, f"{order['number']}.{kind.partition('.')[2]}") | {"data": content}


def _envelope(order: Document, kind: str, event_id: str) -> Document:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": kind,
        "subject": order["number"],
        "time": order["placed_at"],
    }
