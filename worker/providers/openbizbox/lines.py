"""An order's lines as OpenBizBox takes them: products, shipping, payment, fees and discounts, each with its tax.

Sources: page "Order" (2020-02-20): ``tax_rate`` is a fraction, a discount's price is positive in requests, a line has
``tax_rate`` and ``tax_title`` or ``tax_class_id``. Prices are of one piece.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from schemas.order import ZERO, Item, Order
from worker.providers.openbizbox.parts import ROUNDING, parts_of
from worker.providers.openbizbox.prices import price_in, written
from worker.providers.openbizbox.sold import Sold, sold_of
from worker.providers.openbizbox.tax import Part, Taxes


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an order as the body of a create has them. ``rounding`` is signed, and the last fee or the last
    discount where it is not zero."""

    sold: list[Sold]
    shipping: dict[str, Any] | None
    payment: dict[str, Any] | None
    named_fees: list[dict[str, Any]]
    named_discounts: list[dict[str, Any]]
    rounding: Decimal = ZERO

    @property
    def item_ids(self) -> list[str]:
        return [one.item_id for one in self.sold]

    @property
    def products(self) -> list[dict[str, Any]]:
        return [one.line for one in self.sold]

    @property
    def fees(self) -> list[dict[str, Any]]:
        return self.named_fees + _rounding(self.rounding)

    @property
    def discounts(self) -> list[dict[str, Any]]:
        return self.named_discounts + _rounding(-self.rounding)

    def body(self) -> dict[str, Any]:
        """What a create sends. What is empty is left out: an empty list would mean "remove them all"."""
        parts = {
            "payment": self.payment,
            "shipping": self.shipping,
            "products": self.products,
            "discounts": self.discounts,
            "fees": self.fees,
        }
        return {name: part for name, part in parts.items() if part}

    def named(self) -> list[tuple[int, dict[str, Any]]]:
        """Every line but the rounding, each with the sign that it has in the total."""
        single = [line for line in (self.shipping, self.payment) if line]
        added = [*self.products, *single, *self.named_fees]
        return [(1, line) for line in added] + [(-1, line) for line in self.named_discounts]

    def rounded(self, rounding: Decimal) -> Lines:
        return replace(self, rounding=rounding)

    def in_one(self, places: Collection[int]) -> Lines:
        """The lines of which those at these places go as one piece."""
        sold = [replace(one, is_one=one.is_one or place in places) for place, one in enumerate(self.sold)]
        return replace(self, sold=sold)

    def without_weights_of_all(self, places: Collection[int]) -> Lines:
        """The lines of which those at these places say by their pieces too what a piece weighs: nothing, where we do
        not know. The line has the weight of all, and one that is not sent stays."""
        weighed = [
            replace(one, pieces={"weight": 0, **one.pieces}) if place in places else one
            for place, one in enumerate(self.sold)
        ]
        return replace(self, sold=weighed)


def lines_of(order: Order, articles: Mapping[str, int], prices: str) -> Lines:
    """The order's lines; ``articles`` maps item ids to the shop's articles, ``prices`` is net or gross."""
    items = items_of(order)
    parts = parts_of(order, items)
    write = _Writer(Taxes(order, parts.all()), prices)
    return Lines(
        sold=[write.sold(item, part, articles[item.id]) for item, part in zip(items, parts.sold, strict=True)],
        shipping=write.line(parts.shipping) if parts.shipping else None,
        payment=write.line(parts.payment) if parts.payment else None,
        named_fees=[write.line(part) for part in parts.fees],
        named_discounts=[write.line(part) for part in parts.discounts],
    )


def items_of(order: Order) -> list[Item]:
    """The items that are lines: one of quantity 0 is gone."""
    return [item for item in order.items if item.quantity > 0]


def line_count(order: Order) -> int:
    """How many lines the order has there, at most: services, fees and discounts are lines too."""
    items = items_of(order)
    return len(items) + sum(len(item.services) for item in items) + len(order.fees) + len(order.discounts)


@dataclass(frozen=True, slots=True)
class _Writer:
    taxes: Taxes
    prices: str

    def sold(self, item: Item, part: Part, article: int) -> Sold:
        """A line whose own sum is known has pieces of a share of it: the unit price is a rounded one there."""
        total = self._price(part, part.amount)
        unit = self._price(part, item.unit_price) if item.subtotal is None else total / item.quantity
        return sold_of(item, article, total, unit, self.taxes.fields(part))

    def line(self, part: Part) -> dict[str, Any]:
        return {"title": part.title, "price": written(self._price(part, part.amount)), **self.taxes.fields(part)}

    def _price(self, part: Part, amount: Decimal) -> Decimal:
        return price_in(self.prices, amount, self.taxes.rate(part), included=self.taxes.included)


def _rounding(amount: Decimal) -> list[dict[str, Any]]:
    return [{"title": ROUNDING, "price": written(amount), "tax_rate": 0}] if amount > 0 else []
