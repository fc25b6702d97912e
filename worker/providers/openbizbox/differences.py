"""What a saved order lacks of what was sent: the shop's sums and lines beside ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.order import ZERO
from schemas.providers.openbizbox import HeldLine, HeldOrder, read_amount, read_text
from worker.providers.openbizbox.body import Wanted

HALF_A_CENT = Decimal("0.005")  # the vendor's answers have two decimals, our requests four
CENT = Decimal("0.01")
RATE_STEP = Decimal("0.0001")  # the rates of the vendor's answers have four decimals
_ZIP_COUNTRY = re.compile(r"\A[A-Z]{1,3}-(?=\S)")


def same_price(sent: Decimal | int, held: Decimal) -> bool:
    return abs(sent - held) <= HALF_A_CENT


def same_rate(sent: Decimal | int | None, held: Decimal) -> bool:
    return sent is None or abs(sent - held) <= RATE_STEP


def same(sent: Mapping[str, Any], held: HeldLine, prices: str) -> bool:
    """Whether a line that is no product is held as it was sent."""
    return (
        same_price(sent["price"], held.price_in(prices))
        and same_rate(sent.get("tax_rate"), held.tax_rate)
        and _same_text(sent["title"], held.title)
    )


def sections_differ(name: str, wanted: Wanted, held: HeldOrder) -> bool:
    """Whether a section is held otherwise than we would send it."""
    if name == "currency":  # the page sends "DNK" and is answered "DKK"; a rate moves by the shop's own hand
        return held.currency not in (wanted.currency, wanted.sections[name]["code"])
    return _differs(name, wanted.sections[name], held.sections.get(name))


def differences(wanted: Wanted, held: HeldOrder, positions: list[int | None], kept: int) -> list[str]:
    """Every way in which the shop's order is not the one that was sent, a few words each; empty where it is.

    ``positions`` says which line holds which product, ``kept`` how many lines the shop keeps for itself.
    """
    found = []
    if sections_differ("currency", wanted, held):
        found.append(f"currency {held.currency} for {wanted.currency}")
    expected = len(wanted.lines.products) + kept
    if len(held.products) != expected:
        found.append(f"{len(held.products)} product lines for {expected}")
    for product, index in zip(wanted.lines.products, positions, strict=True):
        found += _line_differences(product, held.products[index] if index is not None else None, wanted.prices)
    total = held.total if wanted.prices == "net" else held.total_with_tax
    sum_sent = sent_total(wanted)
    if total is not None and abs(total - sum_sent) > tolerance(wanted):
        found.append(f"total {total} for {sum_sent}")
    return found


def tax_remark(wanted: Wanted, held: HeldOrder, grand: Decimal) -> str:
    """A sentence where the shop makes the buyer's sum another one than ours, though it took every line; else empty."""
    total = held.total_with_tax
    if total is None or abs(total - grand) <= tolerance(wanted):
        return ""
    return f"Saved, but the shop's total with tax is {total} and ours {grand}: compare the tax rates."


def sent_total(wanted: Wanted) -> Decimal:
    """The sum of what is sent, in the prices that are sent."""
    products = sum((product["price"] * Decimal(product["quantity"]) for product in wanted.lines.products), ZERO)
    return products + sum((sign * Decimal(line["price"]) for sign, line in wanted.lines.extras()), ZERO)


def tolerance(wanted: Wanted) -> Decimal:
    """How far two sums may be apart that differ by rounding alone: half a cent a piece, a cent a line, and two."""
    pieces = sum((Decimal(product["quantity"]) for product in wanted.lines.products), ZERO)
    return HALF_A_CENT * pieces + CENT * (len(wanted.lines.products) + len(wanted.lines.extras()) + 2)


def _line_differences(product: Mapping[str, Any], line: HeldLine | None, prices: str) -> list[str]:
    article = product["product_article_id"]
    if line is None:
        return [f"no line with article {article}"]
    found = []
    if line.quantity != product["quantity"]:
        found.append(f"quantity {line.quantity} for {product['quantity']} of article {article}")
    if not same_price(product["price"], line.price_in(prices)):
        found.append(f"price {line.price_in(prices)} for {product['price']} of article {article}")
    return found


def _differs(name: str, sent: Any, held: Any) -> bool:
    if isinstance(sent, dict):
        return not isinstance(held, dict) or any(_differs(key, part, held.get(key)) for key, part in sent.items())
    if isinstance(sent, str):
        texts = (sent, read_text(held))
        if name == "zip":  # asked for as "DK-6000", shown as "6660"
            texts = (_ZIP_COUNTRY.sub("", texts[0]), _ZIP_COUNTRY.sub("", texts[1]))
        return not _same_text(*texts)
    return bool(read_amount(held) != sent)


def _same_text(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())
