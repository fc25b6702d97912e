"""What is done to an order beside a save: it is cancelled, deleted or refunded, or a note is written into it.

The shop's actions ``delete`` and ``refund`` end it, each taken once and only where the shop offers it. A cancelled and
a deleted order both end as deleted: Shop-Script has no call that erases an order, ``delete`` is its word for
cancelling, and ``shop.order.delete`` is the same action without the workflow's say, logged anew each time.
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
from typing import Any, ClassVar

import msgspec

from schemas.delivery import Link
from schemas.event import Cancellation, Deletion, Refund
from schemas.order import ZERO, Note
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder
from worker.providers.base import Absent, Conversation, Lookup, Settled
from worker.providers.shopscript.actions_workflow import (
    DELETE,
    ENDED,
    REFUND,
    ActionResult,
    Move,
    Moved,
    offered,
    taken,
    with_reason,
)
from worker.providers.shopscript.api import judge_save
from worker.providers.shopscript.journal import APPLIED, CANCELLED, NOTED, note_id, notes_in, notes_with, remembering
from worker.providers.shopscript.limits import NOTE_TOO_LONG
from worker.providers.shopscript.lines import money
from worker.providers.shopscript.lookup import Finder, accepted, no_order, unanswered, unverified
from worker.providers.shopscript.mapping_texts import below, comment_fits, note_text


class Ending:
    """One order's end at one shop.

    ``moves`` are the actions that lead there, in turn: each that is offered is taken, until the order is in a state of
    ``ends``. ``restock`` is what the event asks for, ``reason`` goes into the order's history. ``cancels`` says that
    the order is cancelled by it, which a later event may take back.
    """

    ends: ClassVar[frozenset[str]] = frozenset(ENDED)
    cancels: ClassVar[bool] = True
    more_to_set: ClassVar[str] = ""
    """What else the account may set where the shop offers none of the actions."""

    def __init__(self, finder: Finder, moves: Sequence[Move], *, restock: bool = True, reason: str | None) -> None:
        self.finder = finder
        self.moves = moves
        self.restock = restock
        self.reason = reason

    def converse(self) -> Conversation:
        sight = yield from self.finder.find()
        if sight is None:
            return self._gone()
        if isinstance(sight, Outcome):
            return sight
        held, link = sight.held, self._noted(sight.link)
        if held.state_id in self.ends:  # by whoever it was: unless by us, a later event does not open it again
            return accepted(sight.link, [f"The order is {held.state_id} in the shop already."], Reason.EXISTS)
        end = yield from self._ended(held)
        if isinstance(end, Outcome):
            return msgspec.structs.replace(end, link=sight.link)
        if not end.is_taken and end.state not in self.ends:
            return self._not_offered(end.state, sight.link)
        named, ends = self._named(), " or ".join(sorted(self.ends))
        led = f"The shop's {named} led the order to {end.state}, not to {ends}."
        return accepted(link, ["" if end.state in self.ends else led, "" if self.restock else _RESTOCKED])

    def look_up(self) -> Lookup:
        """Whether the order is in a state that ends it, whoever took it there."""
        sight = yield from self.finder.find()
        if isinstance(sight, Outcome):
            return unanswered(sight)
        if sight is None or sight.held.state_id not in self.ends:
            return Absent()
        return Settled(f"The order is {sight.held.state_id} in the shop.", self._noted(sight.link))

    def _named(self) -> str:
        return ", ".join(f"`{move.action}`" for move in self.moves)

    def _ended(self, held: HeldOrder) -> Moved:
        """Where the actions led the order to."""
        end = ActionResult(held.state_id)
        for move in self.moves:
            open_actions = yield from offered(held.id, self.finder.calls)
            if isinstance(open_actions, Outcome):
                return open_actions
            if move.action not in open_actions:
                continue
            step = yield from taken(held, with_reason(move, self.reason), self.finder)
            if isinstance(step, Outcome):
                return step
            end = ActionResult(step.state, end.is_taken or step.is_taken)
            if end.state in self.ends:
                break
        return end

    def _gone(self) -> Outcome:
        """An order that we knew and that is not there is cancelled enough; of another one nothing is known."""
        order_id = self.finder.link.order_id
        if order_id is None or not self.cancels:
            return no_order(self.finder.job.event.subject)
        return accepted(self.finder.link, [f"Order {order_id} is not in the shop any more."], Reason.EXISTS)

    def _noted(self, link: Link) -> Link:
        """That we cancelled it: a later event that says the order goes on may open it again."""
        return remembering(link, CANCELLED) if self.cancels else link

    def _not_offered(self, state: str, link: Link) -> Outcome:
        message = (
            f"The order is {state or 'in no state'} in the shop, which offers no action {self._named()} on it, or not "
            "to the token's user: allow it there and replay this, or end the order there by hand and discard this."
        )
        message += self.more_to_set.format(account=self.finder.account)
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message, link=link)


class Cancelling(Ending):
    """Of a cancelled order: the shop's ``delete``, unless the account names other actions."""

    more_to_set = (
        ' Where the shop is to write such an order off by itself: cancelled = ["refund", "delete"] in '
        "[providers.{account}.workflow]."
    )

    def __init__(self, finder: Finder, cancellation: Cancellation) -> None:
        known = {move.action: move for move in (DELETE, REFUND)}
        moves = [known.get(action, Move(action, "")) for action in finder.options.cancelled]
        super().__init__(finder, moves, restock=cancellation.restock, reason=cancellation.reason)


