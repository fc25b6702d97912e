"""Whose order it is and where it goes: the address blocks of Order Desk.

An address counts there only with first and last name, or a company (page "Orders", "Address Properties", 2018-04-30).
"""

from __future__ import annotations

from schemas.order import Address, Customer, Order, ReturnAddress
from worker.providers.orderdesk.overlay import Fields

_NOBODY = Address()


def people(order: Order) -> Fields:
    """The blocks ``customer``, ``shipping`` and, where there is one, ``return_address``, entry by entry.

    An entry that we have nothing for is not ours: it is blank in a new order, and people's in one that is there.
    """
    billing = order.billing_address or order.shipping_address or _NOBODY
    shipping = order.shipping_address or billing
    blocks = {
        "customer": {**_buyer(order.customer, billing, shipping), **_customer_place(billing, order.customer)},
        "shipping": {**_name(shipping, order.customer, billing), **_shipping_place(shipping)},
    }
    if order.return_address is not None:
        blocks["return_address"] = _return_address(order.return_address)
    return {f"{block}/{name}": text for block, entries in blocks.items() for name, text in entries.items() if text}


def is_named(fields: Fields, block: str) -> bool:
    """Whether Order Desk takes this block for an address."""
    has_person = f"{block}/first_name" in fields and f"{block}/last_name" in fields
    return has_person or f"{block}/company" in fields


def _name(*sources: Customer | Address) -> dict[str, str]:
    """The names of the first that has any; the one twice where there is only one and no company."""
    for source in sources:
        first, last, company = source.first_name or "", source.last_name or "", source.company or ""
        if company:
            return {"first_name": first, "last_name": last, "company": company}
        if first or last:
            return {"first_name": first or last, "last_name": last or first, "company": ""}
    return {"first_name": "", "last_name": "", "company": ""}


def _buyer(customer: Customer, billing: Address, shipping: Address) -> dict[str, str]:
    name = _name(customer, billing, shipping)
    return {**name, "company": name["company"] or billing.company or ""}


def _place(address: Address) -> dict[str, str]:
    return {
        "city": address.city or "",
        "state": address.state or "",
        "postal_code": address.postal_code or "",
        "country": address.country or "",
    }


def _customer_place(billing: Address, customer: Customer) -> dict[str, str]:
    """A customer's address has two lines there, so ours from the second on are joined."""
    further = (billing.address2, billing.address3, billing.address4)
    return {
        "address1": billing.address1 or "",
        "address2": ", ".join(line for line in further if line),
        **_place(billing),
        "phone": customer.phone or billing.phone or "",
    }


def _shipping_place(address: Address) -> dict[str, str]:
    return {
        "address1": address.address1 or "",
        "address2": address.address2 or "",
        "address3": address.address3 or "",
        "address4": address.address4 or "",
        **_place(address),
        "phone": address.phone or "",
    }


def _return_address(address: ReturnAddress) -> dict[str, str]:
    return {name: getattr(address, name) or "" for name in address.__struct_fields__}
