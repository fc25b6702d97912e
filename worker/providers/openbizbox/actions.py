"""Actions as operations: which call each type of event comes to; and cancellations, invoices and notes.

A refund of lines has its own page (actions_refund.py); what is made once and shown by no answer goes by the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.event import EventType, Invoice, Refund
from schemas.order import Note
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.base import Absent, Conversation, Job, Lookup, Operation, Reply, Request, Settled
from worker.providers.openbizbox.actions_refund import Refunding
from worker.providers.openbizbox.api import Calls, failure, judge
from worker.providers.openbizbox.journal import JournalEntry, Once, PlannedCall
from worker.providers.openbizbox.journal_link import counted
from worker.providers.openbizbox.limits import ended, refused
from worker.providers.openbizbox.lookup import Finder
from worker.providers.openbizbox.mapping import MAX_ID
from worker.providers.openbizbox.mapping_articles import Articles
from worker.providers.openbizbox.mapping_comment import comment_lines, note_lines, with_lines

CANCEL, REFUND, INVOICE, NOTE = "orders/refund", "orders/refund_lines", "orders/invoice", "orders/comment"
_SAYS_DONE = ("already refunded", "already cancelled", "already canceled")


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of one account."""

    options: OpenBizBoxOptions
    calls: Calls
    articles: Articles

    def operation(self, job: Job) -> Operation:
        """What this action comes to; refused at once where the order can be neither named nor asked for."""
        finder = Finder(job, self.options, self.calls)
        operation = _OPERATIONS[job.event.type](self, job, finder)
        if finder.is_possible or not operation.calls:
            return operation
        lost = finder.no_order("Neither the order's id at the shop nor the order itself is known.")
        return ended(operation.name, lost)

    def cancelled(self, job: Job, finder: Finder) -> Operation:
        cancellation = job.event.data.cancellation
        return self._cancelling(job, finder, restock=cancellation is None or cancellation.restock)

    def refunded(self, job: Job, finder: Finder) -> Operation:
        refund = job.event.data.refund or Refund()
        if refund.whole:
            return self._cancelling(job, finder, restock=refund.restock)
        refusal = refused(job, REFUND)
        if refusal is not None:
            return refusal
        lines = Refunding(job, self.options, self.calls, self.articles, finder)
        entry = JournalEntry("refund", job.delivery_id, refund.id)
        return self._once(REFUND, Once(self.calls, finder, entry, lines.plan, lines.wanted, self._writes))

    def invoiced(self, job: Job, finder: Finder) -> Operation:
        made = Invoicing(job, self.options, self.calls)
        entry = JournalEntry("invoice", job.delivery_id, made.number)
        return self._once(INVOICE, Once(self.calls, finder, entry, made.plan, made.wanted, self._writes))

    def noted(self, job: Job, finder: Finder) -> Operation:
        noting = Noting(job, self.options, self.calls, finder)
        return _looked_up(NOTE, noting.converse, noting.look_up, calls=3)

    @property
    def _writes(self) -> bool:
        return self.options.mark == "comment"

    def _cancelling(self, job: Job, finder: Finder, *, restock: bool) -> Operation:
        cancelling = Cancelling(job, self.calls, finder, restock=restock)
        return _looked_up(CANCEL, cancelling.converse, cancelling.look_up, calls=2)

    def _once(self, name: str, once: Once) -> Operation:
        if once.writes:
            return _looked_up(name, once.converse, once.look_up, calls=5)
        return Operation(name, once.converse, calls=2, on_unknown="ask")


def _looked_up(
    name: str, converse: Callable[[], Conversation], look_up: Callable[[], Lookup], *, calls: int
) -> Operation:
    return Operation(name, converse, calls=calls, on_unknown="look_up", look_up=look_up)


_OPERATIONS: Mapping[EventType, Callable[[Actions, Job, Finder], Operation]] = {
    EventType.CANCELLED: Actions.cancelled,
    EventType.REFUNDED: Actions.refunded,
    EventType.INVOICED: Actions.invoiced,
    EventType.NOTED: Actions.noted,
}


class Cancelling:
    """All of an order refunded and so cancelled: one call, for a cancellation and for a refund of the whole alike.

    Source: page "Order", "Refund" (2020-02-20). The order's own ``status.is_cancelled`` tells whether it was done, by
    whom ever: so it is read first, nothing is written down before the act, and whichever of the two events comes second
    finds it done. An act that the shop commits late meets a cancelled order, and is refused by it. That the money was
    given back while the status stayed is shown by version 3 alone, and only of money that was captured (page "Capturing
    an order"): else the shop's own refusal says so. ``restock`` says whether the goods go back on the shelf.
    """

    def __init__(self, job: Job, calls: Calls, finder: Finder, *, restock: bool) -> None:
        self._job = job
        self._calls = calls
        self._finder = finder
        self._body = None if restock else {"restock": False}

    def converse(self) -> Conversation:
        held = yield from self._finder.order()
        if isinstance(held, Outcome):
            return self._ended(held) if self._finder.is_gone(held) else held
        if held.is_cancelled:
            return self._finder.accepted(held, Reason.EXISTS, _seen(held))
        heard = yield from self._calls.refund(held.id, self._body)
        if isinstance(heard, Outcome):
            return heard
        failed = judge(*heard)
        if failed is None:
            return self._finder.accepted(held, Reason.SAVED)
        if failed.kind is OutcomeKind.REJECTED:
            return (yield from self._perhaps_done(held, failed))
        return counted(failed, self._job, held.id)

    def look_up(self) -> Lookup:
        held = yield from self._finder.in_doubt(gone=Settled(self._gone) if self._is_cancellation else None)
        if not isinstance(held, HeldOrder):
            return held
        return self._finder.settled(held, _seen(held)) if held.is_cancelled else Absent()

    @property
    def _is_cancellation(self) -> bool:
        """And not a refund of the whole: of an order that is gone that is about its money, which nothing tells of."""
        return self._job.event.type is EventType.CANCELLED

    @property
    def _gone(self) -> str:
        return f"Order {self._job.link.order_id} is gone from the shop: nothing is left to cancel."

    def _ended(self, failed: Outcome) -> Outcome:
        """What it means that the order which we linked was deleted in the back office."""
        if not self._is_cancellation:
            return failed
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=self._gone)

    def _perhaps_done(self, before: HeldOrder, failed: Outcome) -> Conversation:
        """A refusal may be of a second cancellation: one of ours that came late, or somebody's meanwhile."""
        after = yield from self._calls.get_order(before.id)
        if isinstance(after, HeldOrder) and after.is_cancelled:
            return self._finder.accepted(after, Reason.EXISTS, _seen(after))
        if self._finder.is_gone(after):
            return self._ended(failed)
        if not any(words in failed.message.casefold() for words in _SAYS_DONE):
            running = yield from self._calls.get_running(before.id)
            if isinstance(running, Outcome) or not running.is_refunded:
                return failed
        return self._finder.accepted(before, Reason.EXISTS, _refunded(before))


