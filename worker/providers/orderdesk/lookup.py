"""Our order at Order Desk: by its id where we know it, else by its source id; and its history, where it is needed."""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder
from worker.providers.base import Job, Reply, Request
from worker.providers.lookup import gone_is_none, locate
from worker.providers.orderdesk.api import Calls, HeardOrder, rejected

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
    return locate(
        job.link,
        by_id=lambda order_id: gone_is_none(calls.get_order(order_id)),
        search=lambda: find_order(calls, job, with_history=with_history),
    )


def known_order(calls: Calls, job: Job) -> HeardOrder:
    """The order that an action is about. Rejected ``unknown_order`` where there is none."""
    return (yield from seek_order(calls, job)) or no_order(job)


def known_id(calls: Calls, job: Job) -> Generator[Request, Reply, str | Outcome]:
    """The vendor's id of the order that an action is about; no call where the link has it."""
    if job.link.order_id is not None:
        return job.link.order_id
    held = yield from known_order(calls, job)
    return held.id if isinstance(held, HeldOrder) else held


def order_with_history(calls: Calls, held: HeldOrder) -> HeardOrder:
    """The order with its history, as far as the vendor shows it when asked."""
    if held.shows_history:
        return held
    source_id = held.source_id or held.id  # the vendor's own id stands for one that was never given
    orders = yield from calls.list_orders({"source_id": source_id, **WITH_HISTORY})
    if isinstance(orders, Outcome):
        return orders
    shown = next((order for order in orders if order.id == held.id), None)
    message = f"Order Desk does not list order {held.id} yet, so its history cannot be read."
    return shown or Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.TOO_EARLY, message=message)


def no_order(job: Job) -> Outcome:
    message = (
        f"Order Desk holds no order {job.key} of ours: this is replayed by itself once the order is delivered; "
        "discard this where the order was deleted there."
    )
    return rejected(Reason.UNKNOWN_ORDER, message)


def link_to(job: Job, order_id: str) -> Link:
    return msgspec.structs.replace(job.link, order_id=order_id)
