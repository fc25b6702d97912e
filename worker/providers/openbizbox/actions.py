"""Actions as operations: which call each type of event comes to, and what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import OpenBizBoxOptions
from worker.providers.base import Conversation, Job, Lookup, Operation, nothing_to_send
from worker.providers.openbizbox.articles import Articles
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.cancel import Cancelling
from worker.providers.openbizbox.deed import Deed
from worker.providers.openbizbox.invoice import Invoicing
from worker.providers.openbizbox.note import Noting
from worker.providers.openbizbox.once import Once
from worker.providers.openbizbox.reach import Reach
from worker.providers.openbizbox.refund import NEEDS_LINES, LinesRefund

CANCEL, REFUND, INVOICE, NOTE = "orders/refund", "orders/refund_lines", "orders/invoice", "orders/comment"


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of one account."""

    options: OpenBizBoxOptions
    calls: Calls
    articles: Articles

    def operation(self, job: Job) -> Operation:
        """What this action comes to; refused at once where the order can be neither named nor asked for."""
        reach = Reach(job, self.options, self.calls)
        operation = _OPERATIONS[job.event.type](self, job, reach)
        if reach.is_possible or not operation.calls:
            return operation
        lost = reach.no_order("Neither the order's id at the shop nor the order itself is known.")
        return ended(operation.name, lost)

    def cancelled(self, job: Job, reach: Reach) -> Operation:
        cancellation = job.event.data.cancellation
        return self._cancelling(job, reach, restock=cancellation is None or cancellation.restock)

    def refunded(self, job: Job, reach: Reach) -> Operation:
        refund = job.event.data.refund
        if refund is None or not (refund.whole or refund.lines):
            refused = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.NEEDS_LINES, message=NEEDS_LINES)
            return ended(REFUND, refused)
        if refund.whole:
            return self._cancelling(job, reach, restock=refund.restock)
        lines = LinesRefund(job, self.options, self.calls, self.articles, reach)
        deed = Deed("refund", job.delivery_id, refund.id)
        return self._once(REFUND, Once(self.calls, reach, deed, lines.plan, lines.wanted, self._writes))

    def invoiced(self, job: Job, reach: Reach) -> Operation:
        made = Invoicing(job, self.options, self.calls)
        deed = Deed("invoice", job.delivery_id, made.number)
        return self._once(INVOICE, Once(self.calls, reach, deed, made.plan, made.wanted, self._writes))

    def noted(self, job: Job, reach: Reach) -> Operation:
        noting = Noting(job, self.options, self.calls, reach)
        return _looked_up(NOTE, noting.converse, noting.look_up, calls=3)

    @property
    def _writes(self) -> bool:
        return self.options.mark == "comment"

    def _cancelling(self, job: Job, reach: Reach, *, restock: bool) -> Operation:
        cancelling = Cancelling(job, self.calls, reach, restock=restock)
        return _looked_up(CANCEL, cancelling.converse, cancelling.look_up, calls=2)

    def _once(self, name: str, once: Once) -> Operation:
        if once.writes:
            return _looked_up(name, once.converse, once.look_up, calls=5)
        return Operation(name, once.converse, calls=2, on_unknown="ask")


def _looked_up(
    name: str, converse: Callable[[], Conversation], look_up: Callable[[], Lookup], *, calls: int
) -> Operation:
    return Operation(name, converse, calls=calls, on_unknown="look_up", look_up=look_up)


def ended(name: str, outcome: Outcome) -> Operation:
    """The operation of this name where it ends like this before anything is sent."""
    return replace(nothing_to_send(outcome.kind, outcome.reason, outcome.message), name=name)


_OPERATIONS: Mapping[EventType, Callable[[Actions, Job, Reach], Operation]] = {
    EventType.CANCELLED: Actions.cancelled,
    EventType.REFUNDED: Actions.refunded,
    EventType.INVOICED: Actions.invoiced,
    EventType.NOTED: Actions.noted,
}
