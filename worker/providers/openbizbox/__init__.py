"""OpenBizBox: orders saved as JSON under a token of an hour, their lines edited by position.

Sources: the vendor's page "Order" (2020-02-20) and its neighbours in goldenplanetdk/api-example. The vendor knows no
idempotency key and has no field for a foreign reference: an order is known again by our mark in its comment, and
before that by an id of our choice where the account has ``order_id_offset`` and the id was free. Money is never moved
blindly: cancel.py reads the order's own flag, once.py keeps a line of its own in the order's comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import OpenBizBoxOptions
from worker.providers.base import Conversation, Job, Offer, Operation, Provider, Question, nothing_to_send
from worker.providers.naming import NO_NAME, has_name
from worker.providers.openbizbox.actions import CANCEL, INVOICE, NOTE, REFUND, Actions, ended
from worker.providers.openbizbox.answers import judge, read_tree, unreadable
from worker.providers.openbizbox.articles import Articles
from worker.providers.openbizbox.body import explicit_id
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.lines import line_count
from worker.providers.openbizbox.questions import questions
from worker.providers.openbizbox.save import Saving

LINES_THAT_FIT = 4_000
"""In an answer that can be read, which is 4 MiB: a line of the page's "Response example" takes 250 to 450 bytes, and
titles and attributes are the shop's own. An order whose every answer is cut could never be known to be there."""

MIXED_KEYS = (
    "Some orders have a whole order_key and some have not: these take the shop's next numbers, which may be ids that "
    "order_id_offset is to give to others. Give all of them a whole one, or leave order_id_offset out."
)

CREATE, UPDATE = "orders/create", "orders/update"
_NO_DELETE = "OpenBizBox has no call that deletes an order: an order that is to be undone is cancelled."


class OpenBizBox(Provider):
    """One OpenBizBox shop."""

    kind: ClassVar[str] = "openbizbox"
    reply_cap_bytes: ClassVar[int] = 4 * 1024 * 1024
    default_rate: ClassVar[tuple[float, float] | None] = (2, 10)  # the vendor names no limit: our own cap

    offers: ClassVar[Mapping[EventType, Offer]] = {
        EventType.CREATED: Offer((CREATE, UPDATE), "an update where the order is linked already"),
        EventType.UPDATED: Offer((CREATE, UPDATE), "a create where the order is not linked yet"),
        EventType.CANCELLED: Offer((CANCEL,), "nothing where the order is cancelled, refunded or gone already"),
        EventType.DELETED: Offer(because=_NO_DELETE),
        EventType.INVOICED: Offer((INVOICE,), "a number with letters or leading zeros is left to the shop"),
        EventType.REFUNDED: Offer(
            (CANCEL, REFUND), "a refund of the whole cancels; an amount without lines is rejected"
        ),
        EventType.NOTED: Offer((NOTE,), "the end of the order's comment"),
    }

    def operation(self, job: Job) -> Operation:
        """A save of the order, or what is done to it by an action."""
        job = replace(job, order=job.event.data.order or job.order)
        if job.event.type is EventType.DELETED:
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, _NO_DELETE)
        calls = Calls(self.config, self.memory)
        articles = Articles(self.config, self.memory, calls)
        if not job.event.is_snapshot:
            return Actions(self._options, calls, articles).operation(job)
        name = UPDATE if job.link.order_id else CREATE
        refused = _unsendable(job)
        if refused is not None:
            return ended(name, refused)
        return _save(job, Saving(job, self._options, calls, articles))

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

    def advice(self, keys: Iterable[str]) -> Iterable[str]:
        """Orders that take the shop's next number may take it from those that are to have one of our choice."""
        offset = self._options.order_id_offset
        if offset is None:
            return
        chosen = {explicit_id(key, offset) is not None for key in keys}
        if len(chosen) > 1:
            yield MIXED_KEYS

    @property
    def sends_key(self) -> bool:
        """As an id of our choice alone: our mark names source and number, and knows no conflict."""
        return self._options.order_id_offset is not None

    @property
    def _options(self) -> OpenBizBoxOptions:
        options: OpenBizBoxOptions = self.config.options
        return options

    @property
    def questions(self) -> Mapping[str, Question]:
        return questions(Calls(self.config, self.memory))


def _unsendable(job: Job) -> Outcome | None:
    """Why this order is not sent at all, or ``None``."""
    order = job.event.order
    if not order.customer.email:
        message = "OpenBizBox wants the customer's e-mail, and the order has none: add it to the customer."
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.NO_EMAIL, message=message)
    if not has_name(order):
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.NO_NAME, message=NO_NAME.format(vendor="OpenBizBox"))
    lines = line_count(order)
    if lines > LINES_THAT_FIT:
        message = f"The order has {lines} lines; {LINES_THAT_FIT} fit into an answer of OpenBizBox: split it."
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.TOO_MANY_LINES, message=message)
    return None


def _save(job: Job, saving: Saving) -> Operation:
    order_id = job.link.order_id
    if order_id is None:
        return Operation(CREATE, saving.create, on_unknown="look_up", look_up=saving.look_up_create)
    return Operation(
        UPDATE,
        lambda: saving.update(order_id),
        calls=3,
        on_unknown="look_up",
        look_up=lambda: saving.look_up_update(order_id),
    )
