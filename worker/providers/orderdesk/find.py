"""Our order at Order Desk: by its id where we know it, else by its source id."""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, Reason
from schemas.providers.orderdesk import HeldOrder
from worker.providers.base import Job, Reply, Request
from worker.providers.orderdesk.answers import rejected
from worker.providers.orderdesk.calls import Calls, HeardOrder

WITH_HISTORY = {"get_order_history": "1"}

Sought = Generator[Request, Reply, HeldOrder | Outcome | None]
"""The order; ``None``: it was asked for and is not there; or why that is not known."""


def find_order(calls: Calls, job: Job, *, with_history: bool = False) -> Sought:
    """The oldest order that is ours by source id, compared here: nobody says how the vendor compares."""
    query = {"source_id": job.key, **(WITH_HISTORY if with_history else {})}
    orders = yield from calls.list_orders(query)
    if isinstance(orders, Outcome):
        return orders
    return next((held for held in orders if held.is_ours(job.key, job.event.source, job.event.subject)), None)


def seek_order(calls: Calls, job: Job, *, with_history: bool = False) -> Sought:
    """The order that an action is about. Its history is read with it where it has to be searched for anyway."""
    if job.link.order_id is None:
        return (yield from find_order(calls, job, with_history=with_history))
    held = yield from calls.get_order(job.link.order_id)
    is_gone = isinstance(held, Outcome) and held.reason is Reason.UNKNOWN_ORDER
    return None if is_gone else held


def known_order(calls: Calls, job: Job) -> HeardOrder:
    """The order that an action is about. Rejected ``unknown_order`` where there is none."""
    return (yield from seek_order(calls, job)) or no_order(job)


def known_id(calls: Calls, job: Job) -> Generator[Request, Reply, str | Outcome]:
    """The vendor's id of the order that an action is about; no call where the link has it."""
    if job.link.order_id is not None:
        return job.link.order_id
    held = yield from known_order(calls, job)
    return held.id if isinstance(held, HeldOrder) else held


def no_order(job: Job) -> Outcome:
    message = (
        f"Order Desk holds no order {job.key} of ours: this is replayed by itself once the order is delivered; "
        "discard this where the order was deleted there."
    )
    return rejected(Reason.UNKNOWN_ORDER, message)


def link_to(job: Job, order_id: str) -> Link:
    return msgspec.structs.replace(job.link, order_id=order_id)
