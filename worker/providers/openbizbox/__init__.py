"""OpenBizBox: orders saved as JSON under a token of an hour, their lines edited by position.

Sources: the vendor's page "Order" (2020-02-20) and its neighbours in goldenplanetdk/api-example. The vendor knows no
idempotency key and has no field for a foreign reference: an order is known again by an id of our choice where the
account has ``order_id_offset``, else by our mark in its comment.
"""

from __future__ import annotations

from typing import ClassVar

from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import OpenBizBoxOptions
from worker.providers.base import Conversation, Job, Operation, Provider, nothing_to_send
from worker.providers.openbizbox.answers import judge, read_tree, unreadable
from worker.providers.openbizbox.articles import Articles
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.lines import line_count
from worker.providers.openbizbox.save import Saving
from worker.providers.openbizbox.search import LookUp

LINES_THAT_FIT = 4_000
"""In an answer that can be read, which is 4 MiB: a line of the page's "Response example" takes 250 to 450 bytes, and
titles and attributes are the shop's own. An order whose every answer is cut could never be known to be there."""


class OpenBizBox(Provider):
    """One OpenBizBox shop."""

    kind: ClassVar[str] = "openbizbox"
    reply_cap_bytes: ClassVar[int] = 4 * 1024 * 1024
    default_rate: ClassVar[tuple[float, float] | None] = (2, 10)  # the vendor names no limit: our own cap

    def operation(self, job: Job) -> Operation:
        """A create or an edit of the order. An edit reads before it writes, so that sending it again is harmless."""
        if job.event.type is EventType.DELETED:
            message = "OpenBizBox has no call that deletes an order."
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, message)
        if not job.event.is_snapshot:
            message = f"An {job.event.type} is not sent to OpenBizBox yet."
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NOT_YET, message)
        if not job.event.order.customer.email:
            message = "OpenBizBox wants the customer's e-mail, and the order has none: add it to the customer."
            return nothing_to_send(OutcomeKind.REJECTED, Reason.NO_EMAIL, message)
        lines = line_count(job.event.order)
        if lines > LINES_THAT_FIT:
            message = f"The order has {lines} lines; {LINES_THAT_FIT} fit into an answer of OpenBizBox: split it."
            return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)
        return self._save(job)

    def test(self) -> Conversation:
        """A token, and one order read: proves address, credentials and scope."""
        heard = yield from Calls(self.config, self.memory).first_order()
        if isinstance(heard, Outcome):
            return heard
        failed = judge(*heard)
        if failed is not None or not isinstance(read_tree(heard[1]), list | dict):
            return failed or unreadable(*heard)
        message = "OpenBizBox answers and knows the client."
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message)

    def _save(self, job: Job) -> Operation:
        options: OpenBizBoxOptions = self.config.options
        calls = Calls(self.config, self.memory)
        saving = Saving(job, options, calls, Articles(self.config, self.memory, calls))
        order_id = job.link.order_id
        if order_id is not None:
            return Operation("orders/update", lambda: saving.update(order_id), calls=3)
        return Operation(
            "orders/create",
            saving.create,
            on_unknown="look_up",
            look_up=lambda: LookUp(job, options, calls, saving).search(),
        )
