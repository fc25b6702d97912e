"""The tax rate of each line. A line of ours that names none gets the one that makes the shop's sum come out as ours.

The shop adds ``price × tax_rate`` line by line, our order has a sum of all tax. So what the lines with a rate of their
own leave of that sum belongs to those without: their rate is blended, as in the vendor's own example (a discount at
0.0146; page "Order", 2020-02-20).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from schemas.order import ZERO, Order

RATE_SCALE = Decimal("0.000001")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Part:
    """One line to be. ``amount`` is of all of it, as our order carries it: with or without tax; never negative."""

    title: str
    amount: Decimal
    rate: Decimal | None = None
    tax_title: str | None = None
    tax_class: str | None = None
    sign: int = 1

    @property
    def total(self) -> Decimal:
        return self.sign * self.amount

    @property
    def tax_class_id(self) -> int | None:
        """The shop's tax class, where the line names one instead of a rate."""
        named = self.tax_class or ""
        return int(named) if self.rate is None and named.isascii() and named.isdecimal() else None

    def taken_off(self) -> Part:
        return replace(self, sign=-1)


class Taxes:
    """The tax of an order, line by line. ``included`` says that our amounts carry it."""

    def __init__(self, order: Order, parts: list[Part]) -> None:
        self.included = order.totals.tax_included
        self._titles = {line.rate: line.title for line in order.tax_lines}
        self._rest = self._rate_of_the_rest(order, parts)

    def rate(self, part: Part) -> Decimal:
        return self._rest if part.rate is None else part.rate

    def fields(self, part: Part) -> dict[str, Any]:
        """What a request says of the line's tax. Without a word the shop would add its own."""
        if part.tax_class_id is not None:
            return {"tax_class_id": part.tax_class_id}
        rate = self.rate(part)
        title = part.tax_title or self._titles.get(rate)
        number = int(rate) if rate == int(rate) else rate.normalize()
        return {"tax_rate": number, "tax_title": title} if title else {"tax_rate": number}

    def _rate_of_the_rest(self, order: Order, parts: list[Part]) -> Decimal:
        open_parts = [part for part in parts if part.rate is None]
        known = [part for part in parts if part.rate is not None]
        left = order.totals.tax - sum((self._tax_of(part) for part in known), ZERO)
        base = sum((part.total for part in open_parts), ZERO) - (left if self.included else ZERO)
        usual = sorted({*self._titles, *(part.rate for part in known if part.rate is not None), ZERO})
        for rate in usual:
            if open_parts and abs(base * rate - left) <= CENT * (len(parts) + 1):
                return rate
        blended = (left / base).quantize(RATE_SCALE) if base else ZERO
        return blended if 0 < blended <= 1 else self._likely(known)

    def _likely(self, known: list[Part]) -> Decimal:
        """Where the order's sum of tax explains nothing: what the rest of the order pays, or no tax.

        Only where our amounts carry tax: there every rate gives the right sum.
        """
        base = sum((part.total - self._tax_of(part) for part in known), ZERO)
        if not self.included or not base:
            return ZERO
        blended = (sum((self._tax_of(part) for part in known), ZERO) / base).quantize(RATE_SCALE)
        return blended if 0 <= blended <= 1 else ZERO

    def _tax_of(self, part: Part) -> Decimal:
        rate = part.rate or ZERO
        return part.total * rate / (1 + rate) if self.included else part.total * rate
