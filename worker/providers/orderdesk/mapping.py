"""An event as Order Desk's order: which field of theirs is which of ours.

Theirs alone, and never from us: ``tag_name``, ``tag_color``, ``fulfillment_name``, ``fulfillment_id``, ``email_count``,
``date_updated`` and the totals marked read-only. Money moves by actions alone: ``refund_total`` is a refund's, and so
is a ``payment_status`` that tells of one. An address counts there only with first and last name, or a company (page
"Orders", "Address Properties", 2018-04-30).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from schemas.event import Event
from schemas.order import Address, Customer, Order, ReturnAddress, Shipment
from schemas.providers.orderdesk import (
    OUR_CURRENCY,
    OUR_MARKS,
    OUR_NUMBER,
    OUR_REFUND_IDS,
    OUR_REFUNDS,
    OUR_SOURCE,
    OrderDeskOptions,
)
from worker.providers.base import Job
from worker.providers.orderdesk.lines import lines_of, product_total
from worker.providers.orderdesk.mapping_overlay import Fields
from worker.providers.orderdesk.sums import Sums, by_name, money, sums_of

OURS_ALONE = (OUR_MARKS, OUR_REFUNDS, OUR_REFUND_IDS)
"""Hidden metadata that no producer's may pass for."""

PARTIALLY, FULLY = "Partially Refunded", "Fully Refunded"
PAYMENT_STATUS = {
    "approved": "Approved",
    "authorized": "Authorized",
    "captured": "Captured",
    "pending": "Pending",
    "partially_refunded": PARTIALLY,
    "refunded": FULLY,
    "rejected": "Rejected",
    "voided": "Voided",
}

PAYMENT_STATUS_BY_ORDER = {
    "pending": "Pending",
    "on_hold": "Pending",
    "authorized": "Authorized",
    "cancelled": "Voided",
    "refunded": FULLY,
}

_NOBODY = Address()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What Order Desk shall hold: the order's fields, its lines by our names for them, its notes and shipments.
    ``made_up`` is as in ``Sums``."""

    fields: Fields
    lines: dict[str, Fields]
    notes: list[Fields]
    shipments: list[Fields]
    made_up: Decimal


def wanted_of(job: Job, options: OrderDeskOptions) -> Wanted:
    """What this snapshot wants Order Desk to hold. Never raises for a valid event."""
    order = job.event.order
    lines = lines_of(order)
    told = sums_of(order, product_total(lines))
    return Wanted(
        fields={
            **_head(job, order, options),
            **_sums(told),
            **_payment(order),
            **people(order),
            **_extras(job, order),
        },
        lines=lines,
        notes=notes_of(job.event),
        shipments=[shipment_of(shipment) for shipment in order.shipments],
        made_up=told.made_up,
    )


def notes_of(event: Event) -> list[Fields]:
    """The notes that an event's order carries, as Order Desk writes them; times are UTC."""
    return [
        {
            "date_added": stamp(note.created_at or event.time),
            "username": note.author or "Ordercast",
            "content": note.text,
        }
        for note in event.order.notes
    ]


def shipment_of(shipment: Shipment) -> Fields:
    """A shipment as Order Desk takes it (page "Shipments")."""
    optional = {
        "carrier_code": shipment.carrier,
        "shipment_method": shipment.method,
        "weight": shipment.weight,
        "cost": None if shipment.cost is None else money(shipment.cost),
        "tracking_url": shipment.tracking_url,
        "date_shipped": shipment.shipped_at and shipment.shipped_at.strftime("%Y-%m-%d"),
    }
    return {"tracking_number": shipment.tracking_number, **_present(optional)}


def stamp(instant: datetime) -> str:
    """An instant as Order Desk writes it, in UTC."""
    return instant.isoformat(" ", "seconds")[:19]


def _head(job: Job, order: Order, options: OrderDeskOptions) -> Fields:
    shipping = order.shipping
    optional = {
        "source_name": options.source_name,
        "email": order.customer.email,
        "shipping_method": shipping and (shipping.title or shipping.method),
        "customer_id": order.customer.id,
        "ip_address": order.customer.ip_address,
        "folder_id": options.folders.get(order.status or ""),
    }
    return {"source_id": job.key, "date_added": stamp(order.placed_at), **_present(optional)}


def _sums(told: Sums) -> Fields:
    discounts = by_name(told.discounts)
    return {
        "shipping_total": told.shipping_total,
        "handling_total": told.handling_total,
        "tax_total": told.tax_total,
        **{f"discount_list/{name}": discount for name, discount in discounts.items()},
    }


def _payment(order: Order) -> Fields:
    payment = order.payment
    derived = PAYMENT_STATUS_BY_ORDER.get(order.status or "", "Captured")
    if payment is None:
        return {"payment_status": derived}
    transaction = payment.transaction_id
    optional = {
        "cc_number": payment.card_last4,
        "cc_exp": payment.card_expiry,
        "payment_type": payment.title or payment.method,
        "processor_response": f"{payment.gateway}: {transaction}" if payment.gateway and transaction else transaction,
        "processor_balance": None if payment.balance is None else money(payment.balance),
    }
    return {"payment_status": PAYMENT_STATUS.get(payment.status or "", derived), **_present(optional)}


def _extras(job: Job, order: Order) -> Fields:
    """What the buyer chose or wrote, and the hidden metadata: theirs, and by what we know the order again."""
    shown = dict(order.attributes)
    if order.comment:
        shown["Comment"] = "\n".join(filter(None, (shown.get("Comment"), order.comment)))
    theirs = {name: value for name, value in order.metadata.items() if name not in OURS_ALONE}
    hidden = {**theirs, **_ours(job.event, order), "ordercast_delivery": job.idempotency_key}
    return {
        **{f"checkout_data/{name}": text for name, text in shown.items()},
        **{f"order_metadata/{name}": value for name, value in hidden.items()},
    }


def _ours(event: Event, order: Order) -> dict[str, Any]:
    known = {OUR_CURRENCY: order.currency}
    if event.revision is not None:
        known["ordercast_revision"] = str(event.revision)
    if order.shipping is not None and order.shipping.pickup_point is not None:
        point = order.shipping.pickup_point
        known["ordercast_pickup_point"] = " ".join(filter(None, (point.id, point.name)))
    return {**known, OUR_SOURCE: event.source, OUR_NUMBER: event.subject}


def _present(fields: dict[str, Any]) -> Fields:
    return {name: value for name, value in fields.items() if value not in (None, "")}


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
