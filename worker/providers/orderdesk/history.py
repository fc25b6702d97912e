"""What is told in an order's history: each text once, known again by the delivery that it names.

Order Desk writes a history note however often it is sent, so each of ours ends with the start of its idempotency key,
as in ``(Ordercast dugr7izons)``: by it a look-up finds the note, and people the delivery. The history is shown by the
list alone, and only where it is asked for (page "Orders", 2018-04-30: ``get_order_history``).
"""

from __future__ import annotations

from schemas.event import Event
from schemas.order import Note
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder
from worker.providers.base import Absent, Conversation, Job, Search, Settled, Unclear
from worker.providers.orderdesk.answers import accepted
from worker.providers.orderdesk.calls import Calls, HeardOrder
from worker.providers.orderdesk.find import WITH_HISTORY, known_id, link_to, seek_order
from worker.providers.orderdesk.notes import stamp

KEY_CHARS = 10  # of a delivery's id, 45 bits: the notes of one order never share them


class Noting:
    """One action that comes to a note in the order's history."""

    def __init__(self, calls: Calls, job: Job) -> None:
        self._calls = calls
        self._job = job

    def converse(self) -> Conversation:
        order_id = yield from known_id(self._calls, self._job)
        if isinstance(order_id, Outcome):
            return order_id
        answer = yield from self._calls.add_history(order_id, signed(text_of(self._job.event), self._job))
        if isinstance(answer, Outcome):
            return answer
        invoice = self._job.event.data.invoice
        remark = "Order Desk notifies nobody of an invoice: the buyer has to be told otherwise."
        return accepted(link_to(self._job, order_id), [remark] if invoice is not None and invoice.notify else [])

    def look_up(self) -> Search:
        """Whether the note stands in the order's history."""
        held = yield from seek_order(self._calls, self._job, with_history=True)
        if held is None:
            return Absent()
        return held if isinstance(held, Outcome) else (yield from see_note(self._calls, held, self._job))


def see_note(calls: Calls, held: HeldOrder, job: Job) -> Search:
    """Whether this action's note stands in the history of the order that is held."""
    shown = yield from with_history(calls, held)
    if isinstance(shown, Outcome):
        return shown
    link, sign = link_to(job, held.id), signature(job)
    if not shown.shows_history:
        message = f"Order Desk shows no history of order {held.id}: see there whether a note ends with {sign}."
        return Unclear(message, link)
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


def signature(job: Job) -> str:
    """By what a note names its delivery: the start of the idempotency key, and the number of the edit."""
    delivery, dot, edit = job.idempotency_key.partition(".")
    return f"(Ordercast {delivery[:KEY_CHARS]}{dot}{edit})"


def signed(text: str, job: Job) -> str:
    return f"{text} {signature(job)}"


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
