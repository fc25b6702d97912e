"""The sums of an order as Order Desk adds them up, so that its own total comes out as what the buyer pays.

Order Desk computes ``order_total`` from the lines, ``shipping_total``, ``handling_total``, ``tax_total`` and
``discount_list``; it cannot be told (page "Orders", 2018-04-30: read-only).
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from schemas.order import ZERO, Order
from schemas.providers.orderdesk import read_text
from worker.providers.rounding import split

CENT_FRACTION = Decimal("0.0001")
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


def money(amount: Decimal) -> Decimal:
    """An amount with up to 4 decimals, half to even, without an exponent or trailing zeros."""
    rounded = amount.quantize(CENT_FRACTION, context=_WIDE)
    if not rounded:
        return ZERO
    short = rounded.normalize(_WIDE)
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1), context=_WIDE)  # type: ignore[operator]  # finite


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of an order as Order Desk is told them. ``made_up`` is what of them, beyond rounding, no part of the
    order accounts for: above zero it is in ``handling_total``, below zero a discount."""

    shipping_total: Decimal
    handling_total: Decimal
    tax_total: Decimal
    discounts: list[dict[str, Any]]
    made_up: Decimal


def sums_of(order: Order, product_total: Decimal) -> Sums:
    """The sums of an order whose lines come to this: with them the vendor's total is ``totals.grand``, to 4 decimals.

    What remains to it is rounding, by its sign a discount or part of ``handling_total``, or what is more than that.
    """
    totals = order.totals
    shipping = money(totals.shipping)
    tax = ZERO if totals.tax_included else money(totals.tax)
    discounts = list(_reductions(order))
    charged = totals.fees - sum((amount for _, amount in _fees(order) if amount < 0), ZERO)
    handling = money(totals.handling + charged)
    if handling < 0:
        discounts.append(_reduction("Fees", -handling))
        handling = ZERO
    taken_off = sum((part["amount"] for part in discounts), ZERO)
    rest = money(totals.grand - (product_total + shipping + handling + tax - taken_off))
    if not rest and not totals.rounding:
        return Sums(shipping, handling, tax, discounts, ZERO)
    rounding, made_up = (money(part) for part in split(rest, money(totals.rounding), order.currency))
    for name, amount in (("Rounding", rounding), ("Discount", made_up)):
        if amount < 0:
            discounts.append(_reduction(name, -amount))
        handling = money(handling + max(amount, ZERO))
    return Sums(shipping, handling, tax, discounts, made_up)


def by_name(discounts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A ``discount_list`` by name and code, so that ours can be laid over it one by one; equal ones are numbered."""
    named: dict[str, dict[str, Any]] = {}
    for discount in discounts:
        wish = f"{read_text(discount.get('name'))} {read_text(discount.get('code'))}".strip()
        named[free_name(wish, named)] = discount
    return named


def free_name(wish: str, taken: Container[str]) -> str:
    """The name, with a number where it is taken."""
    name, copy = wish, 2
    while name in taken:
        name, copy = f"{wish}#{copy}", copy + 1
    return name


def _reductions(order: Order) -> Iterator[dict[str, Any]]:
    for discount in order.discounts:
        if not discount.allocated:
            yield _reduction(discount.title or discount.code or "Discount", discount.amount, discount.code)
    within = sum((item.discount_total for item in order.items if item.quantity), ZERO)
    within += sum((s.discount_total for item in order.items if item.quantity for s in item.services), ZERO)
    if within:
        codes = [discount.code for discount in order.discounts if discount.allocated and discount.code]
        yield _reduction("Item discounts", within, ", ".join(codes))
    if order.totals.rebates > 0:
        yield _reduction("Rebate", order.totals.rebates)
    for title, amount in _fees(order):
        if amount < 0:
            yield _reduction(title, -amount)


def _fees(order: Order) -> Iterator[tuple[str, Decimal]]:
    for fee in order.fees:
        yield fee.title, fee.amount
    if order.payment is not None:
        yield "Payment fee", order.payment.fee


def _reduction(name: str, amount: Decimal, code: str | None = None) -> dict[str, Any]:
    named = {"name": name, "code": code} if code else {"name": name}
    return {**named, "amount": money(amount)}
