"""All of an order refunded and so cancelled: one call, for a cancellation and for a refund of the whole alike.

Source: page "Order", "Refund" (2020-02-20). The order's own ``status.is_cancelled`` tells whether it was done, by whom
ever: so it is read first, nothing is written down before the act, and whichever of the two events comes second finds it
done. An act that the shop commits late meets a cancelled order, and is refused by it. That the money was given back
while the status stayed is shown by version 3 alone, and only of money that was captured (page "Capturing an order"):
else the shop's own refusal says so.
"""

from __future__ import annotations

from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder
from worker.providers.base import Absent, Conversation, Job, Lookup, Settled
from worker.providers.openbizbox.answers import judge
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.reach import Reach
from worker.providers.openbizbox.tally import counted

_SAYS_DONE = ("already refunded", "already cancelled", "already canceled")


class Cancelling:
    """The cancellation of one order. ``restock`` says whether the goods go back on the shelf."""

    def __init__(self, job: Job, calls: Calls, reach: Reach, *, restock: bool) -> None:
        self._job = job
        self._calls = calls
        self._reach = reach
        self._body = None if restock else {"restock": False}

    def converse(self) -> Conversation:
        held = yield from self._reach.order()
        if isinstance(held, Outcome):
            return self._ended(held) if self._reach.is_gone(held) else held
        if held.is_cancelled:
            return self._reach.accepted(held, Reason.EXISTS, _seen(held))
        heard = yield from self._calls.refund(held.id, self._body)
        if isinstance(heard, Outcome):
            return heard
        failed = judge(*heard)
        if failed is None:
            return self._reach.accepted(held, Reason.SAVED)
        if failed.kind is OutcomeKind.REJECTED:
            return (yield from self._perhaps_done(held, failed))
        return counted(failed, self._job, held.id)

    def look_up(self) -> Lookup:
        held = yield from self._reach.in_doubt(gone=Settled(self._gone) if self._is_cancellation else None)
        if not isinstance(held, HeldOrder):
            return held
        return self._reach.settled(held, _seen(held)) if held.is_cancelled else Absent()

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
            return self._reach.accepted(after, Reason.EXISTS, _seen(after))
        if self._reach.is_gone(after):
            return self._ended(failed)
        if not any(words in failed.message.casefold() for words in _SAYS_DONE):
            running = yield from self._calls.get_running(before.id)
            if isinstance(running, Outcome) or not running.is_refunded:
                return failed
        return self._reach.accepted(before, Reason.EXISTS, _refunded(before))


def _refunded(held: HeldOrder) -> str:
    status = held.status_title or "unknown"
    return f"Order {held.id} of the shop is refunded already: nothing is left to cancel; its status ({status}) stays."


def _seen(held: HeldOrder) -> str:
    named = f" (status {held.status_title})" if held.status_title else ""
    return f"Order {held.id} of the shop is cancelled already{named}."
