"""Shop-Script's discount, played: an order's discount is shared among all its lines, each share a whole number of cents
a piece, so that the sum may become higher than it was sent.

Source: shopDiscounts::correctOrderDiscount of webasyst/shop-script ``05ada83``, with a currency of two decimals and the
setting ``discount_distrbution_split`` off, as the installer leaves it.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import gcd

from worker.sandbox.shopscript.lines import ZERO, Line, Lines, Refused, fixed

CENTS = 100
THOUSAND = 1000


def share(lines: Lines, discount: Decimal) -> Decimal:
    """Shares the discount, in place; the discount that the order then has. Raises ``Refused`` where no line can take
    a share that small."""
    counted = [line for line in lines.values() if Decimal(line["quantity"])]
    wanted = _cents(discount)
    if sum(map(_share, counted)) == wanted and all(_share(line) % _batch(line) == 0 for line in counted):
        return discount
    worth = sum((_rest(line) for line in counted), ZERO)
    if not worth:
        return discount
    left = _share_by_worth(counted, wanted - sum(map(_share, counted)), worth)
    left = _share_by_batch(sorted(counted, key=_batch, reverse=True), left)
    if left > 0:
        raise Refused({"order": {"common": "Unable to create an order with the specified discount."}})
    return Decimal(sum(map(_share, counted))) / CENTS


def _share_by_worth(lines: list[Line], cents: int, worth: Decimal) -> int:
    """Each line's part by what it costs, cut to what divides by its quantity; the cents that are left."""
    left, rate = cents, Fraction(cents) / Fraction(worth)
    for line in lines:
        part = _share(line) + int(rate * Fraction(_rest(line)) // 1)
        batch = _batch(line)
        left -= _give(line, batch * (part // batch) - _share(line))
    return left


def _share_by_batch(lines: list[Line], cents: int) -> int:
    """What is left, batch by batch, the largest first; then one batch more, so that the total never rises."""
    left = cents
    for line in lines:
        step = _batch(line) if left > 0 else -_batch(line)
        while abs(left) >= _batch(line) and _may_have(line, _share(line) + step):
            left -= _give(line, step)
            step = _batch(line) if left > 0 else -_batch(line)
    for line in reversed(lines):
        if left > 0 and _may_have(line, _share(line) + _batch(line)):
            left -= _give(line, _batch(line))
    return left


def _give(line: Line, cents: int) -> int:
    line["total_discount"] = fixed(Decimal(_share(line) + cents) / CENTS)
    return cents


def _may_have(line: Line, cents: int) -> bool:
    return 0 <= cents <= _cents(Decimal(line["price"]) * Decimal(line["quantity"]))


def _rest(line: Line) -> Decimal:
    """What the line costs less its own discount."""
    return Decimal(line["price"]) * Decimal(line["quantity"]) - Decimal(line["total_discount"])


def _batch(line: Line) -> int:
    """Cents that cannot be split any further among the pieces of a line."""
    thousandths = int((Decimal(line["quantity"]) * THOUSAND).to_integral_value(ROUND_FLOOR))
    return thousandths // gcd(thousandths, THOUSAND)


def _share(line: Line) -> int:
    return _cents(Decimal(line["total_discount"]))


def _cents(amount: Decimal) -> int:
    return int((amount * CENTS).to_integral_value(ROUND_HALF_UP))
