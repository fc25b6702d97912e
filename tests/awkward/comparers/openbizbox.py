"""An order at OpenBizBox beside the event.

Source: canonical event, "Mapping", OpenBizBox; docs/fields/openbizbox.md; the vendor's page "Order" (2020-02-20), in
whose answers discounts are below zero, titles are HTML and statuses are objects.
"""

from __future__ import annotations

import html
import re
from collections.abc import Generator, Iterator
from datetime import datetime
from decimal import Decimal

from tests.awkward.canon import Bought, alpha3, bought, codes, first_of, parts, street, whole_name
from tests.awkward.differences import Difference, amount, made_up, text
from tests.awkward.matching import Held, Scale, unmatched
from tests.awkward.sums import EXACT, ZERO, Json, item_discounts, order_discounts, payment_fee, summed, sums_of

SCALE = Scale(quantity=6, price=4)
NEAR = Decimal("0.05")
OF_A_LINE = Decimal("0.01")
A_GRAM = Decimal("0.001")
Row = tuple[str, Decimal]
"""A title and an amount."""

_COUNTRY_OF_ZIP = re.compile(r"\A[A-Z]{1,3}-")


def differences(event: Json, held: Json) -> Iterator[Difference]:
    order = event["data"]["order"]
    yield from text(event["subject"], held["key"], "key")
    yield from amount(sums_of(order).grand, held["total_with_tax"], "sum", NEAR)
    yield from _lines(order, held["lines"])
    yield from _extras(order, held["lines"])
    yield from _people(order, held)
    yield from text(order["currency"], held["currency"]["code"], "currency")
    yield from _told(order, held)


def _lines(order: Json, lines: Json) -> Iterator[Difference]:
    """Prices as the event has them: with the tax that they carry, else without."""
    included = sums_of(order).tax_included
    rows = [
        Held(str(row["variant_id"]), "", Decimal(row["quantity"]), price_of(row, included))
        for row in lines.get("products", ())
    ]
    yield from unmatched(bought(order), rows, _article, SCALE, named=False)
    yield from _weight(order, lines)


def price_of(row: Json, with_tax: bool) -> Decimal:
    """Of one piece; its net price has four decimals in the answer."""
    net = Decimal(row["price"])
    return net * (1 + Decimal(row["tax_rate"])) if with_tax else net


def _article(one: Bought) -> str:
    return str(one.item["variant_id"])


def _weight(order: Json, lines: Json) -> Iterator[Difference]:
    """What the order weighs: each line says it of one piece."""
    wanted = summed(one.quantity * Decimal(one.item.get("weight", 0)) for one in bought(order))
    held = summed(Decimal(row["quantity"]) * Decimal(row["weight"]) for row in lines["products"])
    yield from amount(wanted, held, "weight", A_GRAM)


def _extras(order: Json, lines: Json) -> Iterator[Difference]:
    """Shipping, payment, discounts and fees, each by its title; what no rule names makes up what the event leaves open."""
    sums, included = sums_of(order), sums_of(order).tax_included
    shipping, payment = order.get("shipping", {}), order.get("payment", {})
    yield from _single("shipping", shipping.get("title") or shipping.get("method"), sums.shipping, lines, included)
    yield from _single("payment", payment.get("title") or payment.get("method"), payment_fee(order), lines, included)
    off = [(_titled(row), -price_of(row, included)) for row in lines.get("discounts", ())]
    on = [(_titled(row), price_of(row, included)) for row in lines.get("fees", ())]
    open_off = yield from _named(_discounts(order), off, "discount")
    open_on = yield from _named(_fees(order), on, "fee")
    within = NEAR + OF_A_LINE * len(order["items"])
    yield from made_up(open_on - open_off, order, within)


def _single(what: str, title: str | None, price: Decimal, lines: Json, included: bool) -> Iterator[Difference]:
    row = lines.get(what)
    held = price_of(row, included) if row else ZERO
    yield from amount(price, held, what, OF_A_LINE)
    if title:
        yield from text(title, _titled(row) if row else "", f"{what} title", what)


