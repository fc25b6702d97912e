"""An event as Order Desk's order: which field of theirs is which of ours.

Theirs alone, and never from us: ``tag_name``, ``tag_color``, ``fulfillment_name``, ``fulfillment_id``, ``email_count``,
``date_updated`` and the totals marked read-only. Money moves by actions alone: ``refund_total`` is a refund's, and so
is a ``payment_status`` that tells of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.event import Event
from schemas.order import Order, Shipment
from schemas.providers.orderdesk import (
    OUR_CURRENCY,
    OUR_MARKS,
    OUR_NUMBER,
    OUR_REFUND_IDS,
    OUR_REFUNDS,
    OUR_SOURCE,
    HeldOrder,
    OrderDeskOptions,
    read_text,
)
from worker.providers.base import Job
from worker.providers.orderdesk.lines import lines_of, product_total
from worker.providers.orderdesk.money import Sums, by_name, money, sums
from worker.providers.orderdesk.notes import PREFIX, Note, fit, note_mark, notes_of, stamp
from worker.providers.orderdesk.overlay import Fields, mark, marks_of, overlay, read_marks, send_back, write_marks
from worker.providers.orderdesk.people import people

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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What Order Desk shall hold: the order's fields, its lines by our names for them, its notes and shipments.
    ``made_up`` is as in ``Sums``."""

    fields: Fields
    lines: dict[str, Fields]
    notes: list[Note]
    shipments: list[Fields]
    made_up: Decimal


def wanted_of(job: Job, options: OrderDeskOptions) -> Wanted:
    """What this snapshot wants Order Desk to hold. Never raises for a valid event."""
    order = job.event.order
    lines = lines_of(order)
    told = sums(order, product_total(lines))
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


def body_of(wanted: Wanted, held: HeldOrder, lines: list[Fields], *, opens: bool = False) -> tuple[Fields, list[str]]:
    """The whole order to send, laid over what is held, and the notes that found no room in it.

    ``opens`` says that it was ours to put the order where it lies: its folder is then laid over whatever was sent last.
    """
    before = read_marks(held.metadata)
    fields_before = {path: text for path, text in before.items() if not path.startswith(PREFIX)}
    if opens:
        fields_before.pop("folder_id", None)
    notes, left_over = fit(held.notes, wanted.notes, before)
    theirs = send_back(held.fields, without=("order_items", "order_notes", "discount_list"))
    body = overlay({**theirs, "discount_list": by_name(held.discounts)}, wanted.fields, fields_before)
    body["discount_list"] = list(body["discount_list"].values())
    if _tells_of_a_refund(held, before):
        body["payment_status"] = held.fields["payment_status"]
    noted = {note_mark(note["content"]): "1" for note in wanted.notes if note["content"] not in left_over}
    marks = {**marks_of(wanted.fields), **noted}
    body["order_metadata"] = {**body.get("order_metadata", {}), OUR_MARKS: write_marks(marks)}
    return {**body, "order_notes": notes, "order_items": lines}, left_over


def _tells_of_a_refund(held: HeldOrder, before: Mapping[str, str]) -> bool:
    """Whether the payment status is a refund's, ours or people's, and not one that a snapshot of ours put there."""
    status = read_text(held.fields.get("payment_status"))
    return status in (PARTIALLY, FULLY) and (bool(held.refunds) or before.get("payment_status") != mark(status))


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
