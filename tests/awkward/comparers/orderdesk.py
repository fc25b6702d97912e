"""An order at Order Desk beside the event.

Source: canonical event, "Mapping", Order Desk; docs/fields/orderdesk.md; the vendor's page "Orders" (2018-04-30), by
which it adds its totals up itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from decimal import Decimal
from typing import Any

from tests.awkward.canon import Bought, bought, codes, services
from tests.awkward.comparers.orderdesk_people import people
from tests.awkward.differences import Difference, amount, made_up, text
from tests.awkward.matching import Held, Scale, unmatched
from tests.awkward.sums import ZERO, Json, item_discounts, order_discounts, payment_fee, summed, sums_of

SCALE = Scale(quantity=6, price=4)
EXACT = Decimal("0.005")
SENT = Decimal("0.00005")
"""Amounts go out with up to four decimals."""
NEAR = Decimal("0.05")
A_GRAM = Decimal("0.001")
PAYMENT_STATUSES = {
    "approved": "Approved", "authorized": "Authorized", "captured": "Captured", "pending": "Pending",
    "partially_refunded": "Partially Refunded", "refunded": "Fully Refunded", "rejected": "Rejected", "voided": "Voided",
}  # fmt: skip
BY_STATUS = {
    "pending": "Pending", "on_hold": "Pending", "authorized": "Authorized", "cancelled": "Voided",
    "refunded": "Fully Refunded",
}  # fmt: skip


def differences(event: Json, held: Json) -> Iterator[Difference]:
    order = event["data"]["order"]
    yield from text(event["subject"], held["source_id"], "key")
    yield from _money(order, held)
    yield from _lines(order, held)
    yield from people(order, held)
    yield from _payment(order, held)
    yield from _told(order, held)


def _lines(order: Json, held: Json) -> Iterator[Difference]:
    rows = [
        Held(str(row["code"]), row["name"], Decimal(str(row["quantity"])), Decimal(str(row["price"])))
        for row in held["order_items"]
    ]
    wanted = bought(order) + services(order)
    yield from unmatched(wanted, rows, _code, SCALE, named=True)
    yield from _goods(order, held["order_items"])
    weight = summed(one.quantity * Decimal(one.item.get("weight", 0)) for one in bought(order))
    yield from amount(weight, held["weight_total"], "weight", A_GRAM)


def _goods(order: Json, rows: list[Json]) -> Iterator[Difference]:
    """What each line is beside its name and price, whichever line it is."""
    for ours, theirs in (("variation", "variation_list"), ("category", "category_code")):
        wanted = sorted(_said(one.item.get(ours)) for one in bought(order))
        held = sorted(_said(row[theirs]) for row in rows)
        if [one for one in wanted if one] != [one for one in held if one]:
            yield Difference(ours, f"{ours}: {held} is held, not {wanted}", (ours,))
    for word in ("noship", "download", "future"):
        extra = len(services(order)) if word == "noship" else 0
        wanted_count = sum(one.item.get("delivery_type") == word for one in bought(order)) + extra
        held_count = sum(row["delivery_type"] == word for row in rows)
        if wanted_count != held_count:
            yield Difference("delivery type", f"{word}: {held_count} lines, not {wanted_count}", ("delivery",))


def _said(value: Any) -> str:
    return str(sorted(value.items())) if isinstance(value, dict) else str(value or "")


def _code(one: Bought) -> str:
    return str(one.item.get("service_id") or one.item.get("sku") or "")


def _money(order: Json, held: Json) -> Iterator[Difference]:
    sums = sums_of(order)
    yield from amount(sums.grand, held["order_total"], "sum", EXACT)
    yield from amount(sums.shipping, held["shipping_total"], "shipping")
    yield from amount(ZERO if sums.tax_included else sums.tax, held["tax_total"], "tax")
    fees = [Decimal(fee["amount"]) for fee in order.get("fees", ())]
    above = sum((fee for fee in fees if fee > 0), payment_fee(order) + sums.handling)
    more = Decimal(str(held["handling_total"])) - above
    less = yield from _taken_off(order, held)
    yield from made_up(more - less, order, NEAR)


def _taken_off(order: Json, held: Json) -> Generator[Difference, None, Decimal]:
    """Each discount under its name, code and amount; returns what is taken off under no name of ours."""
    left = [(row["name"], row["code"], Decimal(str(row["amount"]))) for row in held["discount_list"]]
    for name, code, off in _discounts(order):
        found = next((row for row in left if row[:2] == (name, code) and abs(row[2] - off) <= SENT), None)
        if found is None:
            yield Difference(
                "discount", f"discount lost: {name!r} {code!r} {off:f}, there are {left}", (name, code or name)
            )
        else:
            left.remove(found)
    return sum((row[2] for row in left), ZERO)


def _discounts(order: Json) -> Iterator[tuple[str, str, Decimal]]:
    for discount, off in order_discounts(order):
        if off:
            yield discount.get("title") or discount.get("code", ""), discount.get("code", ""), off
    if item_discounts(order):
        yield "Item discounts", ", ".join(codes(order, allocated=True)), item_discounts(order)
    if sums_of(order).rebates:
        yield "Rebate", "", sums_of(order).rebates
    for fee in order.get("fees", ()):
        if Decimal(fee["amount"]) < 0:
            yield fee["title"], "", -Decimal(fee["amount"])


def _payment(order: Json, held: Json) -> Iterator[Difference]:
    payment, shipping = order.get("payment", {}), order.get("shipping", {})
    yield from text(shipping.get("title") or shipping.get("method"), held["shipping_method"], "shipping method")
    yield from text(payment.get("title") or payment.get("method"), held["payment_type"], "payment")
    by_status = BY_STATUS.get(order.get("status", ""), "Captured")
    yield from text(PAYMENT_STATUSES.get(payment.get("status"), by_status), held["payment_status"], "payment status")
    digits = str(held["cc_number_masked"])[-4:]
    yield from text(payment.get("card_last4"), digits, "card")
    yield from text(payment.get("card_expiry"), held["cc_exp"], "card")
    said = ": ".join(payment[name] for name in ("gateway", "transaction_id") if payment.get(name))
    yield from text(said if payment.get("transaction_id") else "", held["processor_response"], "transaction")


def _told(order: Json, held: Json) -> Iterator[Difference]:
    shown = held["checkout_data"] or {}
    wanted = [*order.get("attributes", {}).items(), ("Comment", order.get("comment", ""))]
    for name, value in wanted:
        if name == "Comment" and value in shown.get(name, ""):
            continue  # an attribute of that name and the comment share the place
        yield from text(value, shown.get(name), f"attribute {name}", name, "attribute")
    hidden = held["order_metadata"] or {}
    for name, value in order.get("metadata", {}).items():
        if str(hidden.get(name)).casefold() != str(value).casefold():
            yield Difference("metadata", f"metadata {name}: {hidden.get(name)!r} is held", (name, "metadata"))
    placed = order["placed_at"].replace("T", " ").removesuffix("Z")
    yield from text(placed, held["date_added"], "date")
    places = str(held["order_notes"]) + str(held["order_history"])
    for note in order.get("notes", ()):
        if note["text"] not in places:
            yield Difference("note", f"note lost: {note['text'][:60]!r}", ("note",))
    sent = sorted(row["tracking_number"] for row in held["order_shipments"])
    yield from text(sorted(one["tracking_number"] for one in order.get("shipments", ())), sent, "shipments", "shipment")
