"""How an order's money goes to Shop-Script, so that the shop's own sum comes out as what the buyer paid.

The shop keeps prices in cents and quantities in whole pieces, unless its settings allow parts of one; it cuts a
discount to the goods; for tax, fees and handling a save has no field. So a line that the shop would round goes as one
piece at the line's price, what a discount has beyond the goods comes off the shipping, and cents that rounding leaves
over go to the lines that are one piece, else to the discount, else to the shipping. A discount that no line's quantity
divides takes one line as one piece, where the shop would raise it by more than a few cents.

The shop shares a discount anew unless all of it is shared already, each line's share a whole number of cents a piece;
what does not divide it raises until it does, or it refuses the order. So the shares go with the lines.

Source: shopOrder::extendItems, getTotal, shopFrac::formatQuantity and shopDiscounts::correctOrderDiscount of
webasyst/shop-script ``05ada83``, run on loopback (2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import gcd

from schemas.currencies import minor_unit
from schemas.order import ZERO, Item, Order

CENT, PIECE, PARTS = Decimal("0.01"), Decimal(1), Decimal("0.001")
CENTS, THOUSAND = 100, 1000
SMALL = Decimal("0.05")
FEW_CENTS = 5  # so much the shop may raise a discount, which is told as a remark, before a line loses its pieces
HIGHEST = Decimal("99999999999.9999")  # decimal(15,4)


@dataclass(frozen=True, slots=True)
class Sold:
    """How one item goes: its pieces, the price of each, and those of its services. ``is_one``: as a single piece."""

    quantity: Decimal
    price: Decimal
    services: tuple[Decimal, ...]
    is_one: bool

    @property
    def total(self) -> Decimal:
        return self.quantity * sum(self.services, self.price)


@dataclass(frozen=True, slots=True)
class Sums:
    """An order's money as it goes. ``untold`` is what the shop has no field for, ``total`` what its sum comes to.

    ``shares`` are the lines' parts of the discount, by item; empty where nothing is taken off.
    """

    sold: dict[str, Sold]
    discount: Decimal
    shipping: Decimal
    untold: Decimal
    shares: dict[str, Decimal] = field(default_factory=dict)

    @property
    def goods(self) -> Decimal:
        return sum((sold.total for sold in self.sold.values()), ZERO)

    @property
    def total(self) -> Decimal:
        return max(ZERO, self.goods - self.discount) + self.shipping

    @property
    def is_storable(self) -> bool:
        """Whether every amount fits its column: one that does not is answered ok, and no order comes."""
        prices = [price for sold in self.sold.values() for price in (sold.price, sold.quantity, *sold.services)]
        return all(abs(amount) <= HIGHEST for amount in (*prices, self.goods, self.discount, self.shipping))


def kept_items(order: Order) -> list[Item]:
    """The items that are there: one whose quantity an update set to zero is gone."""
    return [item for item in order.items if item.quantity > 0]


def sums_of(order: Order, *, fractions: bool) -> Sums:
    """The order's money as it goes. ``fractions``: the shop allows parts of a piece."""
    sold = {item.id: _sold(item, fractions=fractions) for item in kept_items(order)}
    sums = _bounded(order, sold)
    left = order.totals.grand - sums.untold - sums.total
    if abs(left) >= CENT / 2:
        sums = _settled(sums, left.quantize(CENT, ROUND_HALF_EVEN), _roundings(order))
    return _shared(order, sums) if sums.discount else sums


def taken_off(order: Order) -> Decimal:
    """All money taken off, lines and order alike: in the shop the lines' discounts are inside the order's.

    Rebates, rounding down and fees below zero have no field there and are part of it.
    Source: shopOrder::getTotal (lines less ``discount``, shipping) and getDiscount, ``05ada83``.
    """
    totals = order.totals
    below_zero = [fee for fee in _fees(order) if fee < 0]
    charged = totals.fees - sum(below_zero, ZERO)
    return totals.discount + totals.rebates - sum(below_zero, min(ZERO, totals.rounding) + min(ZERO, charged))


def _bounded(order: Order, sold: dict[str, Sold]) -> Sums:
    """Rounding upwards comes off the discount, else onto the shipping; a discount stops at the goods."""
    totals, goods = order.totals, sum((one.total for one in sold.values()), ZERO)
    upwards = max(ZERO, totals.rounding)
    discount, shipping = taken_off(order), totals.shipping
    if upwards and discount >= upwards:
        discount -= upwards
    else:
        shipping += upwards
    discount, shipping = _in_cents(discount), _in_cents(shipping)
    if discount > goods:
        discount, shipping = goods, max(ZERO, shipping - (discount - goods))
    charged = max(ZERO, totals.fees - sum((fee for fee in _fees(order) if fee < 0), ZERO))
    return Sums(sold, discount, shipping, charged + totals.handling + (ZERO if totals.tax_included else totals.tax))


def _settled(sums: Sums, left: Decimal, roundings: int) -> Sums:
    """With the cents that rounding left over; a greater difference is none of rounding's, and stays."""
    if abs(left) > max(SMALL, CENT * roundings):
        return sums
    sold, left = _spread(sums.sold, left)
    discount = sums.discount
    if left and discount and discount - left >= 0:
        discount, left = discount - left, ZERO
    shipping = sums.shipping + left if sums.shipping and sums.shipping + left >= 0 else sums.shipping
    return replace(sums, sold=sold, discount=discount, shipping=shipping)


