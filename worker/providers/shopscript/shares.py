"""How an order's discount is shared among its lines, so that the shop keeps it to the cent.

The shop shares a discount anew unless all of it is shared already, each line's share a whole number of cents a piece;
what does not divide it raises until it does, or it refuses the order. So the shares go with the lines.
Source: shopDiscounts::correctOrderDiscount of webasyst/shop-script ``05ada83``, run on loopback (2026-11-29).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import gcd

CENTS, THOUSAND = 100, 1000


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
