"""The sums of an order as Retargeting is told them: what the buyer pays, and parts that come to it.

The page (order/save, 2019-03-29) has products, ``shipping``, ``fees``, ``rebates``, ``discount``, and of ``total`` it
says "the total amount the buyer actually pays". It has no part for tax that comes on top of the prices, for handling or
for services of an item. All three are ``fees`` here: they are paid beside the goods, and a product's ``price`` is what
the shop's catalogue there knows it by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from schemas.order import ZERO, Item, Order
from worker.providers.rounding import split

_FOUR_DECIMALS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Sums:
    """What goes into the fields of these names, and quantity and price of each line. ``missing`` is what the parts lack
    of ``total`` beyond rounding; below zero where they come to more."""

    lines: list[tuple[Decimal, Decimal]]
    shipping: Decimal
    fees: Decimal
    discount: Decimal
    rebates: Decimal
    total: Decimal
    missing: Decimal

    @property
    def remarks(self) -> list[str]:
        """What people have to know of an order whose parts do not come to its total."""
        if not self.missing:
            return []
        beside = f"{plain(abs(self.missing))} {'less' if self.missing > 0 else 'more'}"
        told = f"come to {plain(self.total - self.missing)}, its total is {plain(self.total)}: {beside}"
        return [f"The order's parts as Retargeting was told them {told}. Correct its totals."]


def money(amount: Decimal) -> Decimal:
    """An amount to 4 decimals, half to even."""
    return amount.quantize(_FOUR_DECIMALS, ROUND_HALF_EVEN)


def plain(number: Decimal) -> str:
    """A number as text, without an exponent or trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(item: Item) -> tuple[Decimal, Decimal]:
    """Quantity and price of a line, whose product is what it comes to. Where 4 decimals of each do not say that, it is
    one piece at the line's price."""
    quantity, price = item.quantity, item.unit_price
    is_said = money(quantity) == quantity and money(price) == price
    if is_said and (item.subtotal is None or item.subtotal == quantity * price):
        return quantity, price
    return Decimal(1), money(item.total)


def sums_of(order: Order, lines: list[Item]) -> Sums:
    """The sums of an order of which these lines are there. No part is below zero: a fee that is one is a discount."""
    totals = order.totals
    below_zero = -sum((amount for amount in _fees(order) if amount < 0), ZERO)
    fees = totals.fees + below_zero + totals.handling + _services(lines)
    fees += ZERO if totals.tax_included else totals.tax
    # Rounded before the rest is taken: after it, one by one, they may come to a ten-thousandth beside the total.
    fees, discount = money(fees), money(totals.discount + below_zero)
    shipping, rebates, total = money(totals.shipping), money(totals.rebates), money(totals.grand)
    products = [counted(item) for item in lines]
    goods = sum([quantity * price for quantity, price in products], ZERO)
    rest = total - (goods + shipping + fees - discount - rebates)
    rounding, missing = split(rest, totals.rounding, order.currency)
    fees += max(rounding, ZERO)
    discount += max(-rounding, ZERO)
    return Sums(
        lines=products,
        shipping=shipping,
        fees=money(max(fees, ZERO)),
        discount=money(discount + max(-fees, ZERO)),
        rebates=rebates,
        total=total,
        missing=money(missing),
    )


def _fees(order: Order) -> Iterator[Decimal]:
    for fee in order.fees:
        yield fee.amount
    if order.payment is not None:
        yield order.payment.fee


def _services(lines: list[Item]) -> Decimal:
    return sum((item.quantity * service.price for item in lines for service in item.services), ZERO)
