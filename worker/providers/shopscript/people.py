"""Whose order it is, as Shop-Script takes it: the customer's fields, and the two addresses.

What a save leaves out, the shop keeps: so an update empties what the order said before and says no more.
Source: shopOrder::saveCustomer, parseShippingAddress and calculateTax of webasyst/shop-script ``05ada83``, run on
loopback (2026-11-29): the customer's form has room for 50 characters of a name and 150 of a company, and taxes are
computed by the customer's address alone.
"""

from __future__ import annotations

from typing import Any

from schemas.countries import ALPHA3
from schemas.order import Address, Customer, Order
from worker.providers.shopscript.mapping_texts import Fitting

Tree = dict[str, Any]

LETTERS = {"email": "e", "phone": "p", "firstname": "f", "lastname": "l", "company": "c"}
SHIPPING, BILLING = "S", "B"
NAME_CHARS, COMPANY_CHARS = 50, 150
EMPTY_ADDRESS = dict.fromkeys(("street", "city", "region", "zip", "country"), "")


def told_by(order: Order) -> str:
    """Which parts of the customer and of the addresses the order has, a letter each: what a later save may empty."""
    letters = [LETTERS[name] for name, text in _customer(order, Fitting()).items() if text]
    addresses = [(SHIPPING, order.shipping_address), (BILLING, order.billing_address)]
    return "".join([*letters, *(letter for letter, address in addresses if address is not None)])


def people_of(order: Order, told: str, fitting: Fitting, *, customer_address: bool) -> Tree:
    """The sections ``customer``, ``shipping_address`` and ``billing_address``; ``told`` is what was said last."""
    customer: Tree = _customer(order, fitting)
    customer |= {name: "" for name, letter in LETTERS.items() if letter in told and not customer[name]}
    shipping = _address("shipping_address", order.shipping_address, fitting)
    billing = _address("billing_address", order.billing_address, fitting)
    if customer_address:
        customer |= {"address.shipping": shipping or None, "address.billing": billing or None}
    return {
        "customer": customer,
        "shipping_address": shipping or (EMPTY_ADDRESS if SHIPPING in told else {}),
        "billing_address": billing or (EMPTY_ADDRESS if BILLING in told else {}),
    }


def _customer(order: Order, fitting: Fitting) -> dict[str, str | None]:
    """The customer's own names, else those of the bill, else those of the parcel."""
    addresses = [address for address in (order.billing_address, order.shipping_address) if address is not None]
    parties: list[Customer | Address] = [order.customer, *addresses]
    named = next((p for p in parties if p.first_name or p.last_name or p.company), order.customer)
    phone = next((party.phone for party in parties if party.phone), None)
    return {
        "email": fitting.email(order.customer.email),
        "phone": fitting.of_customer("customer.phone", phone),
        "firstname": fitting.of_customer("customer.first_name", named.first_name, NAME_CHARS),
        "lastname": fitting.of_customer("customer.last_name", named.last_name, NAME_CHARS),
        "company": fitting.of_customer("customer.company", named.company, COMPANY_CHARS),
    }


def _address(name: str, address: Address | None, fitting: Fitting) -> Tree:
    """All five fields, empty ones too: the shop keeps what an edit leaves out."""
    if address is None:
        return {}
    streets = (address.address1, address.address2, address.address3, address.address4)
    fields = {
        "street": ", ".join(filter(None, streets)),
        "city": address.city or "",
        "region": address.state or "",
        "zip": address.postal_code or "",
        "country": ALPHA3[address.country].lower() if address.country else "",
    }
    return {field: fitting.value(f"{name}.{field}", text) for field, text in fields.items()}
