"""An order's lines as OpenBizBox takes them: products, shipping, payment, fees and discounts, each with its tax.

Sources: page "Order" (2020-02-20): ``tax_rate`` is a fraction, a discount's price is positive in requests, a line has
``tax_rate`` and ``tax_title`` or ``tax_class_id``. Prices are of one piece. The page shows whole quantities and prices
of two decimals and says of neither what is kept of a finer one. So a product goes by its pieces, at four decimals, as
long as these come to its price, else as one piece; what the shop makes of it is seen in its answer (save_edit.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from schemas.order import ZERO, Item, Order
from worker.providers.openbizbox.sums import ROUNDING, Charge, SignedLines, Taxes, is_rounding, plain, price_in, written

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

    def named(self) -> SignedLines:
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
    charges = charges_of(order, items)
    write = _Writer(Taxes(order, charges.all()), prices)
    return Lines(
        sold=[write.sold(item, charge, articles[item.id]) for item, charge in zip(items, charges.sold, strict=True)],
        shipping=write.line(charges.shipping) if charges.shipping else None,
        payment=write.line(charges.payment) if charges.payment else None,
        named_fees=[write.line(charge) for charge in charges.fees],
        named_discounts=[write.line(charge) for charge in charges.discounts],
    )


def items_of(order: Order) -> list[Item]:
    """The items that are lines: one of quantity 0 is gone."""
    return [item for item in order.items if item.quantity > 0]


@dataclass(frozen=True, slots=True)
class _Writer:
    taxes: Taxes
    prices: str

    def sold(self, item: Item, charge: Charge, article: int) -> Sold:
        """A line whose own sum is known has pieces of a share of it: the unit price is a rounded one there."""
        total = self._price(charge, charge.amount)
        unit = self._price(charge, item.unit_price) if item.subtotal is None else total / item.quantity
        return sold_of(item, article, total, unit, self.taxes.fields(charge))

    def line(self, charge: Charge) -> dict[str, Any]:
        return {
            "title": charge.title,
            "price": written(self._price(charge, charge.amount)),
            **self.taxes.fields(charge),
        }

    def _price(self, charge: Charge, amount: Decimal) -> Decimal:
        return price_in(self.prices, amount, self.taxes.rate(charge), included=self.taxes.included)


def _rounding(amount: Decimal) -> list[dict[str, Any]]:
    return [{"title": ROUNDING, "price": written(amount), "tax_rate": 0}] if amount > 0 else []


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


@dataclass(frozen=True, slots=True)
class Charges:
    """The charges of an order, all but its rounding. Those of items are of all pieces."""

    sold: list[Charge]
    shipping: Charge | None
    payment: Charge | None
    fees: list[Charge]
    discounts: list[Charge]

    def all(self) -> list[Charge]:
        single = [charge for charge in (self.shipping, self.payment) if charge]
        return [*self.sold, *single, *self.fees, *self.discounts]


def charges_of(order: Order, items: list[Item]) -> Charges:
    """The charges of an order that has these items."""
    return Charges(
        sold=[Charge("", item.total, item.tax_rate, item.tax_title, item.tax_class) for item in items],
        shipping=_shipping(order),
        payment=_payment(order),
        fees=_fees(order, items),
        discounts=_discounts(order, items),
    )


def _shipping(order: Order) -> Charge | None:
    shipping = order.shipping
    if shipping is None:
        return Charge("Shipping", order.totals.shipping) if order.totals.shipping else None
    title = shipping.title or shipping.method or "Shipping"
    return Charge(title, shipping.price, shipping.tax_rate, tax_class=shipping.tax_class)


def _payment(order: Order) -> Charge | None:
    payment = order.payment
    if payment is None:
        return None
    return Charge(payment.title or payment.method or "Payment", payment.fee, payment.tax_rate)


def _fees(order: Order, items: list[Item]) -> list[Charge]:
    """Fees, handling, and the services of items, which the shop knows no other place for."""
    charges = [
        Charge(service.name or f"Service {service.service_id}", service.price * item.quantity, item.tax_rate)
        for item in items
        for service in item.services
    ]
    charges += [Charge(fee.title, fee.amount, fee.tax_rate) for fee in order.fees if not is_rounding(fee)]
    charges += [Charge("Handling", order.totals.handling)]
    return [charge for charge in charges if charge.amount > 0]


def _discounts(order: Order, items: list[Item]) -> list[Charge]:
    """Everything that makes the order cheaper, as positive amounts: negative fees and rebates too."""
    charges = [
        Charge(_title(discount.title, discount.code), discount.amount, discount.tax_rate, discount.tax_title)
        for discount in order.discounts
        if not discount.allocated and not is_rounding(discount)
    ]
    charges.append(_item_discounts(order, items))
    charges += [Charge(fee.title, -fee.amount, fee.tax_rate) for fee in order.fees if not is_rounding(fee)]
    charges += [Charge("Rebate", order.totals.rebates, ZERO)]
    return [charge.taken_off() for charge in charges if charge.amount > 0]


def _item_discounts(order: Order, items: list[Item]) -> Charge:
    codes = [discount.code for discount in order.discounts if discount.allocated and discount.code]
    title = f"Item discounts ({', '.join(codes)})" if codes else "Item discounts"
    services = [service for item in items for service in item.services]
    amounts = [item.discount_total for item in items] + [service.discount_total for service in services]
    return Charge(title, sum(amounts, ZERO))


def _title(title: str | None, code: str | None) -> str:
    if title and code and code not in title:
        return f"{title} ({code})"
    return title or code or "Discount"
