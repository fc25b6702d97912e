"""A name for orders that have none: some vendors take no order without one (setting ``placeholder_name``)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from schemas.event import Event
from schemas.order import Address, Customer, Order

NO_NAME = (
    "{vendor} takes no order without a name: send the customer's first_name, last_name or company, or set"
    ' placeholder_name = "Customer" for this provider.'
)


def has_name(order: Order) -> bool:
    """Whether the order names a person or a company anywhere."""
    return any(party.first_name or party.last_name or party.company for party in _parties(order))


def with_name(event: Event, placeholder: str | None) -> Event:
    """The event as it is, or where its order names nobody the same with the placeholder as the customer's last name."""
    order = event.data.order
    if order is None or placeholder is None or has_name(order):
        return event
    customer = msgspec.structs.replace(order.customer, last_name=placeholder)
    named = msgspec.structs.replace(order, customer=customer)
    return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, order=named))


def _parties(order: Order) -> Iterator[Customer | Address]:
    yield order.customer
    for address in (order.billing_address, order.shipping_address):
        if address is not None:
            yield address
