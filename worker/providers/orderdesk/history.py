"""What is told in an order's history: each text once, known again by the delivery that it names.

Order Desk writes a history note however often it is sent, so each of ours is signed: by that a look-up finds the note,
and people the delivery. The history is shown by the list alone, and only where it is asked for (page "Orders",
2018-04-30: ``get_order_history``).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from schemas.event import Event
from schemas.order import Note
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder
from worker.providers.base import Absent, Conversation, Job, Lookup, Reply, Request, Settled, Undetermined
from worker.providers.orderdesk.answers import accepted
from worker.providers.orderdesk.calls import Calls, HeardOrder
from worker.providers.orderdesk.closing import gone
from worker.providers.orderdesk.find import WITH_HISTORY, link_to, no_order, seek_order
from worker.providers.orderdesk.invoicing import is_invoice, telling, told_already, told_by_history, told_by_link
from worker.providers.orderdesk.notes import stamp
from worker.providers.orderdesk.signing import signature, signed


class Noting:
    """One action that comes to a note in the order's history."""

    def __init__(self, calls: Calls, job: Job) -> None:
        self._calls = calls
        self._job = job

    def converse(self) -> Conversation:
        known = yield from self._known()
        if isinstance(known, Outcome):
            return known
        order_id, told_by = known
        if told_by is not None:
            return told_already(self._job, order_id, told_by)
        answer = yield from self._calls.add_history(order_id, signed(text_of(self._job.event), self._job))
        if isinstance(answer, Outcome):
            return (yield from self._unwritten(order_id, answer))
        invoice = self._job.event.data.invoice
        remark = "Order Desk notifies nobody of an invoice: the buyer has to be told otherwise."
        link = telling(link_to(self._job, order_id), self._job.event)
        return accepted(link, [remark] if invoice is not None and invoice.notify else [])

    def _known(self) -> Generator[Request, Reply, tuple[str, str | None] | Outcome]:
        """The vendor's id of the order, and by what another telling of the same invoice is known: no call where there
        is a link, else the history that is read while the order is searched for."""
        job = self._job
        if job.link.order_id is not None:
            return job.link.order_id, told_by_link(job)
        held = yield from seek_order(self._calls, job, with_history=is_invoice(job.event))
        if isinstance(held, Outcome):
            return held
        return (held.id, told_by_history(job, held)) if held else no_order(job)

    def _unwritten(self, order_id: str, refusal: Outcome) -> Conversation:
        """A note that was refused. A cancellation needs none where its order is gone, which a reading has to show."""
        if refusal.reason is not Reason.UNKNOWN_ORDER or self._job.event.data.cancellation is None:
            return refusal
        held = yield from self._calls.get_order(order_id)
        is_gone = isinstance(held, Outcome) and held.reason is Reason.UNKNOWN_ORDER
        return gone(link_to(self._job, order_id)) if is_gone else refusal

    def look_up(self) -> Lookup:
        """Whether the note stands in the order's history."""
        held = yield from seek_order(self._calls, self._job, with_history=True)
        if held is None:
            return Absent()
        if isinstance(held, Outcome):
            return held
        seen = yield from see_note(self._calls, held, self._job)
        if isinstance(seen, Settled):
            return replace(seen, link=telling(link_to(self._job, held.id), self._job.event))
        return seen


def see_note(calls: Calls, held: HeldOrder, job: Job) -> Lookup:
    """Whether this action's note stands in the history of the order that is held."""
    shown = yield from with_history(calls, held)
    if isinstance(shown, Outcome):
        return shown
    link, sign = link_to(job, held.id), signature(job)
    if not shown.shows_history:
        message = f"Order Desk shows no history of order {held.id}: see there whether a note ends with {sign}."
        return Undetermined(message, link)
    if not any(sign in note for note in shown.history):
        return Absent()
    return Settled(f"The history of order {held.id} at Order Desk has the note {sign}.", link)


def with_history(calls: Calls, held: HeldOrder) -> HeardOrder:
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


def text_of(event: Event) -> str:
    """What a cancellation, an invoice or a note tells people, in one text."""
    content = event.data
    if content.cancellation is not None:
        return because("Cancelled", content.cancellation.reason)
    if content.invoice is not None:
        issued_at = content.invoice.issued_at
        parts = ("Invoiced", content.invoice.number, issued_at and f"on {stamp(issued_at)} UTC")
        return f"{' '.join(part for part in parts if part)}."
    note = content.note or Note(text="")
    written = f"{stamp(note.created_at or event.time)} UTC"
    return f"{note.author}, {written}: {note.text}" if note.author else f"{written}: {note.text}"


def because(what: str, reason: str | None) -> str:
    return f"{what}: {reason.rstrip('.')}." if reason else f"{what}."
