"""By what our own actions are known again: a signature in the order's history, and notes in our link.

- Each note of ours names its delivery by the start of its key, as in ``(Ordercast dugr7izons)``: by that a look-up
  finds the note, and people the delivery. The history is shown by the list alone, and only where it is asked for (page
  "Orders", 2018-04-30: ``get_order_history``).
- An invoice told by two events is one note: the link remembers by which event the history came to tell of a number. In
  the link, since reading the history before each note would be one more call for every invoice.
- Who moved an order into the folder of the cancelled decides what a later snapshot does. What people moved stays until
  the order's folder changes at our side (see mapping_overlay.py); what a cancellation of ours moved is opened again by
  the first snapshot whose status has a folder of its own. A move takes nothing but ids (page "Move Orders"), so that
  mark of ours is in the link, too.
"""

from __future__ import annotations

import re
from collections.abc import Generator

import msgspec

from schemas.delivery import Link
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder
from worker.providers.base import Absent, Job, Lookup, Reply, Request, Settled, Undetermined
from worker.providers.orderdesk.api import Calls
from worker.providers.orderdesk.lookup import link_to, order_with_history

KEY_CHARS = 10  # of a delivery's id, 45 bits: the notes of one order never share them

INVOICE_NOTE = "invoice "  # of a link's notes: the number follows
FOLDER_NOTE = "cancelled_into"  # of a link's notes: the folder that a cancellation of ours moved the order into

RefusedParts = Generator[Request, Reply, list[str] | Outcome]
"""A conversation that tells what was refused, or the outcome that stopped it. A refusal is told and not final: the
order itself is saved by then."""


def signature(job: Job) -> str:
    """By what a note names its delivery: the start of the idempotency key, and the number of the edit."""
    delivery, dot, edit = job.idempotency_key.partition(".")
    return f"(Ordercast {delivery[:KEY_CHARS]}{dot}{edit})"


def signed(text: str, job: Job) -> str:
    return f"{text} {signature(job)}"


def with_reason(what: str, reason: str | None) -> str:
    return f"{what}: {reason.rstrip('.')}." if reason else f"{what}."


def is_signed_by(note: str, job: Job) -> bool:
    """Whether this delivery wrote the note, edited since or not."""
    return f"(Ordercast {job.delivery_id[:KEY_CHARS]}" in note


def add_history(calls: Calls, held: HeldOrder, texts: list[str]) -> RefusedParts:
    """Write each text into the order's history, unless it stands there."""
    if not texts:
        return []
    shown = yield from order_with_history(calls, held)
    if isinstance(shown, Outcome):
        return shown
    refused: list[str] = []
    for text in texts:
        if text in shown.history:
            continue
        answer = yield from calls.add_history(held.id, text)
        if isinstance(answer, Outcome):
            if answer.kind is not OutcomeKind.REJECTED:
                return answer
            refused.append(answer.message)
    return refused


def see_note(calls: Calls, held: HeldOrder, job: Job) -> Lookup:
    """Whether this action's note stands in the history of the order that is held."""
    shown = yield from order_with_history(calls, held)
    if isinstance(shown, Outcome):
        return shown
    link, sign = link_to(job, held.id), signature(job)
    if not shown.shows_history:
        message = f"Order Desk shows no history of order {held.id}: see there whether a note ends with {sign}."
        return Undetermined(message, link)
    if not any(sign in note for note in shown.history):
        return Absent()
    return Settled(f"The history of order {held.id} at Order Desk has the note {sign}.", link)


def is_invoice(event: Event) -> bool:
    """Whether the event tells of an invoice that has a number to be known by."""
    return event.data.invoice is not None and bool(event.data.invoice.number)


def remember_invoice(link: Link, event: Event) -> Link:
    """The link of an order whose history tells of this event's invoice, where it is one."""
    if not is_invoice(event):
        return link
    return msgspec.structs.replace(link, notes={**link.notes, _slot(event): event.id})


def other_event_of_invoice(job: Job) -> str | None:
    """The other event that has told of this invoice, as far as the link knows."""
    first = job.link.notes.get(_slot(job.event)) if is_invoice(job.event) else None
    return None if first in (None, job.event.id) else f"event {first}"


def other_note_of_invoice(job: Job, held: HeldOrder) -> str | None:
    """The note of another delivery that tells of this invoice, as far as the history is shown."""
    if not is_invoice(job.event):
        return None
    number = re.escape(_number(job.event))
    ours = re.compile(rf"Invoiced {number}(?: on [\d :-]+ UTC)?\. (?P<sign>\(Ordercast \S+\))", re.ASCII)
    others = (note for note in held.history if not is_signed_by(note, job))
    found = next((match for note in others if (match := ours.fullmatch(note))), None)
    return found and f"note {found['sign']}"


def invoice_exists(job: Job, order_id: str, told_by: str) -> Outcome:
    number = _number(job.event)
    message = f"The history of order {order_id} at Order Desk tells of invoice {number} already, by {told_by}."
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, link=link_to(job, order_id))


def remember_folder(link: Link, folder_id: int) -> Link:
    """The link of an order that our cancellation has put into this folder, or found there."""
    return msgspec.structs.replace(link, notes={**link.notes, FOLDER_NOTE: str(folder_id)})


def is_cancelled_by_us(held: HeldOrder, link: Link) -> bool:
    """Whether the order lies where a cancellation of ours put it."""
    return bool(held.folder_id) and link.notes.get(FOLDER_NOTE) == held.folder_id


def forget_folder_once_moved(link: Link, folder_id: str) -> Link:
    """The link of an order that lies in this folder now: whoever moved it out ended our cancellation."""
    if link.notes.get(FOLDER_NOTE) in (None, folder_id):
        return link
    return msgspec.structs.replace(link, notes={name: text for name, text in link.notes.items() if name != FOLDER_NOTE})


def _slot(event: Event) -> str:
    return INVOICE_NOTE + _number(event)


def _number(event: Event) -> str:
    return event.data.invoice.number or "" if event.data.invoice else ""