def _spread(sold: dict[str, Sold], left: Decimal) -> tuple[dict[str, Sold], Decimal]:
    """A cent to each line that is one piece, the dearest first, until none is left."""
    changed = dict(sold)
    cent = CENT if left > 0 else -CENT
    for name, one in sorted(sold.items(), key=lambda pair: -pair[1].price):
        if left and one.is_one and one.price + cent > 0:
            changed[name] = replace(one, price=one.price + cent)
            left -= cent
    return changed, left


def _shared(order: Order, sums: Sums) -> Sums:
    """With each line's share of the discount."""
    wishes = {
        item.id: sum((service.discount_total for service in item.services), item.discount_total)
        for item in kept_items(order)
    }
    sold = sums.sold
    shares, left = _shares(sold, wishes, sums.discount)
    name = _divided_by(sold, shares, left) if left else None
    if name is not None:
        sold = {**sold, name: _as_one(sold[name])}
        shares, _ = _shares(sold, wishes, sums.discount)
    return replace(sums, sold=sold, shares={name: Decimal(cents) / CENTS for name, cents in shares.items()})


def _shares(sold: dict[str, Sold], wishes: dict[str, Decimal], discount: Decimal) -> tuple[dict[str, int], int]:
    takers = {name: taker(one.quantity, one.price, wishes[name]) for name, one in sold.items()}
    return shared(takers, cents_of(discount))


def _divided_by(sold: dict[str, Sold], shares: dict[str, int], left: int) -> str | None:
    """The line that has to go as one piece, so that what is left of a discount divides; none where the shop raises it
    by a few cents at most. The shop gives it to a line or to its services, whose steps are the line's."""
    rooms = {name: cents_of(one.total) - shares[name] for name, one in sold.items()}
    steps = {name: taker(one.quantity, one.price, ZERO).step for name, one in sold.items()}
    raised = min((-left % steps[name] for name in sold if rooms[name] >= left + steps[name]), default=None)
    if raised is not None and raised <= FEW_CENTS:
        return None
    return min((name for name in sold if rooms[name] >= left), key=lambda name: steps[name], default=None)


def _as_one(one: Sold) -> Sold:
    services = tuple(price * one.quantity for price in one.services)
    return Sold(PIECE, one.price * one.quantity, services, is_one=True)


def _sold(item: Item, *, fractions: bool) -> Sold:
    """As it is, where the shop keeps it so; else as one piece."""
    finest = PARTS if fractions else PIECE
    prices = [item.unit_price, *(service.price for service in item.services)]
    is_exact = all(_is_in(price, CENT) for price in prices) and _is_in(item.quantity, finest)
    if is_exact and item.total == item.quantity * item.unit_price:
        return Sold(item.quantity, item.unit_price, tuple(prices[1:]), is_one=False)
    services = tuple(_in_cents(service.price * item.quantity) for service in item.services)
    return Sold(PIECE, _in_cents(item.total), services, is_one=True)


def _fees(order: Order) -> Iterator[Decimal]:
    yield from (fee.amount for fee in order.fees)
    if order.payment is not None:
        yield order.payment.fee


def _roundings(order: Order) -> int:
    """How many parts of the order's sum may have been rounded, in minor units of the currency."""
    parts = len(order.items) + sum(len(item.services) for item in order.items)
    return int((parts + len(order.discounts) + len(order.fees) + 2) * minor_unit(order.currency) / CENT)


def _is_in(number: Decimal, step: Decimal) -> bool:
    return number == number.quantize(step) if number < HIGHEST else False


def _in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Taker:
    """A line that may take a share, in cents: its ``worth``, its own discount, and the ``step`` its share goes by."""

    worth: int
    wish: int
    step: int


def taker(quantity: Decimal, price: Decimal, wish: Decimal) -> Taker:
    """A line of so many pieces at this price whose own discount is ``wish``."""
    worth = cents_of(quantity * price)
    thousandths = int((quantity * THOUSAND).to_integral_value(ROUND_FLOOR))
    return Taker(worth, min(worth, cents_of(wish)), thousandths // gcd(thousandths, THOUSAND) or 1)


def shared(takers: Mapping[str, Taker], discount: int) -> tuple[dict[str, int], int]:
    """Each line's share of the discount, by name, and what none could take; all in cents.

    First a line's own discount, then its part of the rest by what it is worth; what the steps leave goes where it fits.
    """
    wished = sum(one.wish for one in takers.values())
    rest = discount - wished
    room = {name: one.worth - one.wish if rest >= 0 else one.wish for name, one in takers.items()}
    rate = Fraction(rest, sum(room.values())) if sum(room.values()) else Fraction(0)
    shares = {
        name: _down(max(0, min(one.worth, one.wish + int(rate * room[name] // 1))), one.step)
        for name, one in takers.items()
    }
    left = discount - sum(shares.values())
    for name, one in sorted(takers.items(), key=lambda pair: -pair[1].step):
        more = _down(min(left, one.worth - shares[name]), one.step) if left > 0 else 0
        shares[name] += more
        left -= more
    return shares, left


def cents_of(amount: Decimal) -> int:
    return int((amount * CENTS).to_integral_value(ROUND_HALF_EVEN))


def _down(cents: int, step: int) -> int:
    return cents - cents % step
