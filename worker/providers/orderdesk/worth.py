"""How much money a refund gives back. Never guessed: what cannot be known is a sentence for people instead."""

from __future__ import annotations

from decimal import Decimal

from schemas.currencies import minor_unit
from schemas.event import Refund, RefundLine
from schemas.order import ZERO, Item, Order
from worker.providers.orderdesk.money import money

Worth = Decimal | str
"""An amount, or why it cannot be known and what to change."""

GIVE_AMOUNT = "give this line of the refund an amount."


def worth_of(refund: Refund, order: Order | None, total: Decimal | None, given_before: Decimal) -> Worth:
    """What this refund gives back, tax included, of an order that comes to ``total`` and of which ``given_before`` has
    been given back: of a whole refund the rest."""
    if refund.amount is not None:
        return money(refund.amount)
    if refund.whole:
        if total is None:
            return "What the order comes to is not known: give the refund an amount."
        return max(ZERO, money(total - given_before))
    worths = [_line_worth(line, order) for line in refund.lines]
    unknown = next((worth for worth in worths if isinstance(worth, str)), None)
    return unknown or money(sum((worth for worth in worths if isinstance(worth, Decimal)), ZERO))


def _line_worth(line: RefundLine, order: Order | None) -> Worth:
    """A line's own amount, else its pieces' share of what the buyer paid for the line."""
    if line.amount is not None:
        return line.amount
    if order is None:
        return f"The order of line {line.item_id} is no longer kept, so its price is not known: {GIVE_AMOUNT}"
    item = next((item for item in order.items if item.id == line.item_id), None)
    if item is None or not item.quantity:
        return f"The order as last accepted has no line {line.item_id}: {GIVE_AMOUNT}"
    quantity = item.quantity if line.quantity is None else line.quantity
    if quantity > item.quantity:
        return f"The refund takes back {quantity:f} of line {item.id}, the order has {item.quantity:f}: correct it."
    rate = _tax_rate(item, order)
    if rate is None:
        return f"The tax of line {item.id} is not known: {GIVE_AMOUNT}"
    paid = _net(item) * (1 - _share_taken_off(order)) * (1 + rate)
    return (paid * quantity / item.quantity).quantize(minor_unit(order.currency))


def _net(item: Item) -> Decimal:
    """A line with its services, less the discounts that are theirs alone, as priced: with or without tax."""
    services = sum((service.price for service in item.services), ZERO) * item.quantity
    return item.total + services - _discounts(item)


def _discounts(item: Item) -> Decimal:
    return item.discount_total + sum((service.discount_total for service in item.services), ZERO)


def _share_taken_off(order: Order) -> Decimal:
    """The part of every line's price that discounts on the order as a whole, and rebates, take off."""
    items = [item for item in order.items if item.quantity]
    priced = sum((_net(item) for item in items), ZERO)
    taken_off = order.totals.discount + order.totals.rebates - sum((_discounts(item) for item in items), ZERO)
    return min(Decimal(1), max(ZERO, taken_off) / priced) if priced > 0 else ZERO


def _tax_rate(item: Item, order: Order) -> Decimal | None:
    """What comes on top of the line's price; ``None`` where the order is taxed and the line does not say how much."""
    if order.totals.tax_included or not order.totals.tax:
        return ZERO
    return item.tax_rate
