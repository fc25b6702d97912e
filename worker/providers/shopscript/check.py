"""Whether the shop holds what it was sent: its "ok" proves little, so every save is read back.

Witnesses: 300 lines answered ok and 250 were kept; a discount above the total made the order 0.00
(shop 12.4.0 run on loopback, 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from schemas.order import ZERO
from schemas.providers.shopscript import HeldOrder
from worker.providers.shopscript.body import Draft
from worker.providers.shopscript.lines import HALF_A_CENT, MONEY, Line, Parts, differences, lines_of, recognise, rounded

CENT = Decimal("0.01")
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What a read-back came to: the shop's lines by our names, what differs, and what is worth a remark."""

    parts: Parts
    problems: list[str]
    remark: str = ""

    @property
    def line_ids(self) -> dict[str, str]:
        return {name: str(found[0].id) for name, found in self.parts.items()}


def compare(draft: Draft, held: HeldOrder) -> Finding:
    """The order as it was sent beside the order as it is there."""
    lines = lines_of(draft.order, draft.products)
    parts = recognise(lines, held.items, draft.line_ids)
    off = held.total - _expected(draft, lines, held)
    allowed = _rounding(draft, lines)
    problems = [*_currency(draft, held), *differences(lines, held.items, parts)]
    if abs(off) > max(allowed, HALF_A_CENT):
        problems.append(_off(held, off))
        return Finding(parts, problems)
    return Finding(parts, problems, remark=_off(held, off) if abs(off) > HALF_A_CENT else "")


def shown(problems: list[str]) -> str:
    """The first few problems in one clause."""
    more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return "; ".join(problems[:SHOWN]) + more


def _currency(draft: Draft, held: HeldOrder) -> Iterator[str]:
    if held.currency and held.currency != draft.order.currency:
        yield f"currency {held.currency} there, {draft.order.currency} sent"


def _expected(draft: Draft, lines: list[Line], held: HeldOrder) -> Decimal:
    """The total of what was sent. Where no amount was sent as discount, the shop's own stands.

    Source: shopOrder::getTotal, webasyst/shop-script ``05ada83``.
    """
    try:
        discount = Decimal(draft.discount or "")
    except ArithmeticError:
        discount = held.discount or ZERO
    shipping = rounded(draft.order.totals.shipping, MONEY)
    return sum((line.quantity * line.price for line in lines), ZERO) + shipping - discount


def _rounding(draft: Draft, lines: list[Line]) -> Decimal:
    """How far the shop's own rounding may take the total: half a cent for each piece at a price finer than cents, and
    for a discount what makes it divide evenly by a line's quantity.

    Source: shopOrder::extendItems, shopDiscounts::correctOrderDiscount, webasyst/shop-script ``05ada83``.
    """
    fine = sum((line.quantity for line in lines if line.price % CENT), ZERO)
    allowed = HALF_A_CENT * (fine + (1 if draft.order.totals.shipping % CENT else 0))
    if draft.order.totals.discount:
        allowed += CENT * (1 + min((line.quantity for line in lines), default=ZERO))
    return allowed


def _off(held: HeldOrder, off: Decimal) -> str:
    taxed = f", of which tax {held.tax:f}" if held.tax and off > 0 else ""
    return f"total {held.total:f} there{taxed}, {held.total - off:.4f} sent"
