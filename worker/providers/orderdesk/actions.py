"""What becomes of an order as a whole: cancelled, invoiced, noted, deleted. Refunds have a file of their own.

A cancelled order is moved into the account's folder for such orders, or told in the history; a move and a delete may be
sent again at no harm. Invoices and notes are told in the history, which Order Desk writes however often it is sent: so
each text is signed (see journal.py), and looked for in doubt.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from schemas.delivery import Link
from schemas.event import Event
from schemas.order import Note
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder, read_list, read_text
from worker.providers.base import Absent, Conversation, Job, Lookup, Reply, Request, Settled
from worker.providers.lookup import is_not_there
from worker.providers.orderdesk.api import Calls, Tree, accepted, rejected, said_by
from worker.providers.orderdesk.journal import (
    invoice_exists,
    is_invoice,
    other_event_of_invoice,
    other_note_of_invoice,
    remember_folder,
    remember_invoice,
    see_note,
    signed,
    with_reason,
)
from worker.providers.orderdesk.lookup import known_id, link_to, no_order, seek_order
from worker.providers.orderdesk.mapping import stamp
from worker.providers.orderdesk.mapping_overlay import Fields


class Cancelling:
    """A cancellation as a move: the order goes into the account's folder for cancelled orders."""

    def __init__(self, calls: Calls, job: Job, folder_id: int) -> None:
        self._calls = calls
        self._job = job
        self._folder_id = folder_id

    def converse(self) -> Conversation:
        """What a 2xx tells of this one order counts, not its ``status``; one that is gone, or lies there, is as it
        shall be."""
        order_id = yield from known_id(self._calls, self._job)
        if isinstance(order_id, Outcome):
            return order_id
        if not (order_id.isascii() and order_id.isdecimal()):
            message = f"Order Desk moves orders by whole numbers, and {order_id} is none: correct the order's refs."
            return rejected(Reason.UNKNOWN_ORDER, message)
        answer = yield from self._calls.move_order(int(order_id), self._folder_id)
        if isinstance(answer, Outcome) and not is_not_there(answer):
            return answer
        told = _told({} if isinstance(answer, Outcome) else answer, order_id)
        link = link_to(self._job, order_id)
        if said_by(told).startswith("Order Moved"):
            lay_there = read_text(told.get("original_folder_id")) == str(self._folder_id)
            return _lay_there(link, self._folder_id) if lay_there else accepted(remember_folder(link, self._folder_id))
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, Outcome):
            return _gone(link) if is_not_there(held) else held
        if held.folder_id == str(self._folder_id):
            return _lay_there(link, self._folder_id)
        return answer if isinstance(answer, Outcome) else _left(held, said_by(told))


class Deleting:
    """The order deleted; one that is gone already is as it shall be."""

    def __init__(self, calls: Calls, job: Job) -> None:
        self._calls = calls
        self._job = job

    def converse(self) -> Conversation:
        order_id = yield from known_id(self._calls, self._job)
        if isinstance(order_id, Outcome):
            return order_id
        answer = yield from self._calls.delete_order(order_id)
        link = link_to(self._job, order_id)
        if not isinstance(answer, Outcome):
            return accepted(link)
        if not is_not_there(answer):
            return answer
        message = f"Order {order_id} was not at Order Desk any more."
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, link=link)

    def look_up(self) -> Lookup:
        """Whether the order is gone. Asked only of an order whose id is not known: another is simply deleted again."""
        held = yield from seek_order(self._calls, self._job)
        if isinstance(held, Outcome):
            return held
        return Absent() if held else Settled(f"Order Desk holds no order {self._job.key} of ours any more.")


