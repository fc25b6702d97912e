"""The currencies of ISO 4217 and their minor units."""

from __future__ import annotations

from decimal import Decimal

from iso4217 import Currency

# by year of withdrawal, as far as shops still name them; the minor units as ISO 4217 had them. Orders placed before
# still change and are refunded
_WITHDRAWN = {
    "LVL": 2,  # 2014
    "LTL": 2,  # 2015
    "BYR": 0,  # 2017
    "MRO": 2,  # 2018
    "STD": 2,  # 2018
    "VEF": 2,  # 2018
    "CUC": 2,  # 2021
    "HRK": 2,  # 2023
    "SLL": 2,  # 2024
    "ZWL": 2,  # 2024
    "ANG": 2,  # 2025
    "BGN": 2,  # 2026
}

EXPONENTS: dict[str, int] = _WITHDRAWN | {c.code: c.exponent for c in Currency if c.exponent is not None}
"""Code to decimals of the minor unit. Codes without one (gold, test, no currency) are no money a buyer pays in."""


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency, such as 0.01 for EUR and 1 for JPY. Raises ``KeyError`` for no currency."""
    return Decimal(1).scaleb(-EXPONENTS[currency])
