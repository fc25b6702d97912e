"""An order in a Shop-Script shop beside the event.

Source: canonical event, "Mapping", Shop-Script; docs/fields/shopscript.md; what the real shop was seen to do (2026-11):
its total is lines less discount and with shipping, and it has no field for fees, handling or a tax of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.awkward.canon import Bought, alpha3, bought, codes, first_of, parts, services, street
from tests.awkward.comparers.shopscript_params import attributes
from tests.awkward.differences import Difference, amount, text
from tests.awkward.matching import Held, Scale, unmatched
from tests.awkward.sums import ZERO, Json, parts_of, slack, sums_of

SCALE = Scale(quantity=3, price=4)
EXACT = Decimal("0.005")
NEAR = Decimal("0.05")
A_CENT = Decimal("0.01")
"""What the shop rounds each line by, which the others make up."""
STATES = {"processing": "processing", "paid": "paid", "shipped": "shipped", "completed": "completed"}
_RECEIVED = ("first_name", "last_name", "company", "phone")
PLACE = {"city": "city", "state": "region", "postal_code": "zip"}


def differences(event: Json, held: Json) -> Iterator[Difference]:
    order = event["data"]["order"]
    params = held["params"]
    yield from text(event["subject"], params.get("ordercast_number"), "key")
    yield from text(event["source"], params.get("ordercast_source"), "key")
    yield from amount(sums_of(order).grand, held["total"], "sum", EXACT)
    yield from _carriage(order, held)
    yield from text(order["currency"], held["currency"], "currency", "currency", order["currency"])
    if Decimal(held.get("rate", 1)) == 0:
        yield Difference("rate", f"rate of {order['currency']} is 0", ("currency", "rate"))
    yield from _lines(order, held)
    yield from _buyer(order, held)
    yield from _places(order, params)
    yield from _told(order, held)
    yield from attributes(order, params)
    yield from _state(order, held)


def _lines(order: Json, held: Json) -> Iterator[Difference]:
    rows = list(held["items"].values())
    products = [_held(row, f"{row['product_id']}/{row['sku_id']}") for row in rows if row["type"] == "product"]
    extras = [_held(row, _served(row)) for row in rows if row["type"] == "service"]
    yield from unmatched(bought(order), products, _product, SCALE, named=False)
    yield from unmatched(services(order), extras, lambda one: _served(one.item), SCALE, named=False, what="service")
    placed = sorted(str(one.item["stock_id"]) for one in bought(order) if "stock_id" in one.item)
    stocks = sorted(str(row["stock_id"]) for row in rows if row.get("stock_id"))
    if placed != stocks:
        yield Difference("stock", f"stocks: {stocks} are held, not {placed}", ("stock",))


def _held(row: Json, article: str) -> Held:
    return Held(article, "", Decimal(row["quantity"]), Decimal(row["price"]))


def _product(one: Bought) -> str:
    return f"{one.item['product_id']}/{one.item['variant_id']}"


def _served(service: Json) -> str:
    return f"{service['service_id']}/{service['service_variant_id']}"


def _carriage(order: Json, held: Json) -> Iterator[Difference]:
    """What is off the order beyond its goods comes off the shipping. What the event leaves open, a rounding mostly, is
    in either of them: the shop has no line for it. How far the sum is off has been said with the sum."""
    sums, goods = sums_of(order), parts_of(order)["items"]
    below = sum((-Decimal(fee["amount"]) for fee in order.get("fees", ()) if Decimal(fee["amount"]) < 0), ZERO)
    off = sums.discount + sums.rebates + below
    beyond = max(ZERO, off - goods)
    within = NEAR + A_CENT * len(order["items"]) + slack(order) + abs(sums.grand - Decimal(held["total"]))
    yield from amount(min(off, goods), held["discount"], "discount", within)
    yield from amount(max(ZERO, sums.shipping - beyond), held["shipping"], "shipping", within)


def _buyer(order: Json, held: Json) -> Iterator[Difference]:
    customer, billing, shipping = parts(order)
    named = next((part for part in parts(order) if any(part.get(name) for name in _NAMES)), {})
    there = held["customer"] if held["contact_id"] not in (None, "0") else {}
    for name, field in _NAMES.items():
        yield from text(named.get(name), there.get(field), name, name, name.replace("_", " "), field)
    yield from text(customer.get("email"), there.get("email"), "email", "email", "e-mail")
    yield from text(first_of("phone", customer, billing, shipping), there.get("phone"), "phone")


_NAMES = {"first_name": "firstname", "last_name": "lastname", "company": "company"}


def _places(order: Json, params: Json) -> Iterator[Difference]:
    for where in ("shipping_address", "billing_address"):
        place = order.get(where, {})
        yield from _param(street(place), params, f"{where}.street")
        for name, field in PLACE.items():
            yield from _param(place.get(name), params, f"{where}.{field}")
        yield from _param(alpha3(place).lower(), params, f"{where}.country")


def _param(wanted: str | None, params: Json, name: str) -> Iterator[Difference]:
    yield from text(wanted, params.get(name), name)


def _told(order: Json, held: Json) -> Iterator[Difference]:
    """The comment with every note below it, and the params that are ours."""
    comment, params = held["comment"] or "", held["params"]
    if not comment.startswith(order.get("comment", "")):
        yield from text(order["comment"], comment, "comment")
    for note in order.get("notes", ()):
        if note["text"] not in comment:
            yield Difference("note", f"note lost: {note['text'][:60]!r}", ("note",))
    shipping, payment = order.get("shipping", {}), order.get("payment", {})
    for name in ("grand", "tax", "fees", "handling", "rebates", "rounding"):
        yield from amount(getattr(sums_of(order), name), params.get(f"ordercast_{name}"), f"param {name}")
    yield from _param(shipping.get("title") or shipping.get("method"), params, "ordercast_shipping")
    yield from _param(payment.get("title") or payment.get("method"), params, "ordercast_payment")
    yield from _param(payment.get("transaction_id"), params, "ordercast_transaction")
    receiver = order.get("shipping_address", {})
    for what, sought, word in (
        ("codes", codes(order), "codes"),
        ("tracking", [one["tracking_number"] for one in order.get("shipments", ())], "tracking"),
        ("recipient", [receiver[name] for name in _RECEIVED if receiver.get(name)], "names, company and phone"),
    ):
        lost = [one for one in sought if one not in (params.get(f"ordercast_{what}") or "")]
        if lost:
            yield Difference(what, f"{what} lost: {lost}", (word,))


def _state(order: Json, held: Json) -> Iterator[Difference]:
    wanted = STATES.get(order.get("status", ""))
    if wanted and held["state_id"] != wanted:
        said = f"state: {held['state_id']} is held, not {wanted}"
        yield Difference("state", said, ("status", "state", "action"))