class Deleting(Ending):
    """Of an order that its source has deleted."""

    def __init__(self, finder: Finder, deletion: Deletion) -> None:
        super().__init__(finder, [DELETE], reason=deletion.reason)


class Refunding(Ending):
    """Of an order whose buyer gets all the money back."""

    ends = frozenset({REFUND.state})
    cancels = False

    def __init__(self, finder: Finder, refund: Refund) -> None:
        super().__init__(finder, [REFUND], restock=refund.restock, reason=refund.reason)


@dataclass(frozen=True, slots=True)
class Noting:
    """One note for one order, written below its comment: read, append, save; once only.

    The save carries no lines: an edit without them keeps them all. It carries the shipping that the shop holds: an
    edit that names none has none, and the total falls by it (shop 12.4.0 run on loopback, 2026-11). Not safe against a
    person who edits the same comment in the same second.
    """

    finder: Finder
    note: Note

    @property
    def name(self) -> str:
        return note_id(self.finder.job.idempotency_key)

    def converse(self) -> Conversation:
        sight = yield from self.finder.find()
        if sight is None:
            return no_order(self.finder.job.event.subject)
        if isinstance(sight, Outcome):
            return sight
        held, link = sight.held, sight.link
        if self.name in notes_in(held.params):
            return accepted(link, [_THERE], Reason.EXISTS)
        form = self._form(held)
        if not comment_fits(form["comment"]):
            return msgspec.structs.replace(NOTE_TOO_LONG, link=link)
        failure = judge_save((yield self.finder.calls.save_order(form)))
        if failure is not None:
            return msgspec.structs.replace(failure, link=link)
        return (yield from self._read_back(link))

    def look_up(self) -> Lookup:
        """Whether the note's id is among those that the order keeps."""
        sight = yield from self.finder.find()
        if isinstance(sight, Outcome):
            return unanswered(sight)
        if sight is None or self.name not in notes_in(sight.held.params):
            return Absent()
        return Settled(_THERE, sight.link)

    def _form(self, held: HeldOrder) -> dict[str, Any]:
        return {
            "id": held.id,
            "shipping": money(held.shipping or ZERO),
            "params": {APPLIED: notes_with(held.params, self.name)},
            "comment": below(held.comment, note_text(self.note)),
        }

    def _read_back(self, link: Link) -> Conversation:
        held = yield from self.finder.by_id(link.order_id or "")
        if not isinstance(held, HeldOrder):
            return unverified(held, link)
        noted = remembering(link, NOTED)
        if (held.comment or "").rstrip().endswith(note_text(self.note).rstrip()):
            return accepted(noted)
        message = (
            f"The shop said ok, but the comment of order {held.id} does not end with the note, which it may have cut: "
            f"write it there by hand and discard this."
        )
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.DIFFERS, message=message, link=noted)


_RESTOCKED = "The shop returned the goods to stock, by its own rules: restock = false cannot be told to it."
_THERE = "The note is in the order's comment already."
