"""Shop-Script: an order is saved, found again by our key, read back and moved on by the shop's workflow.

Not used, and why: ``shop.order.add`` takes the catalogue's prices and has no discount, so the shop would hold another
order than was bought. ``shop.order.delete`` asks no workflow. ``shop.order.comment`` writes into the order's history,
where a note has no id of ours: in doubt, two of one text could not be told apart. ``state_id`` in a save is ignored.

An edit of an order that people have deleted or refunded meanwhile is taken by the shop: it is delivered with a remark
and the state is left, since the edit moves no money, and a dead letter would only hold up what comes after it. One that
an event of ours cancelled is restored by a later one whose status says that it goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from schemas.delivery import Link
from schemas.event import Cancellation, Deletion, EventType
from schemas.order import ProviderRefs
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import ShopScriptOptions, read_order
from worker.providers.base import (
    Conversation,
    Difference,
    HeldName,
    Job,
    Offer,
    Operation,
    Provider,
    Question,
    nothing_to_send,
)
from worker.providers.shopscript.actions import Cancelling, Deleting, Ending, Noting, Refunding
from worker.providers.shopscript.actions_workflow import DELETE, REFUND, wants_a_move
from worker.providers.shopscript.api import Calls
from worker.providers.shopscript.compare import compare
from worker.providers.shopscript.limits import refused
from worker.providers.shopscript.lookup import Finder, lacking
from worker.providers.shopscript.mapping import wanted_of
from worker.providers.shopscript.mapping_params import NUMBER, SOURCE
from worker.providers.shopscript.queries import queries_of
from worker.providers.shopscript.save import Saving

SAVE, DELETED, REFUNDED = "shop.order.save", "shop.order.action delete", "shop.order.action refund"
CREATE_CALLS, EDIT_CALLS, MOVE_CALLS, ACTION_CALLS = 3, 2, 2, 3
_ACTIONS = frozenset({DELETE.action, REFUND.action, "process", "pay", "ship", "complete"})  # that lead to a state
NO_INVOICE = (
    "Shop-Script has no call that makes an invoice of an order: shop.order.addInvoice makes a new order to be paid."
)
NO_PART = "Shop-Script has no documented call for a refund in part: refund it in the shop by hand."


class ShopScript(Provider):
    """One account at a shop that runs Webasyst Shop-Script.

    Creating twice makes two orders and two customers, and the answer to a create has no id: what is in doubt is
    searched for first. Source: shop 12.4.0 run on loopback (2026-11).
    """

    kind: ClassVar[str] = "shopscript"
    said_twice: ClassVar[str] = "The order that it has is edited: no second one is made."
    reply_cap_bytes: ClassVar[int] = 4 * 1024 * 1024
    secret_fields: ClassVar[frozenset[str]] = frozenset({"entropy", "auth_code", "auth_pin"})
    offers: ClassVar[Mapping[EventType, Offer]] = {
        EventType.CREATED: Offer((SAVE,), "Then the action that leads to its status, where the shop offers one."),
        EventType.UPDATED: Offer((SAVE,), "Then the action that leads to its status, where the shop offers one."),
        EventType.CANCELLED: Offer(
            (DELETED,),
            "Or what [providers.X.workflow] cancelled names, such as refund for a paid order. Rejected where the shop"
            " offers none of it in the order's state.",
        ),
        EventType.DELETED: Offer((DELETED,), "The shop erases no order: deleted is its state for a cancelled one."),
        EventType.INVOICED: Offer(because=NO_INVOICE),
        EventType.REFUNDED: Offer((REFUNDED,), f"Of the whole order, in the shop's books. {NO_PART}"),
        EventType.NOTED: Offer((SAVE,), "Written below the order's comment, once."),
    }

    @property
    def options(self) -> ShopScriptOptions:
        options: ShopScriptOptions = self.config.options
        return options

    @property
    def questions(self) -> Mapping[str, Question]:
        return queries_of(Calls(self.options))

    def listing_since(self, since: datetime) -> Mapping[str, str]:
        """From a day before: the shop reads the time as its own."""
        return {"hash": f"search/create_datetime>={since - timedelta(days=1):%Y-%m-%d}"}

    def held_name(self, held: Any) -> HeldName | None:
        """By the source and number in its params."""
        try:
            order = read_order(held) if isinstance(held, dict) else None
        except msgspec.ValidationError:
            return None
        if order is None:
            return None
        source, number = order.params.get(SOURCE), order.params.get(NUMBER)
        return HeldName(str(order.id), (str(source), str(number)) if source and number else None)

    def operation(self, job: Job) -> Operation:
        """The save of an order, the action that ends it, a note; or the reason why this event is none of them."""
        said, finder = job.event.data, self._finder(job)
        match job.event.type:
            case EventType.CREATED | EventType.UPDATED:
                return refused(finder) or _saving(finder)
            case EventType.CANCELLED:
                return _acting(DELETED, Cancelling(finder, said.cancellation or Cancellation()))
            case EventType.DELETED:
                return _acting(DELETED, Deleting(finder, said.deletion or Deletion()))
            case EventType.REFUNDED if said.refund and said.refund.whole:
                return _acting(REFUNDED, Refunding(finder, said.refund))
            case EventType.NOTED if said.note:
                return _acting(SAVE, Noting(finder, said.note))
        message = NO_INVOICE if job.event.type is EventType.INVOICED else NO_PART
        return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, message)

    def test(self) -> Conversation:
        """What the token's user may do: all orders have to be seen."""
        blind = yield from lacking(Calls(self.options))
        return blind or Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS)

    def compare(self, job: Job, held: Any) -> list[Difference] | None:
        """What the shop holds beside what an edit would send: what people changed there and an edit would leave, such
        as a comment or a state, is no difference."""
        if not isinstance(held, dict) or (job.order is None and job.event.data.order is None):
            return None
        try:
            there = read_order(held)
        except msgspec.ValidationError:
            return None
        finder = self._finder(job)
        return compare(wanted_of(finder, finder.learned(there), there), there).differences

    def advice(self, keys: Iterable[str]) -> Iterable[str]:  # noqa: ARG002  it depends on none
        """Actions that no shop has of itself: a workflow of the shop's own may have them, a slip of the pen too."""
        unknown = [f"`{action}`" for action in self.options.cancelled if action not in _ACTIONS]
        if unknown:
            yield (
                f"cancelled in [providers.{self.config.name}.workflow] names {', '.join(unknown)}, which only a "
                "workflow of the shop's own has: compare with the ids of the actions there."
            )

    @property
    def sends_key(self) -> bool:
        """Our orders are found by source and number: two sources' orders of one number are two there."""
        return False

    def _finder(self, job: Job) -> Finder:
        return Finder(job, self._link(job), self.options, self.config.name)

    def _link(self, job: Job) -> Link:
        """What we know of the order there; where that is nothing, what the producer knows. No order, no line ids."""
        if job.link.order_id is not None:
            return job.link
        order = job.order or job.event.data.order
        refs = (order.refs.get(self.config.name) if order else None) or ProviderRefs()
        return msgspec.structs.replace(
            job.link,
            order_id=refs.order_id,
            contact_id=job.link.contact_id or refs.contact_id,
            line_ids=refs.line_ids if refs.order_id else {},
        )


def _saving(finder: Finder) -> Operation:
    saving = Saving(finder)
    usual = CREATE_CALLS if finder.link.order_id is None else EDIT_CALLS
    if finder.link.order_id is None and wants_a_move(finder.order):
        usual += MOVE_CALLS
    return Operation(SAVE, saving.converse, calls=usual, on_unknown="look_up", look_up=saving.look_up)


def _acting(name: str, action: Ending | Noting) -> Operation:
    return Operation(name, action.converse, calls=ACTION_CALLS, on_unknown="look_up", look_up=action.look_up)
