"""The lines that Shop-Script is to hold, and which of the lines that it holds are ours.

A product and each of its services are lines of their own, as in the shop's table. Ours are named by our item id,
services ``<item>/<service>``, or ``<item>/<service>.<variant>`` where the service has no id of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from schemas.order import ZERO, Item, Order
from schemas.providers.shopscript import HeldLine, ShopProduct
from worker.providers.shopscript.sums import Sold, kept_items

HALF_A_CENT = Decimal("0.005")
MONEY, PIECES = Decimal("0.0001"), Decimal("0.001")  # the vendor's decimal(15,4) and decimal(15,3)
HeldByName = dict[str, HeldLine]


@dataclass(frozen=True, slots=True)
class WantedLine:
    """One line the shop is to hold, its numbers as they are sent.

    ``service_id``, ``variant_id`` and ``parent``, the product line's name, are a service's alone.
    """

    name: str
    product_id: int
    sku_id: int
    quantity: Decimal
    price: Decimal
    service_id: str | None = None
    variant_id: str | None = None
    parent: str | None = None


def rounded(number: Decimal, to: Decimal) -> Decimal:
    return number.quantize(to, ROUND_HALF_EVEN)


def money(amount: Decimal) -> str:
    return format(rounded(amount, MONEY), "f")


def product_of(item: Item, products: Mapping[str, ShopProduct]) -> ShopProduct | None:
    """The item's variant in the shop: by its own ids where they are whole numbers, else by the settings' map."""
    product_id, variant_id = item.product_id or "", item.variant_id or ""
    if _is_id(product_id) and _is_id(variant_id):
        return ShopProduct(product_id=int(product_id), sku_id=int(variant_id))
    return products.get(item.sku or "")


def service_names(item: Item) -> list[str]:
    """What each service of an item is called: by its own id, else by service and variant; equal ones are numbered."""
    names: list[str] = []
    for service in item.services:
        variant = f".{service.service_variant_id}" if service.service_variant_id else ""
        name = wish = f"{item.id}/{service.id or f'{service.service_id}{variant}'}"
        while name in names:
            name = f"{wish}+{names.count(name) + len(names)}"
        names.append(name)
    return names


def lines_of(order: Order, products: Mapping[str, ShopProduct], sold: Mapping[str, Sold]) -> list[WantedLine]:
    """Every line the shop is to hold, services after their product. Items that have no product there are left out."""
    return [line for item in kept_items(order) for line in _lines(item, product_of(item, products), sold[item.id])]


def recognise(lines: Sequence[WantedLine], held: Sequence[HeldLine], known: Mapping[str, str]) -> HeldByName:
    """Which of the shop's lines are ours, by the line's name: one each, missing where there is none.

    The id that we know comes first, then the same product in the same quantity at the same price, then the same
    product. A product that we know as a line the order no longer has is nobody else's: its stock would go with it.
    """
    names = {line.name for line in lines}
    dropped = {line_id for name, line_id in known.items() if name not in names}
    free = {line.id: line for line in held if line.type == "service" or str(line.id) not in dropped}
    ours: HeldByName = {}
    for line in lines:
        line_id = known.get(line.name, "")
        if _is_id(line_id) and int(line_id) in free:
            ours[line.name] = free.pop(int(line_id))
    for is_alike in (_is_equal, _is_akin):
        for line in lines:
            found = next((other for other in free.values() if _fits(line, other, ours) and is_alike(line, other)), None)
            if line.name not in ours and found is not None:
                ours[line.name] = free.pop(found.id)
    return ours


def differences(lines: Sequence[WantedLine], held: Sequence[HeldLine], ours: HeldByName) -> Iterator[str]:
    """What differs between the lines we sent and those the shop holds, one clause each."""
    claimed = {other.id for other in ours.values()}
    free = [other for other in held if other.id not in claimed]
    if len(held) < len(lines):
        yield f"lines: {len(held)} there, {len(lines)} sent"
    for line in lines:
        yield from _difference(line, ours.get(line.name), free)
    if free:
        yield f"lines there that were not sent: {len(free)}"


def _difference(line: WantedLine, found: HeldLine | None, free: list[HeldLine]) -> Iterator[str]:
    if found is None:
        yield f"line {line.name} is missing"
        return
    quantity = found.quantity or ZERO
    for rest in [other for other in free if _is_akin(line, other) and _same_price(line, other)]:
        # A shop set to split a line, so that its discount divides evenly, gives it back in parts.
        if quantity + (rest.quantity or ZERO) <= line.quantity:
            quantity += rest.quantity or ZERO
            free.remove(rest)
    if not _is_akin(line, found):
        yield f"line {line.name} is of variant {found.sku_id}, {line.sku_id} sent"
    if quantity != line.quantity:
        yield f"line {line.name} has quantity {quantity:f}, {line.quantity:f} sent"
    if not _same_price(line, found):
        yield f"line {line.name} has price {found.price or ZERO:f}, {line.price:f} sent"


def _fits(line: WantedLine, other: HeldLine, ours: HeldByName) -> bool:
    """Whether a service hangs on the line that it hangs on with us; products hang on nothing."""
    parent = ours.get(line.parent or "")
    return line.parent is None or (parent is not None and other.parent_id in {None, parent.id})


def _is_equal(line: WantedLine, other: HeldLine) -> bool:
    return _is_akin(line, other) and other.quantity == line.quantity and _same_price(line, other)


def _is_akin(line: WantedLine, other: HeldLine) -> bool:
    if line.service_id is not None:
        named = other.type == "service" and str(other.service_id) == line.service_id
        return named and (line.variant_id is None or str(other.service_variant_id) == line.variant_id)
    return other.type != "service" and (other.product_id, other.sku_id) == (line.product_id, line.sku_id)


def _same_price(line: WantedLine, other: HeldLine) -> bool:
    """Within what rounding to cents may move a price. Source: shopOrder::extendItems, ``05ada83``."""
    return abs((other.price or ZERO) - line.price) <= HALF_A_CENT


def _lines(item: Item, product: ShopProduct | None, sold: Sold) -> Iterator[WantedLine]:
    if product is None:
        return
    line = WantedLine(item.id, product.product_id, product.sku_id, sold.quantity, sold.price)
    yield line
    for name, service, price in zip(service_names(item), item.services, sold.services, strict=True):
        variant = service.service_variant_id
        yield replace(line, name=name, price=price, service_id=service.service_id, variant_id=variant, parent=item.id)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) > 0  # noqa: PLR2004  ten digits: int(11)
