"""An order at Retargeting beside the event.

Source: canonical event, "Mapping", Retargeting; docs/fields/retargeting.md; the vendor's page order/save (2019-03-29):
``total`` is what the buyer pays, and the parts have to come to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.awkward.canon import Bought, both_names, bought, codes, first_of, services, street
from tests.awkward.differences import Difference, amount, text
from tests.awkward.matching import Held, Scale, unmatched
from tests.awkward.sums import ZERO, Json, payment_fee, slack, summed, sums_of

SCALE = Scale(quantity=4, price=4)
NEAR = Decimal("0.05")
PLACEHOLDER = "-"


def differences(event: Json, held: Json) -> Iterator[Difference]:
    order, sent = event["data"]["order"], held["order"]
    yield from text(event["subject"], sent["order_no"], "key")
    yield from _money(order, held)
    yield from unmatched(bought(order), [_line(row) for row in held["products"]], article, SCALE, named=False)
    yield from _buyer(order, sent)
    yield from _place(order, sent)
    yield from _codes(order, sent)


def article(one: Bought) -> str:
    """What a line is known by, and its variation."""
    number = one.item.get("product_id") or one.item.get("sku") or one.id
    return f"{number}/{one.item.get('variation_code', '')}"


def _line(row: Json) -> Held:
    known_by = f"{row['id']}/{row['variation_code']}"
    return Held(known_by, "", Decimal(row["quantity"]), Decimal(row["price"]))


def _money(order: Json, held: Json) -> Iterator[Difference]:
    sent, sums = held["order"], sums_of(order)
    yield from amount(sums.grand, sent["total"], "sum", NEAR)
    yield from amount(sums.shipping, sent["shipping"], "shipping")
    yield from amount(sums.rebates, sent["rebates"], "rebates")
    within = NEAR + slack(order)
    fees = [Decimal(fee["amount"]) for fee in order.get("fees", ())]
    below = -summed(fee for fee in fees if fee < 0)
    yield from amount(sums.discount + below, sent["discount"], "discount", within)
    added = (
        payment_fee(order),
        sums.handling,
        *(fee for fee in fees if fee > 0),
        *(one.total for one in services(order)),
    )
    yield from amount(summed((*added, ZERO if sums.tax_included else sums.tax)), sent["fees"], "fees", within)
    lines = sum((_line(row).total for row in held["products"]), Decimal(0))
    more = Decimal(sent["shipping"]) + Decimal(sent["fees"])
    less = Decimal(sent["discount"]) + Decimal(sent["rebates"])
    yield from amount(sums.grand, lines + more - less, "sum of parts", NEAR)


def _buyer(order: Json, sent: Json) -> Iterator[Difference]:
    customer, billing, shipping = (order.get(name, {}) for name in ("customer", "billing_address", "shipping_address"))
    first, last = both_names(order)
    yield from text(first, sent["firstname"], "name")
    yield from text(last, sent["lastname"], "name")
    yield from text(customer.get("email"), sent["email"], "email", "e-mail")
    yield from text(first_of("phone", customer, billing, shipping), sent["phone"], "phone")
    born = "-".join(reversed(customer.get("birthday", "").split("-")))
    yield from text(born, sent.get("birthday"), "birthday")


def _place(order: Json, sent: Json) -> Iterator[Difference]:
    places = [order.get(name, {}) for name in ("billing_address", "shipping_address")]
    state = first_of("state", *places) or first_of("country", *places) or PLACEHOLDER
    lines = next((street(place) for place in places if street(place)), PLACEHOLDER)
    yield from text(state, sent["state"], "state")
    yield from text(first_of("city", *places) or PLACEHOLDER, sent["city"], "city")
    for name in ("address", "adress"):
        yield from text(lines, sent[name], "address")


def _codes(order: Json, sent: Json) -> Iterator[Difference]:
    held = sent["discount_code"]
    listed = list(held.values()) if isinstance(held, dict) else [held] if held else []
    yield from text(codes(order), listed, "codes", "code")
