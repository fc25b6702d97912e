"""What ends an order: the shop's actions ``delete`` and ``refund``, each taken once and only where the shop offers it.

A cancelled and a deleted order both end as deleted: Shop-Script has no call that erases an order, ``delete`` is its
word for cancelling, and ``shop.order.delete`` is the same action without the workflow's say, logged anew each time.
``refund`` writes the order off in the shop's books and returns its goods to stock. It asks no payment gateway for the
money, as only the shop's own form does (field ``refund``). That form's refund in part (``refund_mode``) is on no page
and leaves the state as it is, so that in doubt it could not be told. Both return the goods whatever ``restock`` says.
Source: shopWorkflowDeleteAction and shopWorkflowRefundAction of webasyst/shop-script, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.providers.base import Absent, Conversation, Search, Settled
from worker.providers.shopscript.finding import Finder, accepted, unanswered, unknown
from worker.providers.shopscript.workflow import Move, moved


@dataclass(frozen=True, slots=True)
class Ending:
    """One order's end at one shop. ``restock`` is what the event asks for."""

    finder: Finder
    move: Move
    restock: bool = True

    def converse(self) -> Conversation:
        sight = yield from self.finder.find()
        if sight is None:
            return unknown(self.finder.job.event.subject)
        if isinstance(sight, Outcome):
            return sight
        held, link, wanted = sight.held, sight.link, self.move.state
        if held.state_id == wanted:
            return accepted(link, [f"The order is {wanted} in the shop already."], Reason.EXISTS)
        place = yield from moved(held, self.move, self.finder)
        if isinstance(place, Outcome):
            return msgspec.structs.replace(place, link=link)
        if not place.is_taken and place.state != wanted:
            return self._not_offered(place.state, link)
        led = f"The shop's `{self.move.action}` led the order to {place.state}, not to {wanted}."
        return accepted(link, ["" if place.state == wanted else led, "" if self.restock else _RESTOCKED])

    def look_up(self) -> Search:
        """Whether the order is in the state that the action leads to, whoever took it there."""
        sight = yield from self.finder.find()
        if isinstance(sight, Outcome):
            return unanswered(sight)
        if sight is None or sight.held.state_id != self.move.state:
            return Absent()
        return Settled(f"The order is {self.move.state} in the shop.", sight.link)

    def _not_offered(self, state: str, link: Link) -> Outcome:
        message = (
            f"The order is {state or 'in no state'} in the shop, which offers no action `{self.move.action}` on it, or "
            f"not to the token's user: allow it there and replay this, or end the order there by hand and discard this."
        )
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message, link=link)


_RESTOCKED = "The shop returned the goods to stock, by its own rules: restock = false cannot be told to it."
