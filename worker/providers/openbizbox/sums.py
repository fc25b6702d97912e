"""OpenBizBox's arithmetic: prices net or gross, the tax rate of each line, and the rounding that makes the sum ours.

The shop adds ``price × tax_rate`` line by line, our order has a sum of all tax. So what the lines with a rate of their
own leave of that sum belongs to those without: their rate is blended, as in the vendor's own example (a discount at
0.0146; page "Order", 2020-02-20).

The shop rounds each line with tax to a cent ("Response example": 257 at 0.0146 is 260.75), and all of its answers have
two decimals. A price without tax, a weighed quantity or a currency without decimals then comes to another sum than the
buyer paid: the difference is a fee, or a discount, called "Rounding".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from schemas.currencies import minor_unit
from schemas.order import ZERO, Discount, Fee, Order
from schemas.providers.openbizbox import HeldLine, HeldOrder

PRICE_SCALE, RATE_SCALE = Decimal("0.0001"), Decimal("0.000001")
CENT, FEW_CENTS = Decimal("0.01"), Decimal("0.05")

ROUNDING = "Rounding"
"""What the line is called that makes the shop's sum the buyer's."""

SignedLines = list[tuple[int, dict[str, Any]]]
"""Lines to be, each with the sign that it has in the total."""


def price_in(prices: str, amount: Decimal, rate: Decimal, *, included: bool) -> Decimal:
    """An amount of ours as the shop wants it, exact: tax goes out of it or comes in, where the two differ.

    ``prices`` says whether the shop takes ``net`` or ``gross`` ones, ``included`` that ours carries tax.
    """
    if prices == "net":
        return amount / (1 + rate) if included else amount
    return amount if included else amount * (1 + rate)


def written(amount: Decimal) -> int | Decimal:
    """A price as a request has it: four decimals, half to even."""
    return plain(amount.quantize(PRICE_SCALE, ROUND_HALF_EVEN))


def plain(number: Decimal) -> int | Decimal:
    """The number as JSON should show it: whole ones as integers, no trailing zeros, no exponent."""
    if number == number.to_integral_value():
        return int(number)
    return Decimal(f"{number.normalize():f}")


@dataclass(frozen=True, slots=True)
class Charge:
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

    def taken_off(self) -> Charge:
        return replace(self, sign=-1)


class Taxes:
    """The tax of an order, line by line. ``included`` says that our amounts carry it."""

    def __init__(self, order: Order, charges: list[Charge]) -> None:
        self.included = order.totals.tax_included
        self._titles = {line.rate: line.title for line in order.tax_lines}
        self._rest = self._rate_of_the_rest(order, charges)

    def rate(self, charge: Charge) -> Decimal:
        return self._rest if charge.rate is None else charge.rate

    def fields(self, charge: Charge) -> dict[str, Any]:
        """What a request says of the line's tax. Without a word the shop would add its own."""
        if charge.tax_class_id is not None:
            return {"tax_class_id": charge.tax_class_id}
        rate = self.rate(charge)
        title = charge.tax_title or self._titles.get(rate)
        number = int(rate) if rate == int(rate) else rate.normalize()
        return {"tax_rate": number, "tax_title": title} if title else {"tax_rate": number}

    def _rate_of_the_rest(self, order: Order, charges: list[Charge]) -> Decimal:
        open_charges = [charge for charge in charges if charge.rate is None]
        known = [charge for charge in charges if charge.rate is not None]
        left = order.totals.tax - sum((self._tax_of(charge) for charge in known), ZERO)
        base = sum((charge.total for charge in open_charges), ZERO) - (left if self.included else ZERO)
        usual = sorted({*self._titles, *(charge.rate for charge in known if charge.rate is not None), ZERO})
        for rate in usual:
            if open_charges and abs(base * rate - left) <= CENT * (len(charges) + 1):
                return rate
        blended = (left / base).quantize(RATE_SCALE) if base else ZERO
        return blended if 0 < blended <= 1 else self._likely(known)

    def _likely(self, known: list[Charge]) -> Decimal:
        """Where the order's sum of tax explains nothing: what the rest of the order pays, or no tax.

        Only where our amounts carry tax: there every rate gives the right sum.
        """
        base = sum((charge.total - self._tax_of(charge) for charge in known), ZERO)
        if not self.included or not base:
            return ZERO
        blended = (sum((self._tax_of(charge) for charge in known), ZERO) / base).quantize(RATE_SCALE)
        return blended if 0 <= blended <= 1 else ZERO

    def _tax_of(self, charge: Charge) -> Decimal:
        rate = charge.rate or ZERO
        return charge.total * rate / (1 + rate) if self.included else charge.total * rate