def _named(wanted: list[Row], rows: list[Row], what: str) -> Generator[Difference, None, Decimal]:
    """Each that is wanted, by title and amount; returns the sum of the others."""
    left = list(rows)
    for title, price in wanted:
        found = next((row for row in left if row[0] == title and abs(row[1] - price) <= OF_A_LINE), None)
        if found is None:
            yield Difference(what, f"{what} lost: {title!r} {price:f}, there are {left}", (title,))
        else:
            left.remove(found)
    return sum((row[1] for row in left), ZERO)


def _discounts(order: Json) -> list[Row]:
    rows = [(_discount_title(one), off) for one, off in order_discounts(order) if off]
    if item_discounts(order):
        inside = ", ".join(codes(order, allocated=True))
        rows.append((f"Item discounts ({inside})" if inside else "Item discounts", item_discounts(order)))
    rows += [(fee["title"], -Decimal(fee["amount"])) for fee in order.get("fees", ()) if Decimal(fee["amount"]) < 0]
    return rows + ([("Rebate", sums_of(order).rebates)] if sums_of(order).rebates else [])


def _discount_title(discount: Json) -> str:
    title, code = discount.get("title"), discount.get("code")
    return f"{title} ({code})" if title and code else str(title or code or "Discount")


def _fees(order: Json) -> list[Row]:
    rows = [(fee["title"], Decimal(fee["amount"])) for fee in order.get("fees", ()) if Decimal(fee["amount"]) > 0]
    for one in bought(order):
        for service in one.item.get("services", ()):
            price = EXACT.multiply(one.quantity, Decimal(service["price"]))
            rows += [(service["name"], price)] if price else []
    return rows + ([("Handling", sums_of(order).handling)] if sums_of(order).handling else [])


def _titled(row: Json) -> str:
    return html.unescape(row["title"]).replace("\N{NO-BREAK SPACE}", " ")


def _people(order: Json, held: Json) -> Iterator[Difference]:
    customer, billing, shipping = parts(order)
    named = next((whole_name(part) for part in (customer, billing, shipping) if whole_name(part)), "")
    yield from text(customer.get("email"), held["customer"]["email"], "email", "e-mail")
    yield from text(named, held["customer"]["name"], "name")
    if order.get("language"):
        yield from text(order["language"].partition("-")[0], held["customer"]["language"], "language")
    place = billing or shipping
    billed = whole_name(billing) or named
    yield from _address(place | {"name": billed}, held["billing_address"], "billing address")
    phone = first_of("phone", billing, customer, shipping)
    yield from text(phone, held["billing_address"]["phone"], "phone")
    if shipping:
        sent = shipping | {"name": whole_name(shipping) or named}
        yield from _address(sent, held["shipping_address"], "shipping address")


def _address(place: Json, held: Json, what: str) -> Iterator[Difference]:
    yield from text(place["name"], held["name"], f"{what} name")
    yield from text(street(place), held["street"], f"{what} street")
    zip_code = _COUNTRY_OF_ZIP.sub("", place.get("postal_code", ""))
    yield from text(zip_code, held["zip"], f"{what} zip")
    yield from text(place.get("city"), held["city"], f"{what} city")
    yield from text(place.get("company"), held["company_name"], f"{what} company")
    country = held["country"]["id"] if held["country"] else ""
    yield from text(alpha3(place), country, f"{what} country")


def _told(order: Json, held: Json) -> Iterator[Difference]:
    """The buyer's words at the beginning of the comment, and every note behind them."""
    wanted = order.get("comment", "")
    if not held["comment"].startswith(wanted):
        yield from text(wanted, held["comment"][: len(wanted) + 20], "comment")
    for note in order.get("notes", ()):
        if note["text"] not in held["comment"]:
            yield Difference("note", f"note lost: {note['text'][:60]!r}", ("note",))
    at = datetime.fromisoformat(held["created_at"]).strftime("%Y-%m-%d %H:%M")
    yield from text(order["placed_at"][:16].replace("T", " "), at, "created at", "date")
