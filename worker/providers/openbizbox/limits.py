"""What OpenBizBox is never sent: refused before any request, with what to change."""

from __future__ import annotations

from dataclasses import replace

from schemas.event import Refund
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.providers.base import Job, Operation, nothing_to_send
from worker.providers.naming import NO_NAME, has_name
from worker.providers.openbizbox.mapping_lines import items_of

LINES_THAT_FIT = 4_000
"""In an answer that can be read, which is 4 MiB: a line of the page's "Response example" takes 250 to 450 bytes, and
titles and attributes are the shop's own. An order whose every answer is cut could never be known to be there."""

NO_EMAIL = "OpenBizBox wants the customer's e-mail, and the order has none: add it to the customer."
NEEDS_LINES = "OpenBizBox refunds lines or all of an order, no bare amount: name the lines and their amounts."


def refused(job: Job, name: str) -> Operation | None:
    """The operation of this name, where it ends before anything is sent; ``None`` where nothing stands against it."""
    of_refund = job.event.data.refund or Refund()
    refusal = _of_order(job.event.order) if job.event.is_snapshot else _of_refund(of_refund)
    return None if refusal is None else ended(name, _rejected(*refusal))


def ended(name: str, outcome: Outcome) -> Operation:
    """The operation of this name where it ends like this before anything is sent."""
    return replace(nothing_to_send(outcome.kind, outcome.reason, outcome.message), name=name)


def _of_order(order: Order) -> tuple[Reason, str] | None:
    if not order.customer.email:
        return Reason.NO_EMAIL, NO_EMAIL
    if not has_name(order):
        return Reason.NO_NAME, NO_NAME.format(vendor="OpenBizBox")
    lines = _line_count(order)
    if lines > LINES_THAT_FIT:
        message = f"The order has {lines} lines; {LINES_THAT_FIT} fit into an answer of OpenBizBox: split it."
        return Reason.TOO_MANY_LINES, message
    return None


def _of_refund(refund: Refund) -> tuple[Reason, str] | None:
    return None if refund.whole or refund.lines else (Reason.NEEDS_LINES, NEEDS_LINES)


def _line_count(order: Order) -> int:
    """How many lines the order has there, at most: services, fees and discounts are lines too."""
    items = items_of(order)
    return len(items) + sum(len(item.services) for item in items) + len(order.fees) + len(order.discounts)


def _rejected(reason: Reason, message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.REJECTED, reason=reason, message=message)
