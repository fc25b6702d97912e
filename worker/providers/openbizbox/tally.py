"""How often the shop has failed at the same call for the same delivery, kept with the link.

A 500 of this vendor can be the order's own and come each time: capturing an order without a payment line is answered
so (page "Capturing an order", goldenplanetdk/api-example at ``106485f``). It is told apart from an outage by the order
having been read right before the call, and read well.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder
from worker.providers.base import Job
from worker.providers.openbizbox import taken

ENOUGH = 3
SLOT = "failing"
"""The note of the link that counts: the delivery and how often."""


def counted(failed: Outcome, job: Job, order_id: str) -> Outcome:
    """A failure of a call that follows a good read of the order: the third 500 is ``rejected``, any other stays."""
    if failed.http_status != HTTPStatus.INTERNAL_SERVER_ERROR or failed.kind is not OutcomeKind.UNKNOWN:
        return failed
    whose, _, times = job.link.notes.get(SLOT, "").partition(" ")
    count = 1 + (int(times) if whose == job.idempotency_key else 0)
    known = msgspec.structs.replace(job.link, order_id=order_id, notes=_without(job.link))
    if count < ENOUGH:
        notes = known.notes | {SLOT: f"{job.idempotency_key} {count}"}
        return msgspec.structs.replace(failed, link=msgspec.structs.replace(known, notes=notes))
    message = (
        f"OpenBizBox reads order {order_id} well and fails at this call each time (HTTP 500, {count} times): "
        "compare the order in the shop, the fault is in it or in the shop's program."
    )
    return msgspec.structs.replace(
        failed, kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message, link=known
    )


def link_to(held: HeldOrder, known: Link) -> Link:
    """The link to an order that was read, with what else is known of it; nothing is failing there any more, and it has
    its id."""
    return Link(order_id=held.id, contact_id=held.customer_id, line_ids=known.line_ids, notes=_without(known))


def _without(link: Link) -> dict[str, str]:
    return {name: text for name, text in link.notes.items() if name not in {SLOT, taken.SLOT}}