def _refunded(held: HeldOrder) -> str:
    status = held.status_title or "unknown"
    return f"Order {held.id} of the shop is refunded already: nothing is left to cancel; its status ({status}) stays."


def _seen(held: HeldOrder) -> str:
    named = f" (status {held.status_title})" if held.status_title else ""
    return f"Order {held.id} of the shop is cancelled already{named}."


class Invoicing:
    """The invoice of one order. Source: page "Order", "Invoice" (2020-02-20): ``notify``, a number and a time of ours.

    ``notify`` has the shop mail the buyer: the one call of ours that does (``?notify=true`` of an update is not sent).
    """

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls) -> None:
        self._invoice = job.event.data.invoice or Invoice()
        self._options = options
        self._calls = calls

    @property
    def number(self) -> str | None:
        return self._invoice.number

    @property
    def wanted(self) -> str:
        return f"invoice {self._invoice.number}" if self._invoice.number else "the invoice"

    def plan(self, held: HeldOrder) -> Generator[Request, Reply, PlannedCall]:
        """The call that invoices the order, whatever the order is: an invoice is of all of it."""
        number = _whole(self._invoice.number)
        body: dict[str, Any] = {} if number is None else {"id": number}
        body["notify"] = self._invoice.notify and not self._options.quiet
        if self._invoice.issued_at is not None:
            body["created_at"] = self._options.shop_time(self._invoice.issued_at)
        return PlannedCall(lambda: self._calls.invoice(held.id, body), self._unsaid(number))
        yield

    def _unsaid(self, number: int | None) -> str:
        if self._invoice.number is None or number is not None:
            return ""
        return f"OpenBizBox's invoice numbers are whole: the shop gave one of its own for {self._invoice.number}."


def _whole(number: str | None) -> int | None:
    """The number where the shop can have it as it stands: no letters, no leading zeros."""
    if number is None or not (number.isascii() and number.isdecimal()) or len(number) > len(str(MAX_ID)):
        return None
    return int(number) if 0 < int(number) <= MAX_ID and str(int(number)) == number else None


class Noting:
    """A note at the end of an order's comment; known again by a line of ours behind it, or by its own lines where we
    write none.

    The comment is written whole, so an edit that the shop commits late would take back what was added since. So in
    doubt the comment is read, and an absent note believed only when the engine's ``settle_s`` has passed.
    """

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls, finder: Finder) -> None:
        self._job = job
        self._calls = calls
        self._finder = finder
        done = JournalEntry("note", job.delivery_id).done
        self._lines = note_lines(job.event.data.note or Note(text=""), options)
        self._lines += [done] if options.mark == "comment" else []
        self._tells = [done] if options.mark == "comment" else [line.strip() for line in self._lines]

    def converse(self) -> Conversation:
        held = yield from self._finder.order()
        if isinstance(held, Outcome):
            return held
        if self._is_there(held):
            return self._finder.accepted(held, Reason.EXISTS)
        comment = with_lines(held, self._lines)
        failed = yield from failure(self._calls.write_comment(held.id, comment, mutating=True))
        if failed is not None:
            return counted(failed, self._job, held.id)
        return (yield from self._compared(held))

    def look_up(self) -> Lookup:
        held = yield from self._finder.in_doubt()
        if not isinstance(held, HeldOrder):
            return held
        if not self._is_there(held):
            return Absent()
        return self._finder.settled(held, f"The comment of the shop's order {held.id} has the note.")

    def _compared(self, before: HeldOrder) -> Conversation:
        after = yield from self._calls.get_order(before.id)
        if isinstance(after, Outcome):
            message = f"The note was taken and could not be read again. {after.message}"
            return self._finder.accepted(before, Reason.REMARK, message)
        if self._is_there(after):
            return self._finder.accepted(after, Reason.SAVED)
        message = "The shop does not keep comments, and has no other place for a note: leave order.noted out of events."
        return self._finder.rejected(after, message, Reason.DIFFERS)

    def _is_there(self, held: HeldOrder) -> bool:
        return set(self._tells) <= set(comment_lines(held))
