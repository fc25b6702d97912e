"""A refund told to Order Desk: ``refund_total`` and ``payment_status`` of the order, and a note in its history.

The money itself is given back elsewhere, and what came back is put on stock elsewhere. Each refund is counted once,
whatever events tell of it: the request that raises ``refund_total`` carries, in the order's hidden metadata, the
amounts by the ids of their events, and by the refunds' own ids, where they have one, the event that each was counted
for. Of an event whose amount was corrected since, the difference is counted.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from schemas.event import Refund
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import (
    OUR_CURRENCY,
    OUR_REFUND_IDS,
    OUR_REFUNDS,
    HeldOrder,
    read_amount,
    read_map,
    read_text,
)
from worker.providers.base import Absent, Conversation, Job, Lookup, Reply, Request, Settled, Undetermined
from worker.providers.orderdesk.answers import accepted, rejected
from worker.providers.orderdesk.body import FULLY, PARTIALLY
from worker.providers.orderdesk.calls import Calls
from worker.providers.orderdesk.extras import Refusals
from worker.providers.orderdesk.find import known_order, link_to, seek_order
from worker.providers.orderdesk.history import because, see_note
from worker.providers.orderdesk.money import money
from worker.providers.orderdesk.overlay import Fields, send_back
from worker.providers.orderdesk.plan import unchanged
from worker.providers.orderdesk.signing import signed
from worker.providers.orderdesk.worth import worth_of


@dataclass(frozen=True, slots=True)
class Count:
    """What one refund makes of an order: its own ``amount``, all that is then given back, and what the order comes to.
    ``is_new``: the order does not have it yet."""

    amount: Decimal
    refund_total: Decimal
    order_total: Decimal | None
    is_new: bool
    is_whole: bool

    @property
    def payment_status(self) -> str:
        is_all = self.order_total is not None and self.refund_total >= self.order_total
        return FULLY if self.is_whole or is_all else PARTIALLY


class Refunding:
    """One refund on its way to Order Desk. It decides nothing about trying again."""

    def __init__(self, calls: Calls, job: Job, refund: Refund) -> None:
        self._calls = calls
        self._job = job
        self._refund = refund

    def converse(self) -> Conversation:
        held = yield from known_order(self._calls, self._job)
        if isinstance(held, Outcome):
            return held
        if self._first_event(held) != self._job.event.id:
            return self._told_again(held)
        count = self._counted(held)
        if isinstance(count, str):
            return rejected(Reason.REJECTED, count)
        remarks = yield from self._count(held, count)
        if isinstance(remarks, Outcome):
            return remarks
        unwritten = yield from self._note(held, count)
        if isinstance(unwritten, Outcome):
            return unwritten
        return accepted(link_to(self._job, held.id), [*remarks, *unwritten])

    def look_up(self) -> Lookup:
        """Whether the order counts the refund and its history tells of it: what lacks is done by another run."""
        held = yield from seek_order(self._calls, self._job)
        if held is None:
            return Absent()
        if isinstance(held, Outcome):
            return held
        if self._first_event(held) != self._job.event.id:
            told = self._told_again(held)
            is_same = told.reason is Reason.EXISTS
            return Settled(told.message, told.link, Reason.EXISTS if is_same else Reason.REMARK)
        if self._job.event.id not in held.refunds:
            return Absent()
        seen = yield from see_note(self._calls, held, self._job)
        if not isinstance(seen, Settled):
            return seen
        message = f"Order {held.id} at Order Desk counts this refund in its refund_total of {held.refund_total:f}."
        return Settled(message, seen.link)

    def _first_event(self, held: HeldOrder) -> str:
        """The event that this refund is counted for at Order Desk; this one where it is not counted yet."""
        first = held.refund_ids.get(self._refund.id or "")
        return first if first in held.refunds else self._job.event.id

    def _told_again(self, held: HeldOrder) -> Outcome:
        """A refund that another event has told: it is as it shall be, unless the two say different amounts."""
        counted, link = held.refunds[self._first_event(held)], link_to(self._job, held.id)
        told = self._counted_by(held)
        worth = worth_of(self._refund, self._job.order, self._total(held), held.refund_total - counted)
        if isinstance(worth, Decimal) and worth != counted:
            return accepted(link, [told, f"This event says {worth:f}: see which of the two is right."])
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=told, link=link)

    def _counted_by(self, held: HeldOrder) -> str:
        first = self._first_event(held)
        return (
            f"Order {held.id} at Order Desk counts refund {self._refund.id} already, with {held.refunds[first]:f}, "
            f"by event {first}."
        )

    def _total(self, held: HeldOrder) -> Decimal | None:
        return held.total if self._job.order is None else self._job.order.totals.grand

    def _counted(self, held: HeldOrder) -> Count | str:
        """What the refund makes of the order, or why that cannot be known. What is counted already counts as it is
        where nobody can tell any more what it was worth."""
        counted, total = held.refunds.get(self._job.event.id), self._total(held)
        before = held.refund_total - (counted or 0)
        worth = worth_of(self._refund, self._job.order, total, before)
        amount = counted if isinstance(worth, str) else worth
        if amount is None:
            return str(worth)
        return Count(amount, money(before + amount), total, amount != counted, self._refund.whole)

    def _count(self, held: HeldOrder, count: Count) -> Generator[Request, Reply, list[str] | Outcome]:
        """The order with the refund in it, saved; what people should look at there."""
        if not count.is_new:
            return []
        answer = yield from self._calls.update_order(held.id, self._body(held, count))
        if isinstance(answer, Outcome):
            return answer
        shown = read_amount(read_map(answer.get("order")).get("refund_total"))
        remarks = []
        if shown is not None and shown != count.refund_total:
            remarks.append(
                f"Order {held.id} at Order Desk keeps refund_total at {shown:f}, not {count.refund_total:f}."
            )
        if count.order_total is not None and count.refund_total > count.order_total:
            remarks.append(f"Refunds of order {held.id} at Order Desk come to more than the order: compare them.")
        return remarks

    def _body(self, held: HeldOrder, count: Count) -> Fields:
        refunds = {**held.refunds, self._job.event.id: count.amount}
        counted = {OUR_REFUNDS: urlencode({event_id: f"{amount:f}" for event_id, amount in refunds.items()})}
        if self._refund.id:
            counted[OUR_REFUND_IDS] = urlencode({**held.refund_ids, self._refund.id: self._job.event.id})
        return {
            **send_back(held.fields),
            "order_items": [unchanged(line) for line in held.lines],
            "refund_total": count.refund_total,
            "payment_status": count.payment_status,
            "order_metadata": {**held.metadata, **counted},
        }

    def _note(self, held: HeldOrder, count: Count) -> Refusals:
        """The note in the history, unless it stands there: it can only where the refund was counted before."""
        if self._job.event.id in held.refunds:
            seen = yield from see_note(self._calls, held, self._job)
            if not isinstance(seen, Absent):
                return seen if isinstance(seen, Outcome) else [seen.message] if isinstance(seen, Undetermined) else []
        answer = yield from self._calls.add_history(held.id, signed(self._text(held, count), self._job))
        if not isinstance(answer, Outcome):
            return []
        return [answer.message] if answer.kind is OutcomeKind.REJECTED else answer

    def _text(self, held: HeldOrder, count: Count) -> str:
        currency = self._job.order.currency if self._job.order else read_text(held.metadata.get(OUR_CURRENCY))
        named = f"({self._refund.id})" if self._refund.id else ""
        what = " ".join(part for part in ("Refunded", f"{count.amount:f}", currency, named) if part)
        return f"{because(what, self._refund.reason)} Given back in all: {count.refund_total:f}."