@dataclass(frozen=True, slots=True)
class Sums:
    """``grand`` is what the buyer pays, ``own`` the order's own part of it that is rounding. ``lines`` counts what may
    be rounded, ``minor`` is the smallest amount of the currency."""

    grand: Decimal
    own: Decimal
    lines: int
    minor: Decimal

    @property
    def tolerance(self) -> Decimal:
        """What two sums may be apart without a word: a cent a line, five at most, however many pieces there are."""
        return min(FEW_CENTS, CENT * max(1, self.lines))

    @property
    def most(self) -> Decimal:
        """How far rounding may take the shop's sum from ours: what is further off is another order, or another tax."""
        return max(FEW_CENTS, self.minor) * (self.lines + 2)

    def made_up(self, others: Decimal) -> Decimal:
        """What rounding has to make up beside lines that come to ``others`` with tax."""
        return self.grand - others - self.own

    def rounding(self, others: Decimal | None) -> Decimal:
        """The rounding line, signed: the order's own rounding alone where the sum of the others is not known, or is
        further off than rounding explains."""
        made_up = ZERO if others is None else self.made_up(others)
        return (self.own + (made_up if abs(made_up) <= self.most else ZERO)).quantize(CENT, ROUND_HALF_EVEN)


def own_rounding(order: Order) -> Decimal:
    """The rounding that the order has itself: its total of that name, and untaxed fees and discounts of that name."""
    fees = (fee.amount for fee in order.fees if is_rounding(fee))
    discounts = (discount.amount for discount in order.discounts if is_rounding(discount))
    return order.totals.rounding + sum(fees, ZERO) - sum(discounts, ZERO)


def is_rounding(named: Fee | Discount) -> bool:
    """Two lines of this name could not be told apart in the shop: there is one, of the sum of all."""
    is_summed = isinstance(named, Fee) or not named.allocated
    return is_summed and (named.title or "").casefold() == ROUNDING.casefold() and not named.tax_rate


def sums_of(order: Order, lines: SignedLines) -> Sums:
    return Sums(order.totals.grand, own_rounding(order), len(lines), minor_unit(order.currency))


def foreseen(lines: SignedLines, prices: str) -> Decimal | None:
    """What the shop makes of all lines but the rounding, with tax; ``None`` where a tax is known to the shop alone."""
    total = ZERO
    for sign, line in lines:
        if "tax_rate" not in line:
            return None
        factor = 1 + Decimal(line["tax_rate"]) if prices == "net" else Decimal(1)
        cost = Decimal(line["price"]) * Decimal(line.get("quantity", 1)) * factor
        total += sign * cost.quantize(CENT, ROUND_HALF_UP)
    return total


def held_rounding(held: HeldOrder) -> Decimal:
    """Our rounding as the shop holds it, signed; zero where it holds none."""
    signed = ((1, held.fees), (-1, held.discounts))
    return sum((sign * of[-1].price_with_tax for sign, of in signed if of and _is_rounding(of[-1])), ZERO)


def held_others(held: HeldOrder) -> Decimal | None:
    """What the shop makes of all lines but our rounding, with tax; ``None`` where its answer does not tell."""
    return None if held.total_with_tax is None else held.total_with_tax - held_rounding(held)


def _is_rounding(line: HeldLine) -> bool:
    return line.title.strip() == ROUNDING and line.tax_rate == ZERO
