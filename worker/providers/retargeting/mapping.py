"""What Retargeting is sent of an order: a PHP form with positional arguments, 0 the order and 1 its products.

Source: order/save page and the vendor's PHP client ``264451e`` ``lib/Client.php`` (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from schemas.order import Address, Customer, Item, Order
from schemas.providers.retargeting import RetargetingOptions
from worker.providers.retargeting.sums import Sums, plain


def order_form(order: Order, key: str, told: Sums, options: RetargetingOptions) -> dict[str, Any]:
    """The whole form of one save, the API key in it: a tree for ``phpform.encode``."""
    return {
        "api_key": options.api_key.reveal(),
        "0": _order(order, key, told, options.placeholder),
        "1": [_product(item, *counted) for item, counted in zip(lines_of(order), told.lines, strict=True)],
    }


def lines_of(order: Order) -> list[Item]:
    """The lines that are there: one whose quantity an update set to zero is gone."""
    return [item for item in order.items if item.quantity > 0]


def _order(order: Order, key: str, told: Sums, placeholder: str) -> dict[str, Any]:
    first_name, last_name = _names(order, placeholder)
    street = _from_addresses(order, _street) or placeholder
    return {
        "order_no": key,
        "lastname": last_name,
        "firstname": first_name,
        "email": order.customer.email,
        "phone": _phone(order),
        "state": _from_addresses(order, _state) or _from_addresses(order, _country) or placeholder,
        "city": _from_addresses(order, _city) or placeholder,
        "address": street,  # every example and the vendor's plugins
        "adress": street,  # the page's table and the nopCommerce plugin
        "discount": plain(told.discount),
        "discount_code": _codes(order) or "",
        "shipping": plain(told.shipping),
        "fees": plain(told.fees),
        "rebates": plain(told.rebates),
        "total": plain(told.total),
        "birthday": _birthday(order.customer.birthday),
    }


def _product(item: Item, quantity: Decimal, price: Decimal) -> dict[str, str]:
    return {
        "id": item.product_id or item.sku or item.id,
        "quantity": plain(quantity),
        "price": plain(price),
        "variation_code": item.variation_code or "",
    }


def _parties(order: Order) -> Iterator[Customer | Address]:
    yield order.customer
    yield from _addresses(order)


def _addresses(order: Order) -> Iterator[Address]:
    for address in (order.billing_address, order.shipping_address):
        if address is not None:
            yield address


def _names(order: Order, placeholder: str) -> tuple[str, str]:
    """First and last name of the first person; one name, or a company, goes out as both."""
    for party in _parties(order):
        if party.first_name or party.last_name:
            return party.first_name or party.last_name or "", party.last_name or party.first_name or ""
    company = next((party.company for party in _parties(order) if party.company), placeholder)
    return company, company


def _phone(order: Order) -> str:
    return next((party.phone for party in _parties(order) if party.phone), "")


def _from_addresses(order: Order, part: Any) -> str | None:
    return next((text for address in _addresses(order) if (text := part(address))), None)


def _street(address: Address) -> str:
    return ", ".join(filter(None, (address.address1, address.address2, address.address3, address.address4)))


def _state(address: Address) -> str | None:
    return address.state


def _city(address: Address) -> str | None:
    return address.city


def _country(address: Address) -> str | None:
    return address.country


def _codes(order: Order) -> list[str]:
    return list(dict.fromkeys(discount.code for discount in order.discounts if discount.code))


def _birthday(iso: str | None) -> str | None:
    """DD-MM-YYYY (vendor SDK ``cab730c`` ``lib/Order.php``)."""
    return "-".join(reversed(iso.split("-"))) if iso else None
