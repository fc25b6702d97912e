"""What the buyer pays, beside what the shop makes of the lines; and the line that makes the one the other.

The shop rounds each line with tax to a cent (page "Order", "Response example", 2020-02-20: 257 at 0.0146 is 260.75),
and all of its answers have two decimals. A price without tax, a weighed quantity or a currency without decimals then
comes to another sum than the buyer paid: the difference is a fee, or a discount, called "Rounding".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from schemas.currencies import minor_unit
from schemas.order import ZERO, Order
from schemas.providers.openbizbox import HeldLine, HeldOrder
from worker.providers.openbizbox.lines import Lines
from worker.providers.openbizbox.parts import ROUNDING, own_rounding

CENT = Decimal("0.01")
FEW_CENTS = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Due:
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


def due_of(order: Order, lines: Lines) -> Due:
    return Due(order.totals.grand, own_rounding(order), len(lines.named()), minor_unit(order.currency))


def foreseen(lines: Lines, prices: str) -> Decimal | None:
    """What the shop makes of the lines but the rounding, with tax; ``None`` where a tax is known to the shop alone."""
    total = ZERO
    for sign, line in lines.named():
        if "tax_rate" not in line:
            return None
        factor = 1 + Decimal(line["tax_rate"]) if prices == "net" else Decimal(1)
        cost = Decimal(line["price"]) * Decimal(line.get("quantity", 1)) * factor
        total += sign * cost.quantize(CENT, ROUND_HALF_UP)
    return total


def named(lines: list[HeldLine]) -> list[HeldLine]:
    """Fees or discounts that the shop holds, without our rounding."""
    return lines[:-1] if lines and _is_rounding(lines[-1]) else lines


def held_rounding(held: HeldOrder) -> Decimal:
    """Our rounding as the shop holds it, signed; zero where it holds none."""
    signed = ((1, held.fees), (-1, held.discounts))
    return sum((sign * of[-1].price_with_tax for sign, of in signed if of and _is_rounding(of[-1])), ZERO)


def held_others(held: HeldOrder) -> Decimal | None:
    """What the shop makes of all lines but our rounding, with tax; ``None`` where its answer does not tell."""
    return None if held.total_with_tax is None else held.total_with_tax - held_rounding(held)


def _is_rounding(line: HeldLine) -> bool:
    return line.title.strip() == ROUNDING and line.tax_rate == ZERO
