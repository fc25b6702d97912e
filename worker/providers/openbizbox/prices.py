"""Amounts as OpenBizBox takes them: net or with tax, of four decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

SCALE = Decimal("0.0001")


def price_in(prices: str, amount: Decimal, rate: Decimal, *, included: bool) -> Decimal:
    """An amount of ours as the shop wants it, exact: tax goes out of it or comes in, where the two differ.

    ``prices`` says whether the shop takes ``net`` or ``gross`` ones, ``included`` that ours carries tax.
    """
    if prices == "net":
        return amount / (1 + rate) if included else amount
    return amount if included else amount * (1 + rate)


def written(amount: Decimal) -> int | Decimal:
    """A price as a request has it: four decimals, half to even."""
    return plain(amount.quantize(SCALE, ROUND_HALF_EVEN))


def plain(number: Decimal) -> int | Decimal:
    """The number as JSON should show it: whole ones as integers, no trailing zeros, no exponent."""
    if number == number.to_integral_value():
        return int(number)
    return Decimal(f"{number.normalize():f}")
