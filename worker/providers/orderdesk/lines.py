"""The lines of an order as Order Desk has them, and which line there is which of ours.

There is one for each item and one for each of its services. Order Desk adds up price times quantity, the quantity whole
(page "Order Items", 2018-04-30: "integer format"), and we send 4 decimals of a price. A line that cannot be said so is
one piece at the price of all, and its name says how many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from schemas.order import ZERO, Item, Order, Service
from schemas.providers.orderdesk import OUR_ITEM, OUR_MARKS, HeldLine, HeldOrder, read_text
from worker.providers.orderdesk.mapping_overlay import (
    Fields,
    healing,
    marks_of,
    overlay,
    read_marks,
    send_back,
    write_marks,
)
from worker.providers.orderdesk.sums import free_name, money


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What comes of the lines that are held.

    ``keep`` are the whole lines to send back, each with its id, people's own among them; ``new`` are those of ours
    that are not there; ``gone`` the ids of those of ours that shall not be there any more. ``line_ids`` maps our name
    for a line to the vendor's id.
    """

    keep: list[Fields]
    new: list[Fields]
    gone: list[str]
    line_ids: dict[str, str]


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


def plan_lines(
    held: HeldOrder, wanted: Mapping[str, Fields], known_ids: Mapping[str, str], *, heals: bool = False
) -> LinePlan:
    """Match what is held with what is wanted: by our name in the line's metadata, by the id we know, then by code.

    ``heals`` lays our prices and quantities over people's."""
    lines = held.lines
    line_ids = match_lines(lines, wanted, known_ids)
    names = {line_id: name for name, line_id in line_ids.items()}
    twins = {names[line.id]: line for line in lines if line.id in names}
    keep: list[Fields] = []
    gone: list[str] = []
    for line in lines:
        if line.id in names:
            keep.append(_merged(line, wanted[names[line.id]], heals=heals))
        elif _is_spent(line, twins, known_ids):
            gone.append(line.id)
        else:
            keep.append(unchanged(line))
    new = [new_line(fields) for name, fields in wanted.items() if name not in line_ids]
    return LinePlan(keep, new, gone, line_ids)


def unchanged(line: HeldLine) -> Fields:
    """A line as it is, as it is sent back."""
    return {**send_back(line.fields), "id": line.id}


def new_line(fields: Fields) -> Fields:
    """A line of ours that is not there yet, as it is sent."""
    return _marked(overlay({}, fields, {}), fields)


def match_lines(lines: list[HeldLine], wanted: Mapping[str, Fields], known_ids: Mapping[str, str]) -> dict[str, str]:
    by_name: dict[str, str] = {}
    by_code: dict[str, list[str]] = defaultdict(list)
    nameless = {line.id for line in lines if line.item_id not in wanted}
    for line in lines:
        if line.item_id in wanted:
            by_name.setdefault(str(line.item_id), line.id)
        elif line.code:
            by_code[line.code].append(line.id)
    found = {name: by_name[name] for name in wanted if name in by_name}
    for name in wanted.keys() - found.keys():
        if known_ids.get(name) in nameless:
            found[name] = known_ids[name]
    taken = set(found.values())
    for name, fields in wanted.items():
        free = next((i for i in by_code.get(fields.get("code", ""), ()) if i not in taken), None)
        if name not in found and free is not None:
            found[name] = free
            taken.add(free)
    return found


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


def _is_spent(line: HeldLine, twins: Mapping[str, HeldLine], known_ids: Mapping[str, str]) -> bool:
    """Whether an unmatched line is one of ours that is not wanted any more, or the double of one that is.

    A double comes of a line that was added late, after we had given up waiting; it is the same in number and price.
    A line that people split off carries our name too, but another quantity: that one stays.
    """
    if line.item_id is None:
        return line.id in known_ids.values()
    twin = twins.get(line.item_id)
    return twin is None or all(
        read_text(line.fields.get(name)) == read_text(twin.fields.get(name)) for name in ("quantity", "price")
    )


def _merged(line: HeldLine, ours: Fields, *, heals: bool) -> Fields:
    before = read_marks(line.metadata)
    merged = overlay(send_back(line.fields), ours, healing(before, ours) if heals else before)
    return {**_marked(merged, ours), "id": line.id}


def _marked(merged: Fields, ours: Fields) -> Fields:
    return {**merged, "metadata": {**merged.get("metadata", {}), OUR_MARKS: write_marks(marks_of(ours))}}
