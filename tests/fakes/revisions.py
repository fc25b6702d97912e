"""Orders of two revisions whose total grows, and what is wrong with them at the vendors and in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.fakes.bodies import event_body
from tests.fakes.house import House

LINE = {"id": "1", "name": "Mug", "quantity": "1", "product_id": "11", "variant_id": "111"}
ENDED = {"delivered", "superseded", "skipped"}
CANNOT_UPDATE = "retargeting"


def revision(number: str, of: int) -> dict[str, Any]:
    """The order's first or later snapshot; its total is ten times the revision."""
    price = str(10 * of)
    changes = {"id": f"{number}.{of}", "subject": number, "revision": of, "data.order.number": number}
    kind = "order.created" if of == 1 else "order.updated"
    order = {"data.order.items": [{**LINE, "unit_price": price}], "data.order.totals": {"grand": price}}
    return event_body(kind, {**changes, **order})


def two_of_each(orders: int) -> list[dict[str, Any]]:
    """The first revisions of so many orders, then the second ones."""
    return [revision(f"N{n}", of) for of in (1, 2) for n in range(orders)]


def broken(house: House, orders: int) -> list[str]:
    """What was lost, doubled, out of order or not ended, of that many orders of two revisions."""
    return [*_at_vendors(house, {f"N{n}" for n in range(orders)}), *_in_ledger(house, 2 * orders * len(house.kinds))]


def _at_vendors(house: House, numbers: set[str]) -> Iterator[str]:
    for kind in house.kinds:
        held = house.orders(kind)
        keys = Counter(order["key"] for order in held)
        if keys != Counter(numbers):
            more, less = keys - Counter(numbers), Counter(numbers) - keys
            yield f"{kind} holds {len(held)} orders, {dict(more.most_common(9))} too many, {[*less][:9]} missing"
        for order in held:
            totals = [Decimal(str(save[1])) for save in order["saves"]]
            if totals != sorted(totals) or (kind != CANNOT_UPDATE and totals[-1] != Decimal(20)):
                yield f"{kind} {order['key']}: {totals}"


def _in_ledger(house: House, count: int) -> Iterator[str]:
    deliveries = house.deliveries()
    if len(deliveries) != count:
        yield f"{len(deliveries)} deliveries, not {count}; of {sorted({one.event_id for one in deliveries})[:9]}"
    for delivery in deliveries:
        if delivery.state not in ENDED:
            yield f"{delivery.provider} {delivery.event_id} is {delivery.state} ({delivery.reason})"
