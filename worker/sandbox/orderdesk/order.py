"""One order as Order Desk keeps it: what it makes of an order that is sent, and how it shows one.

Source: the vendor's page "Orders" (2018-04-30). What no page says is marked so.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from worker.sandbox.orderdesk.values import Json, Refused, amount, as_sent, json_map, objects, text

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
TEXTS = (
    *("email", "shipping_method", "cc_exp", "processor_response", "payment_type", "customer_id", "ip_address"),
    *("tag_color", "tag_name", "fulfillment_name", "fulfillment_id"),
)
AMOUNTS = ("shipping_total", "handling_total", "tax_total", "processor_balance", "refund_total")
TOTALS = frozenset({"quantity_total", "weight_total", "product_total", "discount_total", "order_total"})
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


def read_order(sent: Json) -> Json:
    """Every field of an order that can be written, from what was sent: what is left out is blank."""
    status = text(sent.get("payment_status")) or "Captured"
    if status not in PAYMENT_STATUSES:
        raise Refused("Invalid payment_status")  # not documented what becomes of another word
    order: Json = {name: text(sent.get(name)) for name in TEXTS}
    order |= {name: amount(sent.get(name)) for name in AMOUNTS}
    order |= {name: _block(sent.get(name), parts) for name, parts in BLOCKS.items()}
    for empty, other in (("shipping", "customer"), ("customer", "shipping")):
        if not any(order[empty].values()):
            order[empty] = _block(order[other], BLOCKS[empty])
    order |= {name: json_map(sent.get(name)) for name in ("checkout_data", "order_metadata")}
    digits = text(sent.get("cc_number"))
    order["cc_number_masked"] = f"xxxxxxxxxxxx{digits}" if digits else ""
    order["discount_list"] = [_discount(part) for part in objects(sent.get("discount_list"))]
    order["order_notes"] = _kept_notes(objects(sent.get("order_notes")))
    return {**order, "payment_status": status, "source_name": text(sent.get("source_name")) or "Order Desk"}


def require_any_name(order: Json) -> None:
    """The rule of "Create an Order": one of six name fields."""
    names = ("first_name", "last_name", "company")
    if not any(order[block][name] for block in ("customer", "shipping") for name in names):
        raise Refused("A first name, last name or company is required")


def require_whole_names(order: Json) -> None:
    """The rule of "Address Properties": of both addresses the first and last name, or the company."""
    for part in (order["customer"], order["shipping"]):
        if not (part["company"] or (part["first_name"] and part["last_name"])):
            raise Refused("A first and last name or a company is required")


NAME_RULES = {"any": require_any_name, "whole": require_whole_names}
"""Two sections of one page contradict each other."""


def with_totals(order: Json) -> Json:
    """The order and the totals that only the vendor writes."""
    lines = order["order_items"]
    product = sum((amount(line["price"]) * line["quantity"] for line in lines), Decimal(0))
    discount = sum((amount(part["amount"]) for part in order["discount_list"]), Decimal(0))
    return {
        **order,
        "quantity_total": sum(line["quantity"] for line in lines),
        "weight_total": sum((line["weight"] * line["quantity"] for line in lines), Decimal(0)),
        "product_total": product,
        "discount_total": discount,
        "order_total": product + order["shipping_total"] + order["handling_total"] + order["tax_total"] - discount,
    }


def rounded(order: Json, decimals: int) -> Json:
    """The order with every amount to so many decimals, half up as PHP rounds."""
    step = Decimal(1).scaleb(-decimals)

    def to_step(value: object) -> Decimal:
        return amount(value).quantize(step, ROUND_HALF_UP)

    return {
        **order,
        **{name: to_step(order[name]) for name in AMOUNTS},
        "order_items": [{**line, "price": to_step(line["price"])} for line in order["order_items"]],
        "discount_list": [{**part, "amount": to_step(part["amount"])} for part in order["discount_list"]],
    }


def _block(value: object, parts: tuple[str, ...]) -> Json:
    sent = json_map(value)
    return {name: text(sent.get(name)) for name in parts}


def _discount(sent: Json) -> Json:
    if amount(sent.get("amount")) < 0:
        raise Refused("Invalid discount amount")  # "should be stored as positive numbers"; not documented what if not
    return {"name": text(sent.get("name")), "code": text(sent.get("code")), "amount": as_sent(sent.get("amount"))}


def _kept_notes(sent: list[Json]) -> list[Json]:
    """All notes hold 2,000 characters, dates and names included; what is beyond is lost."""
    notes, room = [], NOTES_CHARS
    for part in sent:
        note = {name: text(part.get(name)) for name in ("date_added", "username", "content")}
        room -= len(note["date_added"]) + len(note["username"])
        if room <= 0:
            break
        note["content"] = note["content"][:room]
        room -= len(note["content"])
        notes.append(note)
    return notes
