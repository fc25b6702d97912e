"""An invoice told by two events is one note: the link remembers by which event the history came to tell of a number.

In the link, since reading the history before each note would be one more call for every invoice.
"""

from __future__ import annotations

import re

import msgspec

from schemas.delivery import Link
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder
from worker.providers.base import Job
from worker.providers.orderdesk.find import link_to
from worker.providers.orderdesk.signing import is_signed_by

PREFIX = "invoice "  # of a link's notes: the number follows


def is_invoice(event: Event) -> bool:
    """Whether the event tells of an invoice that has a number to be known by."""
    return event.data.invoice is not None and bool(event.data.invoice.number)


def telling(link: Link, event: Event) -> Link:
    """The link of an order whose history tells of this event's invoice, where it is one."""
    if not is_invoice(event):
        return link
    return msgspec.structs.replace(link, notes={**link.notes, _slot(event): event.id})


def told_by_link(job: Job) -> str | None:
    """The other event that has told of this invoice, as far as the link knows."""
    first = job.link.notes.get(_slot(job.event)) if is_invoice(job.event) else None
    return None if first in (None, job.event.id) else f"event {first}"


def told_by_history(job: Job, held: HeldOrder) -> str | None:
    """The note of another delivery that tells of this invoice, as far as the history is shown."""
    if not is_invoice(job.event):
        return None
    number = re.escape(_number(job.event))
    ours = re.compile(rf"Invoiced {number}(?: on [\d :-]+ UTC)?\. (?P<sign>\(Ordercast \S+\))", re.ASCII)
    others = (note for note in held.history if not is_signed_by(note, job))
    found = next((match for note in others if (match := ours.fullmatch(note))), None)
    return found and f"note {found['sign']}"


def told_already(job: Job, order_id: str, told_by: str) -> Outcome:
    number = _number(job.event)
    message = f"The history of order {order_id} at Order Desk tells of invoice {number} already, by {told_by}."
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, link=link_to(job, order_id))


def _slot(event: Event) -> str:
    return PREFIX + _number(event)


def _number(event: Event) -> str:
    return event.data.invoice.number or "" if event.data.invoice else ""