class Noting:
    """A cancellation, an invoice or a note, told as a note in the order's history."""

    def __init__(self, calls: Calls, job: Job) -> None:
        self._calls = calls
        self._job = job

    def converse(self) -> Conversation:
        known = yield from self._known()
        if isinstance(known, Outcome):
            return known
        order_id, told_by = known
        if told_by is not None:
            return invoice_exists(self._job, order_id, told_by)
        answer = yield from self._calls.add_history(order_id, signed(text_of(self._job.event), self._job))
        if isinstance(answer, Outcome):
            return (yield from self._unwritten(order_id, answer))
        invoice = self._job.event.data.invoice
        remark = "Order Desk notifies nobody of an invoice: the buyer has to be told otherwise."
        link = remember_invoice(link_to(self._job, order_id), self._job.event)
        return accepted(link, [remark] if invoice is not None and invoice.notify else [])

    def _known(self) -> Generator[Request, Reply, tuple[str, str | None] | Outcome]:
        """The vendor's id of the order, and by what another telling of the same invoice is known: no call where there
        is a link, else the history that is read while the order is searched for."""
        job = self._job
        if job.link.order_id is not None:
            return job.link.order_id, other_event_of_invoice(job)
        held = yield from seek_order(self._calls, job, with_history=is_invoice(job.event))
        if isinstance(held, Outcome):
            return held
        return (held.id, other_note_of_invoice(job, held)) if held else no_order(job)

    def _unwritten(self, order_id: str, refusal: Outcome) -> Conversation:
        """A note that was refused. A cancellation needs none where its order is gone, which a reading has to show."""
        if refusal.reason is not Reason.UNKNOWN_ORDER or self._job.event.data.cancellation is None:
            return refusal
        held = yield from self._calls.get_order(order_id)
        return _gone(link_to(self._job, order_id)) if is_not_there(held) else refusal

    def look_up(self) -> Lookup:
        """Whether the note stands in the order's history."""
        held = yield from seek_order(self._calls, self._job, with_history=True)
        if held is None:
            return Absent()
        if isinstance(held, Outcome):
            return held
        seen = yield from see_note(self._calls, held, self._job)
        if isinstance(seen, Settled):
            return replace(seen, link=remember_invoice(link_to(self._job, held.id), self._job.event))
        return seen


def text_of(event: Event) -> str:
    """What a cancellation, an invoice or a note tells people, in one text."""
    content = event.data
    if content.cancellation is not None:
        return with_reason("Cancelled", content.cancellation.reason)
    if content.invoice is not None:
        issued_at = content.invoice.issued_at
        parts = ("Invoiced", content.invoice.number, issued_at and f"on {stamp(issued_at)} UTC")
        return f"{' '.join(part for part in parts if part)}."
    note = content.note or Note(text="")
    written = f"{stamp(note.created_at or event.time)} UTC"
    return f"{note.author}, {written}: {note.text}" if note.author else f"{written}: {note.text}"


def _told(answer: Tree, order_id: str) -> Fields:
    """What is told of this order. Only "Order Moved …" is documented (page "Move Orders", 2018-04-30), so whatever else
    is told, or nothing, is held against the order itself."""
    results = read_list(answer.get("results"))
    return next((part for part in results if read_text(part.get("order_id")) == order_id), {})


def _lay_there(link: Link, folder_id: int) -> Outcome:
    message = f"Order {link.order_id} lies in the folder for cancelled orders ({folder_id}) already."
    return _nothing_to_cancel(remember_folder(link, folder_id), message)


def _left(held: HeldOrder, message: str) -> Outcome:
    said = f": {message}" if message else ""
    advice = "see whether that folder exists and takes it, then replay this"
    return rejected(Reason.REJECTED, f"Order Desk left order {held.id} in folder {held.folder_id}{said}; {advice}.")


def _nothing_to_cancel(link: Link, message: str) -> Outcome:
    """A cancellation that finds it done, by whomever."""
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, link=link)


def _gone(link: Link) -> Outcome:
    """A cancellation of an order that is not there any more."""
    return _nothing_to_cancel(link, f"Order {link.order_id} is not at Order Desk any more: nothing is left to cancel.")
