"""What ends an order: the shop's actions ``delete`` and ``refund``, each taken once and only where the shop offers it.

A cancelled and a deleted order both end as deleted: Shop-Script has no call that erases an order, ``delete`` is its
word for cancelling, and ``shop.order.delete`` is the same action without the workflow's say, logged anew each time.
A paid order offers no ``delete`` in the default workflow: which actions end it then is the account's setting, since
``refund`` moves money. It writes the order off in the shop's books and returns its goods to stock. It asks no payment
gateway for the money, as only the shop's own form does (field ``refund``). That form's refund in part (``refund_mode``)
is on no page and leaves the state as it is, so that in doubt it could not be told. Both return the goods whatever
``restock`` says.
Source: shopWorkflowDeleteAction and shopWorkflowRefundAction of webasyst/shop-script, read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from schemas.delivery import Link
from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder
from worker.providers.base import Absent, Conversation, Lookup, Settled
from worker.providers.shopscript.actions_workflow import (
    CANCELLED,
    ENDED,
    Move,
    Moved,
    Place,
    offered,
    taken,
    with_reason,
)
from worker.providers.shopscript.lookup import Finder, accepted, unanswered, unknown


@dataclass(frozen=True, slots=True)
class Ending:
    """One order's end at one shop.

    ``moves`` are the actions that lead there, in turn: each that is offered is taken, until the order has ended.
    ``ends`` are the states in which it has. ``restock`` is what the event asks for.
    """

    finder: Finder
    moves: Sequence[Move]
    ends: frozenset[str]
    restock: bool = True
    reason: str | None = None

    @property
    def _named(self) -> str:
        return ", ".join(f"`{move.action}`" for move in self.moves)

    @property
    def cancels(self) -> bool:
        return len(self.ends) > 1

    def converse(self) -> Conversation:
        sight = yield from self.finder.find()
        if sight is None:
            return self._gone()
        if isinstance(sight, Outcome):
            return sight
        held, link = sight.held, self._noted(sight.link)
        if held.state_id in self.ends:  # by whoever it was: unless by us, a later event does not open it again
            return accepted(sight.link, [f"The order is {held.state_id} in the shop already."], Reason.EXISTS)
        place = yield from self._ended(held)
        if isinstance(place, Outcome):
            return msgspec.structs.replace(place, link=sight.link)
        if not place.is_taken and place.state not in self.ends:
            return self._not_offered(place.state, sight.link)
        named, ends = self._named, " or ".join(sorted(self.ends))
        led = f"The shop's {named} led the order to {place.state}, not to {ends}."
        return accepted(link, ["" if place.state in self.ends else led, "" if self.restock else _RESTOCKED])

    def look_up(self) -> Lookup:
        """Whether the order is in a state that ends it, whoever took it there."""
        sight = yield from self.finder.find()
        if isinstance(sight, Outcome):
            return unanswered(sight)
        if sight is None or sight.held.state_id not in self.ends:
            return Absent()
        return Settled(f"The order is {sight.held.state_id} in the shop.", self._noted(sight.link))

    def _ended(self, held: HeldOrder) -> Moved:
        """Where the actions led the order to."""
        place = Place(held.state_id)
        for move in self.moves:
            open_actions = yield from offered(str(held.id), self.finder.options)
            if isinstance(open_actions, Outcome):
                return open_actions
            if move.action not in open_actions:
                continue
            step = yield from taken(held, with_reason(move, self.reason), self.finder)
            if isinstance(step, Outcome):
                return step
            place = Place(step.state, place.is_taken or step.is_taken)
            if place.state in self.ends:
                break
        return place

    def _gone(self) -> Outcome:
        """An order that we knew and that is not there is cancelled enough; of another one nothing is known."""
        order_id = self.finder.link.order_id
        if order_id is None or not self.cancels:
            return unknown(self.finder.job.event.subject)
        return accepted(self.finder.link, [f"Order {order_id} is not in the shop any more."], Reason.EXISTS)

    def _noted(self, link: Link) -> Link:
        """That we cancelled it: a later event that says the order goes on may open it again."""
        return msgspec.structs.replace(link, notes={**link.notes, CANCELLED: "1"}) if self.cancels else link

    def _not_offered(self, state: str, link: Link) -> Outcome:
        message = (
            f"The order is {state or 'in no state'} in the shop, which offers no action {self._named} on it, or not to "
            "the token's user: allow it there and replay this, or end the order there by hand and discard this."
        )
        if self.finder.job.event.type is EventType.CANCELLED:
            message += (
                ' Where the shop is to write such an order off by itself: cancelled = ["refund", "delete"] in '
                f"[providers.{self.finder.account}.workflow]."
            )
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message, link=link)


CANCELLED_THERE = frozenset(ENDED)
_RESTOCKED = "The shop returned the goods to stock, by its own rules: restock = false cannot be told to it."
