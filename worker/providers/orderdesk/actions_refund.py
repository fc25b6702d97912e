"""A refund told to Order Desk: ``refund_total`` and ``payment_status`` of the order, and a note in its history.

The money itself is given back elsewhere, and what came back is put on stock elsewhere. Each refund is counted once,
whatever events tell of it: the request that raises ``refund_total`` carries, in the order's hidden metadata, the
amounts by the ids of their events, and by the refunds' own ids, where they have one, the event that each was counted
for. Of an event whose amount was corrected since, the difference is counted. How much a refund gives back is never
guessed: what cannot be known is a sentence for people instead.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from schemas.currencies import minor_unit
from schemas.event import Refund, RefundLine
from schemas.order import ZERO, Item, Order
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
from worker.providers.orderdesk.api import Calls, accepted, rejected
from worker.providers.orderdesk.journal import RefusedParts, see_note, signed, with_reason
from worker.providers.orderdesk.lines import unchanged
from worker.providers.orderdesk.lookup import known_order, link_to, seek_order
from worker.providers.orderdesk.mapping import FULLY, PARTIALLY
from worker.providers.orderdesk.mapping_overlay import Fields, send_back
from worker.providers.orderdesk.sums import money

Worth = Decimal | str
"""An amount, or why it cannot be known and what to change."""

GIVE_AMOUNT = "give this line of the refund an amount."


@dataclass(frozen=True, slots=True)
class RefundCount:
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

    def _counted(self, held: HeldOrder) -> RefundCount | str:
        """What the refund makes of the order, or why that cannot be known. What is counted already counts as it is
        where nobody can tell any more what it was worth."""
        counted, total = held.refunds.get(self._job.event.id), self._total(held)
        before = held.refund_total - (counted or 0)
        worth = worth_of(self._refund, self._job.order, total, before)
        amount = counted if isinstance(worth, str) else worth
        if amount is None:
            return str(worth)
        return RefundCount(amount, money(before + amount), total, amount != counted, self._refund.whole)

    def _count(self, held: HeldOrder, count: RefundCount) -> Generator[Request, Reply, list[str] | Outcome]:
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

    def _body(self, held: HeldOrder, count: RefundCount) -> Fields:
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

    def _note(self, held: HeldOrder, count: RefundCount) -> RefusedParts:
        """The note in the history, unless it stands there: it can only where the refund was counted before."""
        if self._job.event.id in held.refunds:
            seen = yield from see_note(self._calls, held, self._job)
            if not isinstance(seen, Absent):
                return seen if isinstance(seen, Outcome) else [seen.message] if isinstance(seen, Undetermined) else []
        answer = yield from self._calls.add_history(held.id, signed(self._text(held, count), self._job))
        if not isinstance(answer, Outcome):
            return []
        return [answer.message] if answer.kind is OutcomeKind.REJECTED else answer

    def _text(self, held: HeldOrder, count: RefundCount) -> str:
        currency = self._job.order.currency if self._job.order else read_text(held.metadata.get(OUR_CURRENCY))
        named = f"({self._refund.id})" if self._refund.id else ""
        what = " ".join(part for part in ("Refunded", f"{count.amount:f}", currency, named) if part)
        return f"{with_reason(what, self._refund.reason)} Given back in all: {count.refund_total:f}."


def worth_of(refund: Refund, order: Order | None, total: Decimal | None, given_before: Decimal) -> Worth:
    """What this refund gives back, tax included, of an order that comes to ``total`` and of which ``given_before`` has
    been given back: of a whole refund the rest."""
    if refund.amount is not None:
        return money(refund.amount)
    if refund.whole:
        if total is None:
            return "What the order comes to is not known: give the refund an amount."
        return max(ZERO, money(total - given_before))
    worths = [_line_worth(line, order) for line in refund.lines]
    unknown = next((worth for worth in worths if isinstance(worth, str)), None)
    return unknown or money(sum((worth for worth in worths if isinstance(worth, Decimal)), ZERO))


def _line_worth(line: RefundLine, order: Order | None) -> Worth:
    """A line's own amount, else its pieces' share of what the buyer paid for the line."""
    if line.amount is not None:
        return line.amount
    if order is None:
        return f"The order of line {line.item_id} is no longer kept, so its price is not known: {GIVE_AMOUNT}"
    item = next((item for item in order.items if item.id == line.item_id), None)
    if item is None or not item.quantity:
        return f"The order as last accepted has no line {line.item_id}: {GIVE_AMOUNT}"
    quantity = item.quantity if line.quantity is None else line.quantity
    if quantity > item.quantity:
        return f"The refund takes back {quantity:f} of line {item.id}, the order has {item.quantity:f}: correct it."
    rate = _tax_rate(item, order)
    if rate is None:
        return f"The tax of line {item.id} is not known: {GIVE_AMOUNT}"
    paid = _net(item) * (1 - _share_taken_off(order)) * (1 + rate)
    return (paid * quantity / item.quantity).quantize(minor_unit(order.currency))


def _net(item: Item) -> Decimal:
    """A line with its services, less the discounts that are theirs alone, as priced: with or without tax."""
    services = sum((service.price for service in item.services), ZERO) * item.quantity
    return item.total + services - _discounts(item)


def _discounts(item: Item) -> Decimal:
    return item.discount_total + sum((service.discount_total for service in item.services), ZERO)


def _share_taken_off(order: Order) -> Decimal:
    """The part of every line's price that discounts on the order as a whole, and rebates, take off."""
    items = [item for item in order.items if item.quantity]
    priced = sum((_net(item) for item in items), ZERO)
    taken_off = order.totals.discount + order.totals.rebates - sum((_discounts(item) for item in items), ZERO)
    return min(Decimal(1), max(ZERO, taken_off) / priced) if priced > 0 else ZERO


def _tax_rate(item: Item, order: Order) -> Decimal | None:
    """What comes on top of the line's price; ``None`` where the order is taxed and the line does not say how much."""
    if order.totals.tax_included or not order.totals.tax:
        return ZERO
    return item.tax_rate
