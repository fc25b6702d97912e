"""An order's lines as OpenBizBox takes them: products, shipping, payment, fees and discounts, each with its tax.

Sources: page "Order" (2020-02-20): ``tax_rate`` is a fraction, a discount's price is positive in requests, a line has
``tax_rate`` and ``tax_title`` or ``tax_class_id``. Prices are of one piece.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from schemas.order import ZERO, Item, Order
from worker.providers.openbizbox.tax import Part, Taxes

SCALE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an order as the body of a create has them; ``item_ids`` names the products, in their order."""

    item_ids: list[str]
    products: list[dict[str, Any]]
    shipping: dict[str, Any] | None
    payment: dict[str, Any] | None
    fees: list[dict[str, Any]]
    discounts: list[dict[str, Any]]

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

    def extras(self) -> list[tuple[int, dict[str, Any]]]:
        """What is no product, each with the sign that it has in the total."""
        single = [line for line in (self.shipping, self.payment) if line]
        return [(1, line) for line in [*single, *self.fees]] + [(-1, line) for line in self.discounts]


def lines_of(order: Order, articles: Mapping[str, int], prices: str) -> Lines:
    """The order's lines; ``articles`` maps item ids to the shop's articles, ``prices`` is net or gross."""
    items = [item for item in order.items if item.quantity > 0]
    sold = [_product(item) for item in items]
    shipping, payment = _shipping(order), _payment(order)
    fees, discounts = _fees(order, items), _discounts(order, items)
    parts = [*sold, *(part for part in (shipping, payment) if part), *fees, *discounts]
    write = _Writer(Taxes(order, parts), prices)
    return Lines(
        item_ids=[item.id for item in items],
        products=[write.product(item, part, articles[item.id]) for item, part in zip(items, sold, strict=True)],
        shipping=write.line(shipping) if shipping else None,
        payment=write.line(payment) if payment else None,
        fees=[write.line(part) for part in fees],
        discounts=[write.line(part) for part in discounts],
    )


def line_count(order: Order) -> int:
    """How many lines the order has there, at most: services, fees and discounts are lines too."""
    items = [item for item in order.items if item.quantity > 0]
    return len(items) + sum(len(item.services) for item in items) + len(order.fees) + len(order.discounts)


@dataclass(frozen=True, slots=True)
class _Writer:
    taxes: Taxes
    prices: str

    def product(self, item: Item, part: Part, article: int) -> dict[str, Any]:
        product: dict[str, Any] = {
            "product_article_id": article,
            "price": self._price(part),
            "quantity": plain(item.quantity),
        }
        if item.weight is not None:
            product["weight"] = plain(item.weight)
        return product | self.taxes.fields(part)

    def line(self, part: Part) -> dict[str, Any]:
        return {"title": part.title, "price": self._price(part), **self.taxes.fields(part)}

    def _price(self, part: Part) -> int | Decimal:
        """The part's amount as the shop wants it: tax goes out of ours or comes in, where the two differ."""
        factor = 1 + self.taxes.rate(part)
        if self.prices == "net":
            amount = part.amount / factor if self.taxes.included else part.amount
        else:
            amount = part.amount if self.taxes.included else part.amount * factor
        return plain(amount.quantize(SCALE, ROUND_HALF_EVEN))


def _product(item: Item) -> Part:
    return Part("", item.unit_price, item.quantity, item.tax_rate, item.tax_title, item.tax_class)


def _shipping(order: Order) -> Part | None:
    shipping = order.shipping
    if shipping is None:
        return Part("Shipping", order.totals.shipping) if order.totals.shipping else None
    title = shipping.title or shipping.method or "Shipping"
    return Part(title, shipping.price, rate=shipping.tax_rate, tax_class=shipping.tax_class)


def _payment(order: Order) -> Part | None:
    payment = order.payment
    if payment is None:
        return None
    return Part(payment.title or payment.method or "Payment", payment.fee, rate=payment.tax_rate)


def _fees(order: Order, items: list[Item]) -> list[Part]:
    """Fees, handling, rounding upwards, and the services of items, which the shop knows no other place for."""
    parts = [
        Part(service.name or f"Service {service.service_id}", service.price * item.quantity, rate=item.tax_rate)
        for item in items
        for service in item.services
    ]
    parts += [Part(fee.title, fee.amount, rate=fee.tax_rate) for fee in order.fees]
    parts += [Part("Handling", order.totals.handling), Part("Rounding", order.totals.rounding, rate=ZERO)]
    return [part for part in parts if part.amount > 0]


def _discounts(order: Order, items: list[Item]) -> list[Part]:
    """Everything that makes the order cheaper, as positive amounts: negative fees, rounding and rebates too."""
    parts = [
        Part(
            _title(discount.title, discount.code), discount.amount, rate=discount.tax_rate, tax_title=discount.tax_title
        )
        for discount in order.discounts
        if not discount.allocated
    ]
    parts.append(_item_discounts(order, items))
    parts += [Part(fee.title, -fee.amount, rate=fee.tax_rate) for fee in order.fees]
    parts += [Part("Rebate", order.totals.rebates, rate=ZERO), Part("Rounding", -order.totals.rounding, rate=ZERO)]
    return [part.taken_off() for part in parts if part.amount > 0]


def _item_discounts(order: Order, items: list[Item]) -> Part:
    codes = [discount.code for discount in order.discounts if discount.allocated and discount.code]
    title = f"Item discounts ({', '.join(codes)})" if codes else "Item discounts"
    services = [service for item in items for service in item.services]
    amounts = [item.discount_total for item in items] + [service.discount_total for service in services]
    return Part(title, sum(amounts, ZERO))


def _title(title: str | None, code: str | None) -> str:
    if title and code and code not in title:
        return f"{title} ({code})"
    return title or code or "Discount"


def plain(number: Decimal) -> int | Decimal:
    """The number as JSON should show it: whole ones as integers, no trailing zeros, no exponent."""
    if number == number.to_integral_value():
        return int(number)
    return Decimal(f"{number.normalize():f}")
