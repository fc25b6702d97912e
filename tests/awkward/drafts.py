"""An order on its way through a shop: what is bought is there already, taxes and totals are made last."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Literal

from tests.awkward.goods import fitted, written
from tests.awkward.sums import (
    EXACT,
    ZERO,
    Json,
    discounts_of,
    item_discounts,
    line_total,
    order_discounts,
    parts_of,
    summed,
    sums_of,
    with_services,
)

Taxes = Literal["none", "in", "out"]
Rounds = Literal["minor", "cash", "each line", "fine"]


@dataclass
class Draft:
    """``taxes`` says whether prices carry tax; ``rounds`` how the shop comes to what the buyer pays; ``tells`` which
    totals it names beside that: all, those without parts, or none that can be left out."""

    rng: Random
    order: Json
    scale: int
    taxes: Taxes
    rounds: Rounds
    tells: Literal["all", "few"]

    def close(self) -> Json:
        """The order with its taxes and totals."""
        order = dict(self.order)
        order["totals"] = {
            name: text for name, text in order.get("totals", {}).items() if name in ("handling", "rebates")
        }
        self._tax(order)
        self._pay(order)
        if self.tells == "all":
            order["totals"] |= {name: written(part) for name, part in self._fitted_parts(order).items()}
        return order

    def _tax(self, order: Json) -> None:
        order.pop("tax_lines", None)
        if self.taxes == "none":
            return
        if self.taxes == "in":
            order["totals"]["tax_included"] = True
        lines = [
            {"title": f"VAT {rate * 100:f} %", "rate": written(rate), "amount": written(self._tax_of(base, rate))}
            for rate, base in sorted(taxed(order).items())
        ]
        if lines and self.rng.random() < 0.7:
            order["tax_lines"] = lines
        else:
            order["totals"]["tax"] = written(summed(Decimal(line["amount"]) for line in lines))

    def _tax_of(self, base: Decimal, rate: Decimal) -> Decimal:
        base = max(ZERO, base)
        within = EXACT.divide(rate, 1 + rate) if self.taxes == "in" else rate
        return fitted(EXACT.multiply(base, within), self.scale)

    def _pay(self, order: Json) -> None:
        """What the buyer pays, and the rounding where the shop names one. No order costs less than nothing."""
        order["totals"].pop("rounding", None)
        exact = sums_of(order).of_parts
        if exact < 0:
            order["fees"] = [*order.get("fees", ()), {"title": "Credit kept", "amount": written(-exact)}]
            exact = ZERO
        if self.rounds == "cash":
            paid = (exact / self._coin()).quantize(Decimal(1), ROUND_HALF_UP, EXACT) * self._coin()
            order["totals"]["rounding"] = written(fitted(paid - exact, 10))
        elif self.rounds == "each line":
            paid = max(ZERO, fitted(exact + self._rounded_off(order), self.scale))
        else:
            paid = fitted(exact, 4 if self.rounds == "fine" else self.scale)
        order["totals"]["grand"] = written(paid)

    def _coin(self) -> Decimal:
        """The smallest coin that is still paid with."""
        return {0: Decimal(10), 2: Decimal("0.05"), 3: Decimal("0.005")}[self.scale]

    def _rounded_off(self, order: Json) -> Decimal:
        """How much more the lines come to where each is rounded by itself."""
        lines = [with_services(item) for item in order["items"]]
        return summed(fitted(line, self.scale) - line for line in lines)

    def _fitted_parts(self, order: Json) -> dict[str, Decimal]:
        parts = parts_of(order)
        return {name: fitted(parts[name], self.scale) for name in ("items", "shipping", "discount", "fees")}


def taxed(order: Json) -> dict[Decimal, Decimal]:
    """How much there is at each rate: lines less what is off them, shipping, payment, fees, less discounts of the rate."""
    bases: dict[Decimal, Decimal] = {}

    def add(rate: str | None, amount: Decimal) -> None:
        if rate is not None:
            bases[Decimal(rate)] = bases.get(Decimal(rate), ZERO) + amount

    for item in order["items"]:
        add(item.get("tax_rate"), with_services(item) - discounts_of(item))
    shipping, payment = order.get("shipping", {}), order.get("payment", {})
    add(shipping.get("tax_rate"), Decimal(shipping.get("price", 0)))
    add(payment.get("tax_rate"), Decimal(payment.get("fee", 0)))
    for fee in order.get("fees", ()):
        add(fee.get("tax_rate"), Decimal(fee["amount"]))
    for discount, amount in order_discounts(order):
        add(discount.get("tax_rate"), -amount)
    return bases


def goods(order: Json) -> Decimal:
    """What the lines cost, after what is off them."""
    return summed(with_services(item) for item in order["items"]) - item_discounts(order)


__all__ = ["Draft", "Rounds", "Taxes", "goods", "line_total", "taxed"]
