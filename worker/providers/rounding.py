"""What the parts of an order lack of what the buyer pays: rounding, or something that nobody accounts for."""

from __future__ import annotations

from decimal import Decimal

from schemas.currencies import minor_unit
from schemas.order import ZERO

SMALL = Decimal("0.05")


def split(rest: Decimal, declared: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """What is missing as rounding, and as what is more than that; signed, and together ``rest``.

    ``declared`` is the order's own ``totals.rounding``, however much it is. Beside that a difference up to ``SMALL`` is
    rounding too, or up to what nobody can pay a part of: a minor unit of the currency (a won, a yen).
    """
    beyond = rest - declared
    is_more = abs(beyond) > SMALL and abs(beyond) > minor_unit(currency)
    return (declared, beyond) if is_more else (rest, ZERO)
