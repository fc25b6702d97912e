"""The sums of an order by the page of the canonical event, section "The order", row ``totals``: of its JSON, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

Json = dict[str, Any]

ZERO = Decimal(0)
EXACT = Context(prec=80)


@dataclass(frozen=True)
class Sums:
    """All totals, those left out computed from their parts. ``tax`` counts in ``grand`` unless ``tax_included``."""

    grand: Decimal
    items: Decimal
    shipping: Decimal
    handling: Decimal
    tax: Decimal
    discount: Decimal
    fees: Decimal
    rebates: Decimal
    rounding: Decimal
    tax_included: bool

    @property
    def of_parts(self) -> Decimal:
        """What the buyer would pay by the other totals, ``rounding`` among them."""
        added = (self.items, self.shipping, self.handling, self.fees, self.rounding, *self._tax())
        return summed((*added, -self.discount, -self.rebates))

    def _tax(self) -> tuple[Decimal, ...]:
        return () if self.tax_included else (self.tax,)


def sums_of(order: Json) -> Sums:
    """The sums as the page has them: a total that is given stands, one left out is that of its parts."""
    given = order.get("totals", {})
    parts = parts_of(order)
    totals = {name: Decimal(str(given[name])) if name in given else part for name, part in parts.items()}
    grand = Decimal(str(given["grand"])) if "grand" in given else ZERO
    return Sums(grand=grand, tax_included=bool(given.get("tax_included")), **totals)


def parts_of(order: Json) -> dict[str, Decimal]:
    """Each total but grand, from its parts alone, whatever ``totals`` says; without parts what ``totals`` says."""
    given = order.get("totals", {})
    alone = {name: _amount(given, name) for name in ("shipping", "handling", "tax", "rebates", "rounding")}
    if "price" in order.get("shipping", {}):
        alone["shipping"] = _amount(order["shipping"], "price")
    if order.get("tax_lines"):
        alone["tax"] = summed(_amount(line, "amount") for line in order["tax_lines"])
    return alone | {
        "items": summed(with_services(item) for item in order["items"]),
        "discount": summed((item_discounts(order), *(amount for _, amount in order_discounts(order)))),
        "fees": summed((payment_fee(order), *(_amount(fee, "amount") for fee in order.get("fees", ())))),
    }


def unexplained(order: Json) -> Decimal:
    """What a rounding entry at a vendor has to make up: grand less all that the order names, its own rounding aside."""
    sums, parts = sums_of(order), parts_of(order)
    named = Sums(**{**sums.__dict__, **parts, "rounding": ZERO})
    return EXACT.subtract(sums.grand, named.of_parts)


def slack(order: Json) -> Decimal:
    """How far the order is from saying one thing: what it leaves open, and how far its totals are from their parts.

    A vendor's entry may be right by the one and not by the other, by so much."""
    sums, parts = sums_of(order), parts_of(order)
    apart = summed(abs(part - getattr(sums, name)) for name, part in parts.items())
    return abs(unexplained(order)) + apart


def line_total(item: Json) -> Decimal:
    """The line before discounts, without services: as the shop has it, else quantity × unit price."""
    if "subtotal" in item:
        return _amount(item, "subtotal")
    return EXACT.multiply(_amount(item, "quantity"), _amount(item, "unit_price"))


def with_services(item: Json) -> Decimal:
    services = summed(_amount(service, "price") for service in item.get("services", ()))
    return EXACT.add(line_total(item), EXACT.multiply(_amount(item, "quantity"), services))


def discounts_of(item: Json) -> Decimal:
    """What is taken off one line and its services."""
    return summed(_amount(part, "discount_total") for part in (item, *item.get("services", ())))


def item_discounts(order: Json) -> Decimal:
    return summed(discounts_of(item) for item in order["items"])


def order_discounts(order: Json) -> list[tuple[Json, Decimal]]:
    """The discounts that are not inside the lines' own."""
    return [(one, _amount(one, "amount")) for one in order.get("discounts", ()) if not one.get("allocated")]


def payment_fee(order: Json) -> Decimal:
    return _amount(order.get("payment", {}), "fee")


def summed(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def _amount(part: Json, name: str) -> Decimal:
    return Decimal(str(part.get(name, 0)))
