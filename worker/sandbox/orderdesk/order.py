"""One order as Order Desk keeps it: what it makes of an order that is sent, and how it shows one.

Sources: the vendor's pages "Orders", "Order Items", "Shipments" (2018-04-30). What no page says is marked so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]

NOTES_CHARS = 2000
PAYMENT_STATUSES = frozenset(
    {
        "Approved",
        "Authorized",
        "Captured",
        "Fully Refunded",
        "Partially Refunded",
        "Pending",
        "Rejected",
        "Voided",
    }
)
DELIVERY_TYPES = frozenset({"ship", "noship", "download", "future"})
TEXTS = (
    *("email", "shipping_method", "cc_exp", "processor_response", "payment_type", "customer_id", "ip_address"),
    *("tag_color", "tag_name", "fulfillment_name", "fulfillment_id"),
)
AMOUNTS = ("shipping_total", "handling_total", "tax_total", "processor_balance", "refund_total")
ADDRESS = (
    "first_name",
    "last_name",
    "company",
    "address1",
    "address2",
    "city",
    "state",
    "postal_code",
    "country",
    "phone",
)
BLOCKS = {
    "shipping": (*ADDRESS, "address3", "address4"),
    "customer": ADDRESS,
    "return_address": ("title", "name", *ADDRESS[2:]),
}
NAMES = ("first_name", "last_name", "company")
SHIPMENT_TEXTS = (
    *("tracking_number", "carrier_code", "shipment_method", "weight", "cost", "status", "tracking_url"),
    *("label_format", "label_image", "order_items", "print_status", "cart_shipment_id", "date_shipped"),
)


class Refused(Exception):
    """The vendor takes no such order. Its text is the vendor's message."""


def read_order(sent: Json) -> Json:
    """Every field of an order that can be written, from what was sent: what is left out is blank."""
    status = _text(sent.get("payment_status")) or "Captured"
    if status not in PAYMENT_STATUSES:
        raise Refused("Invalid payment_status")  # not documented what becomes of another word
    order: Json = {name: _text(sent.get(name)) for name in TEXTS}
    order |= {name: amount(sent.get(name)) for name in AMOUNTS}
    order |= {name: _block(sent.get(name), parts) for name, parts in BLOCKS.items()}
    for empty, other in (("shipping", "customer"), ("customer", "shipping")):
        if not any(order[empty].values()):
            order[empty] = _block(order[other], BLOCKS[empty])
    order |= {name: _map(sent.get(name)) for name in ("checkout_data", "order_metadata")}
    digits = _text(sent.get("cc_number"))
    order["cc_number_masked"] = f"xxxxxxxxxxxx{digits}" if digits else ""
    order["discount_list"] = [_discount(part) for part in _list(sent.get("discount_list"))]
    order["order_notes"] = _kept_notes(_list(sent.get("order_notes")))
    return {**order, "payment_status": status, "source_name": _text(sent.get("source_name")) or "Order Desk"}


def read_line(sent: Json) -> Json:
    """Every field of a line that can be written. A quantity is cut to a whole number ("integer format")."""
    delivery_type = _text(sent.get("delivery_type")) or "ship"
    if delivery_type not in DELIVERY_TYPES:
        raise Refused("Invalid delivery_type")  # not documented what becomes of another word
    return {
        "name": _text(sent.get("name")),
        "price": amount(sent.get("price")),
        "quantity": int(amount(sent.get("quantity", 1))),
        "weight": amount(sent.get("weight")),
        "code": _text(sent.get("code")),
        "delivery_type": delivery_type,
        "category_code": _text(sent.get("category_code")),
        "fulfillment_method": _text(sent.get("fulfillment_method")),
        "variation_list": _map(sent.get("variation_list")),
        "metadata": _map(sent.get("metadata")),
    }


def read_shipment(sent: Json) -> Json:
    return {name: _text(sent.get(name)) for name in SHIPMENT_TEXTS}


def require_name(order: Json) -> None:
    """The rule of "Create an Order": one of six name fields."""
    if not any(order[block][name] for block in ("customer", "shipping") for name in NAMES):
        raise Refused("A first name, last name or company is required")


def with_totals(order: Json) -> Json:
    """The order and the totals that only the vendor writes."""
    lines = order["order_items"]
    product = sum((line["price"] * line["quantity"] for line in lines), Decimal(0))
    discount = sum((part["amount"] for part in order["discount_list"]), Decimal(0))
    return {
        **order,
        "quantity_total": sum(line["quantity"] for line in lines),
        "weight_total": sum((line["weight"] * line["quantity"] for line in lines), Decimal(0)),
        "product_total": product,
        "discount_total": discount,
        "order_total": product + order["shipping_total"] + order["handling_total"] + order["tax_total"] - discount,
    }


def utc_text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def amount(value: object) -> Decimal:
    """A number, sent as number or text; what is none is 0, as PHP has it."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _map(value: object) -> Json:
    if isinstance(value, list):
        return {str(place): entry for place, entry in enumerate(value)}
    return dict(value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Json]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [part for part in parts if isinstance(part, dict)]


def _block(value: object, parts: tuple[str, ...]) -> Json:
    sent = _map(value)
    return {name: _text(sent.get(name)) for name in parts}


def _discount(sent: Json) -> Json:
    return {"name": _text(sent.get("name")), "code": _text(sent.get("code")), "amount": amount(sent.get("amount"))}


def _kept_notes(sent: list[Json]) -> list[Json]:
    """All notes hold 2,000 characters, dates and names included; what is beyond is lost."""
    notes, room = [], NOTES_CHARS
    for part in sent:
        note = {name: _text(part.get(name)) for name in ("date_added", "username", "content")}
        room -= len(note["date_added"]) + len(note["username"])
        if room <= 0:
            break
        note["content"] = note["content"][:room]
        room -= len(note["content"])
        notes.append(note)
    return notes
