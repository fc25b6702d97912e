"""What an order is made of beside its tax: the amounts of every line to be, as our order carries them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from schemas.order import ZERO, Discount, Fee, Item, Order
from worker.providers.openbizbox.tax import Part

ROUNDING = "Rounding"
"""What the line is called that makes the shop's sum the buyer's."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an order, all but its rounding. Those of items are of all pieces."""

    sold: list[Part]
    shipping: Part | None
    payment: Part | None
    fees: list[Part]
    discounts: list[Part]

    def all(self) -> list[Part]:
        single = [part for part in (self.shipping, self.payment) if part]
        return [*self.sold, *single, *self.fees, *self.discounts]


def parts_of(order: Order, items: list[Item]) -> Parts:
    """The parts of an order that has these items."""
    return Parts(
        sold=[Part("", item.total, item.tax_rate, item.tax_title, item.tax_class) for item in items],
        shipping=_shipping(order),
        payment=_payment(order),
        fees=_fees(order, items),
        discounts=_discounts(order, items),
    )


def own_rounding(order: Order) -> Decimal:
    """The rounding that the order has itself: its total of that name, and untaxed fees and discounts of that name."""
    fees = (fee.amount for fee in order.fees if _is_rounding(fee))
    discounts = (discount.amount for discount in order.discounts if _is_rounding(discount))
    return order.totals.rounding + sum(fees, ZERO) - sum(discounts, ZERO)


def _is_rounding(named: Fee | Discount) -> bool:
    """Two lines of this name could not be told apart in the shop: there is one, of the sum of all."""
    is_summed = isinstance(named, Fee) or not named.allocated
    return is_summed and (named.title or "").casefold() == ROUNDING.casefold() and not named.tax_rate


def _shipping(order: Order) -> Part | None:
    shipping = order.shipping
    if shipping is None:
        return Part("Shipping", order.totals.shipping) if order.totals.shipping else None
    title = shipping.title or shipping.method or "Shipping"
    return Part(title, shipping.price, shipping.tax_rate, tax_class=shipping.tax_class)


def _payment(order: Order) -> Part | None:
    payment = order.payment
    if payment is None:
        return None
    return Part(payment.title or payment.method or "Payment", payment.fee, payment.tax_rate)


def _fees(order: Order, items: list[Item]) -> list[Part]:
    """Fees, handling, and the services of items, which the shop knows no other place for."""
    parts = [
        Part(service.name or f"Service {service.service_id}", service.price * item.quantity, item.tax_rate)
        for item in items
        for service in item.services
    ]
    parts += [Part(fee.title, fee.amount, fee.tax_rate) for fee in order.fees if not _is_rounding(fee)]
    parts += [Part("Handling", order.totals.handling)]
    return [part for part in parts if part.amount > 0]


def _discounts(order: Order, items: list[Item]) -> list[Part]:
    """Everything that makes the order cheaper, as positive amounts: negative fees and rebates too."""
    parts = [
        Part(_title(discount.title, discount.code), discount.amount, discount.tax_rate, discount.tax_title)
        for discount in order.discounts
        if not discount.allocated and not _is_rounding(discount)
    ]
    parts.append(_item_discounts(order, items))
    parts += [Part(fee.title, -fee.amount, fee.tax_rate) for fee in order.fees if not _is_rounding(fee)]
    parts += [Part("Rebate", order.totals.rebates, ZERO)]
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
