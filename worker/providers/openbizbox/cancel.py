"""All of an order refunded and so cancelled: one call, for a cancellation and for a refund of the whole alike.

Source: page "Order", "Refund" (2020-02-20). The order's own ``status.is_cancelled`` tells whether it was done, by whom
ever: so it is read first, nothing is written down before the act, and whichever of the two events comes second finds it
done. An act that the shop commits late meets a cancelled order, and is refused by it.
"""

from __future__ import annotations

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder
from worker.providers.base import Absent, Conversation, Job, Search
from worker.providers.openbizbox.answers import judge
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.reach import Reach
from worker.providers.openbizbox.tally import counted


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
            return held
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

    def look_up(self) -> Search:
        held = yield from self._reach.in_doubt()
        if not isinstance(held, HeldOrder):
            return held
        return self._reach.settled(held, _seen(held)) if held.is_cancelled else Absent()

    def _perhaps_done(self, before: HeldOrder, failed: Outcome) -> Conversation:
        """A refusal may be of a second cancellation: one of ours that came late, or somebody's meanwhile."""
        after = yield from self._calls.get_order(before.id)
        if isinstance(after, HeldOrder) and after.is_cancelled:
            return self._reach.accepted(after, Reason.EXISTS, _seen(after))
        return failed


def _seen(held: HeldOrder) -> str:
    named = f" (status {held.status_title})" if held.status_title else ""
    return f"Order {held.id} of the shop is cancelled already{named}."
