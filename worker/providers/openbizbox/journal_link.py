"""What the link keeps of an order from one delivery to the next: ids, lines in one piece, an id taken, failing calls.

A 500 of this vendor can be the order's own and come each time: capturing an order without a payment line is answered
so (page "Capturing an order", goldenplanetdk/api-example at ``106485f``). It is told apart from an outage by the order
having been read right before the call, and read well; so the link counts how often that was so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from http import HTTPStatus

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder
from worker.providers.base import Job
from worker.providers.openbizbox.lines import Positions, positions_of
from worker.providers.openbizbox.mapping import Wanted
from worker.providers.openbizbox.mapping_lines import Sold

FAILING, ENOUGH = "failing", 3
"""The note of the link that counts failures, with the delivery that they are of; so many are no outage."""

ID_TAKEN = "id_taken"
"""The note that the id of our choice is another order's. It is made only where a create under that id may have been
done: the order is looked for then, and where it is nowhere, the next create leaves the id out."""

IN_ONE = "in_one"
"""The note of the lines that went as one piece, of which a refund of some pieces is money: item ids to the quantities
that were sold, as JSON."""


def link_to(held: HeldOrder, known: Link) -> Link:
    """The link to an order that was read, with what else is known of it; nothing is failing there any more, and it has
    its id."""
    return Link(order_id=held.id, contact_id=held.customer_id, line_ids=known.line_ids, notes=_without(known))


def link_of(held: HeldOrder, wanted: Wanted, known: Link, positions: Positions | None = None) -> Link:
    """The link to an order that was read, with its lines as far as they are ours."""
    places = positions_of(wanted, held.products, known.line_ids) if positions is None else positions
    lines = {
        item_id: line_id
        for item_id, index in zip(wanted.lines.item_ids, places, strict=True)
        if index is not None and (line_id := held.products[index].id)
    }
    notes = with_ones(known.notes, wanted.lines.sold)
    return link_to(held, msgspec.structs.replace(known, line_ids=lines, notes=notes))


def counted(failed: Outcome, job: Job, order_id: str) -> Outcome:
    """A failure of a call that follows a good read of the order: the third 500 is ``rejected``, any other stays."""
    if failed.http_status != HTTPStatus.INTERNAL_SERVER_ERROR or failed.kind is not OutcomeKind.UNKNOWN:
        return failed
    whose, _, times = job.link.notes.get(FAILING, "").partition(" ")
    count = 1 + (int(times) if whose == job.idempotency_key else 0)
    known = msgspec.structs.replace(job.link, order_id=order_id, notes=_without(job.link))
    if count < ENOUGH:
        notes = known.notes | {FAILING: f"{job.idempotency_key} {count}"}
        return msgspec.structs.replace(failed, link=msgspec.structs.replace(known, notes=notes))
    message = (
        f"OpenBizBox reads order {order_id} well and fails at this call each time (HTTP 500, {count} times): "
        "compare the order in the shop, the fault is in it or in the shop's program."
    )
    return msgspec.structs.replace(
        failed, kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message, link=known
    )


def is_noted_taken(link: Link) -> bool:
    return ID_TAKEN in link.notes


def noted_taken(link: Link) -> Link:
    return msgspec.structs.replace(link, notes=link.notes | {ID_TAKEN: "1"})


def ones_of(link: Link) -> dict[str, Decimal]:
    """The items whose line is one piece in the shop, and how many pieces were sold of each."""
    kept: dict[str, str] = json.loads(link.notes.get(IN_ONE, "{}"))
    return {item_id: Decimal(quantity) for item_id, quantity in kept.items()}


def with_ones(notes: Mapping[str, str], sold: Iterable[Sold]) -> dict[str, str]:
    """The notes of a link to an order of these lines."""
    ones = {one.item_id: f"{one.quantity:f}" for one in sold if one.is_one}
    others = {name: text for name, text in notes.items() if name != IN_ONE}
    return others | ({IN_ONE: json.dumps(ones, ensure_ascii=False)} if ones else {})


def as_linked(wanted: Wanted, link: Link) -> Wanted:
    """The order as this link's edit is to have it: lines that went as one piece do so again, where they can."""
    ones = ones_of(link)
    if not ones:
        return wanted
    were_one = {at: _stays_one(sold, ones) for at, sold in enumerate(wanted.lines.sold) if sold.item_id in ones}
    return wanted.in_one([at for at, stays in were_one.items() if stays]).without_weights_of_all(were_one)


def _stays_one(sold: Sold, ones: Mapping[str, Decimal]) -> bool:
    """Whether a line that went as one piece does so again: the shop rounds any part of a piece, and this quantity."""
    return sold.item_id in ones and (sold.is_fraction or ones[sold.item_id] == sold.quantity)


def _without(link: Link) -> dict[str, str]:
    return {name: text for name, text in link.notes.items() if name not in {FAILING, ID_TAKEN}}
