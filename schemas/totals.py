"""The sums of an order: left out ones are computed from their parts, given ones are checked against them.

Source: canonical event, "The order", row ``totals``. Works on the loaded values, before they become an ``Order``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Literal

from schemas.amounts import HIGHEST, canonical
from schemas.currencies import minor_unit
from schemas.fault import EventFault, fault
from schemas.order import ZERO

TotalsRule = Literal["check", "off"]

_EXACT = Context(prec=100)  # 2,000 lines of quantity (18 digits) x price (22 digits), with nothing rounded off
_STEP = Decimal("1E-10")  # of a computed total, as fine as any amount that is given
_LEAST_ALLOWED = Decimal("0.05")
_PATH = ("data", "order", "totals")
_OR_OFF = ', or set [limits] totals = "off" in ordercast.toml to take totals as they come'
_FROM_PARTS = ("items", "shipping", "tax", "discount", "fees")


def complete(order: dict[str, Any], rule: TotalsRule, places: Sequence[int]) -> list[EventFault]:
    """Fills in every total of the order, in place; what disagrees with its parts comes back as faults.

    ``rule`` "off" compares nothing. ``places`` are where the producer has the items. Wants a loaded order without
    faults.
    """
    given = order["totals"]
    parts = _sums_of_parts(order)
    totals = {name: canonical(total) for name, total in parts.items()} | given
    totals.setdefault("tax_included", False)
    for name in ("shipping", "handling", "tax", "rebates", "rounding"):
        totals.setdefault(name, ZERO)
    order["totals"] = totals
    faults = [fault((*_PATH, name), "comes to more than 10^12") for name in parts if abs(totals[name]) > HIGHEST]
    if rule == "check":
        faults.extend(_strange_subtotals(order, places))
        faults.extend(_disagreements(order, given, parts))
    return faults


def grand_of(totals: dict[str, Any]) -> Decimal:
    """What the buyer pays by the other totals."""
    tax = ZERO if totals["tax_included"] else totals["tax"]
    adds = _sum([totals["items"], totals["shipping"], totals["handling"], tax, totals["fees"], totals["rounding"]])
    return _EXACT.subtract(adds, _sum([totals["discount"], totals["rebates"]]))


def allowed_difference(order: dict[str, Any]) -> Decimal:
    """How far a total may be from its parts: 0.05, or a minor unit for each thing that may have been rounded."""
    services = sum(len(item.get("services", ())) for item in order["items"])
    roundings = len(order["items"]) + services + len(order.get("discounts", ())) + len(order.get("fees", ())) + 2
    return max(_LEAST_ALLOWED, minor_unit(order["currency"]) * roundings)


def _sums_of_parts(order: dict[str, Any]) -> dict[str, Decimal]:
    """The totals that have parts. Where shipping has no price or no tax line is there, the given total stands alone."""
    shipping = order.get("shipping", {})
    tax_lines = order.get("tax_lines")
    sums = {"items": _sum(_lines(order)), "discount": _sum(_discounts(order)), "fees": _sum(_fees(order))}
    if "price" in shipping:
        sums["shipping"] = shipping["price"]
    if tax_lines:
        sums["tax"] = _sum(line["amount"] for line in tax_lines)
    return sums


def _lines(order: dict[str, Any]) -> Iterator[Decimal]:
    for item in order["items"]:
        if "subtotal" in item:
            yield item["subtotal"]
        else:
            yield _EXACT.multiply(item["quantity"], item["unit_price"])
        for service in item.get("services", ()):
            yield _EXACT.multiply(item["quantity"], service["price"])


def _discounts(order: dict[str, Any]) -> Iterator[Decimal]:
    for item in order["items"]:
        yield item.get("discount_total", ZERO)
        for service in item.get("services", ()):
            yield service.get("discount_total", ZERO)
    for discount in order.get("discounts", ()):
        if not discount.get("allocated", False):
            yield discount["amount"]


def _fees(order: dict[str, Any]) -> Iterator[Decimal]:
    yield order.get("payment", {}).get("fee", ZERO)
    for fee in order.get("fees", ()):
        yield fee["amount"]


def _sum(amounts: Any) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total.quantize(_STEP, ROUND_HALF_EVEN, _EXACT)


def _strange_subtotals(order: dict[str, Any], places: Sequence[int]) -> Iterator[EventFault]:
    """Lines whose own sum is further from their price than rounding that price may take it: half a unit of its last
    decimal for each piece, and a minor unit. A price is taken to be as fine as the currency at least."""
    minor = minor_unit(order["currency"])
    for place, item in zip(places, order["items"], strict=True):
        if "subtotal" not in item:
            continue
        finest = min(minor, Decimal(1).scaleb(int(item["unit_price"].as_tuple().exponent)))
        allowed = _EXACT.add(_EXACT.multiply(item["quantity"], finest / 2), minor)
        ours = _EXACT.multiply(item["quantity"], item["unit_price"])
        if abs(_EXACT.subtract(item["subtotal"], ours)) > allowed:
            message = (
                f"is {item['subtotal']:f}, but quantity × unit_price comes to {canonical(ours):f} "
                f"(allowed difference {canonical(allowed):f})"
            )
            yield fault(("data", "order", "items", place, "subtotal"), message)


def _disagreements(order: dict[str, Any], given: dict[str, Any], parts: dict[str, Decimal]) -> Iterator[EventFault]:
    allowed = allowed_difference(order)
    for name in _FROM_PARTS:
        if name in given and name in parts and abs(given[name] - parts[name]) > allowed:
            yield fault((*_PATH, name), _says(order, name, given[name], parts[name]))
    totals = order["totals"]
    if abs(totals["grand"] - grand_of(totals)) > allowed:
        yield fault((*_PATH, "grand"), _says(order, "grand", totals["grand"], grand_of(totals)))


def _says(order: dict[str, Any], name: str, given: Decimal, ours: Decimal) -> str:
    if name in ("grand", "items") and not ours and not order["items"]:
        return f"is {given:f}, but the order has no items: send data.order.items, or totals.{name} 0{_OR_OFF}"
    allowed = canonical(allowed_difference(order))
    return (
        f"is {given:f}, but its parts come to {canonical(ours):f} (allowed difference {allowed:f}): give "
        f"items[].subtotal where a unit price is a rounded one, totals.rounding for the rest{_OR_OFF}"
    )
