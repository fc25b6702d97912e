"""The currencies of ISO 4217 and their minor units."""

from __future__ import annotations

from decimal import Decimal

from iso4217 import Currency

_WITHDRAWN = {"ANG": 2, "BGN": 2}  # March 2025 and January 2026: orders placed before still change and are refunded

EXPONENTS: dict[str, int] = _WITHDRAWN | {c.code: c.exponent for c in Currency if c.exponent is not None}
"""Code to decimals of the minor unit. Codes without one (gold, test, no currency) are no money a buyer pays in."""


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency, such as 0.01 for EUR and 1 for JPY. Raises ``KeyError`` for no currency."""
    return Decimal(1).scaleb(-EXPONENTS[currency])
