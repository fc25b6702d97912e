"""A product line to be: by its pieces, or as one piece at the price of the line.

The vendor's page shows whole quantities and prices of two decimals and says of neither what is kept of a finer one. So
a line goes by its pieces, at four decimals, as long as these come to its price; what the shop makes of it is seen in
its answer (fit.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.order import Item
from worker.providers.openbizbox.prices import plain, written

MISS = Decimal("0.05")
"""How far the pieces of a line may be from its price: so much a rounding line makes up."""


@dataclass(frozen=True, slots=True)
class Sold:
    """One line. ``pieces`` and ``one`` are how a create would have it, ``is_one`` says which of them it is to be;
    ``quantity`` is what was sold."""

    item_id: str
    quantity: Decimal
    pieces: dict[str, Any]
    one: dict[str, Any]
    is_one: bool

    @property
    def line(self) -> dict[str, Any]:
        return self.one if self.is_one else self.pieces

    @property
    def is_fraction(self) -> bool:
        return self.quantity != self.quantity.to_integral_value()


def sold_of(item: Item, article: int, total: Decimal, unit: Decimal, tax: dict[str, Any]) -> Sold:
    """The line of an item whose line and piece cost so much in the shop's prices."""
    price, whole = written(unit), written(total)
    is_one = item.quantity != 1 and abs(price * item.quantity - whole) > MISS
    pieces = _line(item, article, item.quantity, price) | tax
    return Sold(item.id, item.quantity, pieces, _in_one(item, pieces, whole), is_one)


def _line(item: Item, article: int, quantity: Decimal, price: int | Decimal) -> dict[str, Any]:
    weight = {} if item.weight is None else {"weight": plain(item.weight)}
    return {"product_article_id": article, "price": price, "quantity": plain(quantity), **weight}


def _in_one(item: Item, pieces: dict[str, Any], whole: int | Decimal) -> dict[str, Any]:
    weight = {} if item.weight is None else {"weight": plain(item.weight * item.quantity)}
    return pieces | {"price": whole, "quantity": 1, **weight}
