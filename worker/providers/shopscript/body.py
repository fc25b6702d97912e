"""What Shop-Script is sent of an order: the form of ``shop.order.save``.

Source: the method page; where it is silent, shopOrder and shopOrderSaveMethod of webasyst/shop-script ``05ada83``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from schemas.countries import ALPHA3
from schemas.order import ZERO, Address, Customer, Item, Order, Service
from schemas.providers.shopscript import ShopProduct
from worker.providers import phpform
from worker.providers.shopscript.lines import MONEY, PIECES, kept_items, product_of, rounded, service_name

Tree = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One save of an order: a create, or an edit of ``order_id``.

    ``line_ids`` are the shop's ids of the lines it has. ``discount`` and ``comment`` None are left out: the shop keeps
    those that are there. ``were_discounted`` says that lines had discounts when this order was last saved.
    """

    order: Order
    products: Mapping[str, ShopProduct]
    params: Mapping[str, str]
    discount: str | None
    comment: str | None = None
    order_id: str | None = None
    contact_id: str | None = None
    line_ids: Mapping[str, str] = field(default_factory=dict)
    were_discounted: bool = False

    @cached_property
    def are_discounted(self) -> bool:
        """Whether lines carry their discount. All do or none: an edit keeps the old one where it is left out."""
        return self.were_discounted or bool(line_discounts(self.order))


def line_discounts(order: Order) -> str:
    """8 hex digits of how the discount is shared among the lines and their services; empty where none has any."""
    discounts = {
        f"{item.id}.{place}": amount
        for item in kept_items(order)
        for place, amount in enumerate([item.discount_total, *(service.discount_total for service in item.services)])
    }
    shares = [f"{name}={money(amount)}" for name, amount in discounts.items() if amount]
    return sha256("&".join(shares).encode()).hexdigest()[:8] if shares else ""


def form_of(draft: Draft) -> Tree:
    """The form of a save. What an edit's lines leave out is deleted, so all lines are in it, each with its id.

    Whose order it is comes first and the lines come last: PHP cuts a long form at its end, and an order without our key
    could not be found again.
    """
    order = draft.order
    return {
        "id": draft.order_id,
        "params": draft.params,
        "currency": order.currency if draft.order_id is None else None,  # honoured on a create alone
        "contact_id": draft.contact_id,
        "customer": _customer(order),
        "shipping_address": _address(order.shipping_address),
        "billing_address": _address(order.billing_address),
        "discount": draft.discount,
        "shipping": money(order.totals.shipping),
        "comment": draft.comment,
        "items": [_line(item, draft) for item in kept_items(order)],
    }


def lines_that_fit(form: Tree, limit: int) -> int:
    """How many of the form's lines PHP reads whole, from the first on."""
    lines = form["items"]
    left = limit - phpform.count({**form, "items": []})
    for position, line in enumerate(lines):
        left -= phpform.count({"items": [line]})
        if left < 0:
            return position
    return len(lines)


def taken_off(order: Order) -> Decimal:
    """All money taken off, lines and order alike: in the shop the lines' discounts are inside the order's.

    Rebates, rounding down and fees below zero have no field there and are part of it.
    Source: shopOrder::getTotal (lines less ``discount``, shipping) and getDiscount, ``05ada83``.
    """
    totals = order.totals
    fees = [fee.amount for fee in order.fees] + [order.payment.fee if order.payment else ZERO]
    below_zero = [amount for amount in (*fees, totals.rounding) if amount < 0]
    return totals.discount + totals.rebates - sum(below_zero, ZERO)


def money(amount: Decimal) -> str:
    return format(rounded(amount, MONEY), "f")


def _line(item: Item, draft: Draft) -> Tree:
    product = product_of(item, draft.products)
    return {
        "item_id": draft.line_ids.get(item.id),
        "product_id": product.product_id if product else None,  # not on the page; without it the line is saved empty
        "sku_id": product.sku_id if product else None,
        "quantity": format(rounded(item.quantity, PIECES), "f"),
        "price": money(item.unit_price),
        "total_discount": money(item.discount_total) if draft.are_discounted else None,
        "stock_id": item.stock_id,
        "virtual_stock_id": item.virtual_stock_id,  # the page's name
        "virtualstock_id": item.virtual_stock_id,  # the source's name
        "services": [_service(item, service, draft) for service in item.services],
    }


def _service(item: Item, service: Service, draft: Draft) -> Tree:
    return {
        "item_id": draft.line_ids.get(service_name(item, service)),
        "service_id": service.service_id,
        "service_variant_id": service.service_variant_id,
        "price": money(service.price),
        "total_discount": money(service.discount_total) if draft.are_discounted else None,
    }


def _customer(order: Order) -> Tree:
    """The customer's own names, else those of the bill, else those of the parcel."""
    addresses = [address for address in (order.billing_address, order.shipping_address) if address is not None]
    parties: list[Customer | Address] = [order.customer, *addresses]
    named = next((p for p in parties if p.first_name or p.last_name or p.company), order.customer)
    return {
        "email": order.customer.email,
        "phone": next((party.phone for party in parties if party.phone), None),
        "firstname": named.first_name,
        "lastname": named.last_name,
        "company": named.company,
    }


def _address(address: Address | None) -> Tree:
    """All five fields, empty ones too: the shop keeps what an edit leaves out."""
    if address is None:
        return {}
    streets = (address.address1, address.address2, address.address3, address.address4)
    return {
        "street": ", ".join(filter(None, streets)),
        "city": address.city or "",
        "region": address.state or "",
        "zip": address.postal_code or "",
        "country": ALPHA3[address.country].lower() if address.country else "",
    }
