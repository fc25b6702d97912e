"""The lines of an order as Order Desk has them: one for each item, one for each of its services.

Order Desk adds up price times quantity, the quantity whole (page "Order Items", 2018-04-30: "integer format"), and we
send 4 decimals of a price. A line that cannot be said so is one piece at the price of all, and its name says how many.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from schemas.order import ZERO, Item, Order, Service
from schemas.providers.orderdesk import OUR_ITEM
from worker.providers.orderdesk.money import free_name, money
from worker.providers.orderdesk.overlay import Fields


def lines_of(order: Order) -> dict[str, Fields]:
    """The fields of every line by our name for it: the item's id, or ``item#service``. An item of which there is
    nothing left (quantity 0) has no line."""
    lines: dict[str, Fields] = {}
    for item in order.items:
        if not item.quantity:
            continue
        for wish, fields in _of_item(item):
            name = free_name(wish, lines)
            lines[name] = {**fields, f"metadata/{OUR_ITEM}": name}
    return lines


def product_total(lines: dict[str, Fields]) -> Decimal:
    """What these lines come to: Σ price times quantity, as Order Desk adds it up."""
    return sum((line["price"] * line["quantity"] for line in lines.values()), ZERO)


def _of_item(item: Item) -> Iterator[tuple[str, Fields]]:
    optional: Fields = {
        "weight": item.weight,
        "code": item.sku,
        "delivery_type": item.delivery_type,
        "category_code": item.category,
    }
    present = {name: value for name, value in optional.items() if value is not None}
    variation = {f"variation_list/{name}": value for name, value in item.variation.items()}
    metadata = {f"metadata/{name}": value for name, value in item.metadata.items()}
    counted = _counted(item.name, item.unit_price, item.quantity, item.total)
    if item.weight is not None and counted["quantity"] != item.quantity:
        present["weight"] = item.weight * item.quantity  # as one piece: the vendor adds up weight times quantity
    yield item.id, {**counted, **present, **variation, **metadata}
    for service in item.services:
        yield f"{item.id}#{service.id or service.service_id}", _of_service(item, service)


def _of_service(item: Item, service: Service) -> Fields:
    name = service.name or f"Service {service.service_id}"
    return {
        **_counted(name, service.price, item.quantity, service.price * item.quantity),
        "code": service.service_id,
        "delivery_type": "noship",
    }


def _counted(name: str, unit_price: Decimal, quantity: Decimal, total: Decimal) -> Fields:
    """Name, price and quantity of a line that comes to ``total``."""
    price, pieces = money(unit_price), int(quantity)
    if pieces == quantity and price == unit_price and total == unit_price * quantity:
        return {"name": name, "price": price, "quantity": pieces}
    told = name if quantity == 1 else f"{quantity.normalize():f} × {name}"
    return {"name": told, "price": money(total), "quantity": 1}
