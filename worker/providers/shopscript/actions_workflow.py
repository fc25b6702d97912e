"""The shop's workflow: which state a status asks for, which action leads there, and taking it.

An order is moved only by an action that the shop offers on it: shops redefine their states, actions and rights, so it
is asked each time. It is never moved back and never taken out of refunded: that is for people. It is restored where it
was cancelled by an event of ours, and a later one says that it goes on.
Source: ``shop.order.action`` and ``shop.order.actions`` of webasyst/shop-script ``05ada83``, run on loopback (2026-11);
``state_id`` in a save is read-only there and silently ignored.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind
from schemas.providers.shopscript import HeldOrder, read_actions, read_moved
from worker.providers.answers import read_as
from worker.providers.base import Reply, Request
from worker.providers.shopscript.api import Calls, is_not_there, judge_any, read_shape, says_nothing, unreadable
from worker.providers.shopscript.journal import CANCELLED
from worker.providers.shopscript.lookup import Finder, no_order
from worker.providers.shopscript.mapping_params import tracking_of
from worker.providers.shopscript.mapping_texts import Fitting


@dataclass(frozen=True, slots=True)
class Move:
    """An action and the state it leads to; ``more`` are the form fields that the action reads itself."""

    action: str
    state: str
    more: Mapping[str, str | None] = field(default_factory=dict)


DELETE, REFUND = Move("delete", "deleted"), Move("refund", "refunded")
RESTORE, NUMBERED = "restore", "editshippingdetails"

_BY_STATUS = {
    "processing": Move("process", "processing"),
    "paid": Move("pay", "paid"),
    "shipped": Move("ship", "shipped"),
    "completed": Move("complete", "completed"),
}
_ONWARDS = ("new", "processing", "auth", "paid", "fulfilling", "shipped", "completed")  # the default workflow's way
ENDED = {"deleted": "cancelled", "refunded": "refunded"}
"""Where an order has left that way, and our word for it."""


@dataclass(frozen=True, slots=True)
class ActionResult:
    """Where an order is after a move, and whether the shop took the action for it."""

    state: str
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How a saved order came on: what is worth a remark, and whether it was restored."""

    remarks: tuple[str, ...] = ()
    is_reopened: bool = False


Advanced = Generator[Request, Reply, Progress | Outcome]
_Remark = Generator[Request, Reply, str | Outcome]
Moved = Generator[Request, Reply, ActionResult | Outcome]
Offered = Generator[Request, Reply, frozenset[str] | Outcome]


def with_reason(move: Move, reason: str | None) -> Move:
    """The same action with a line for the order's history, where the shop's action reads one."""
    return replace(move, more={**move.more, "text": reason})


def wants_a_move(order: Order) -> bool:
    """Whether its status asks for another state than a new order's."""
    return order.status in _BY_STATUS


def advance(held: HeldOrder, order: Order, finder: Finder) -> Advanced:
    """Moves a saved order to where its status asks for, and tells of a tracking number that came late."""
    state = held.state_id
    if state in ENDED and not (_goes_on(order) and state == DELETE.state and CANCELLED in finder.link.notes):
        kept = f"The order is {state} in the shop: the edit was saved there, and its state was left."
        return Progress(() if order.status == ENDED[state] else (kept,))
    if state in ENDED:
        return (yield from _reopen(held, order, finder))
    remark = yield from _move_on(held, order, finder)
    if isinstance(remark, Outcome):
        return remark
    late = yield from _tell_of_tracking(held, order, finder)
    return late if isinstance(late, Outcome) else Progress(tuple(filter(None, (remark, late))))


def moved(held: HeldOrder, move: Move, finder: Finder) -> Moved:
    """Where the order is after the action: where it was, if the shop does not offer the action."""
    open_actions = yield from offered(held.id, finder.calls)
    if isinstance(open_actions, Outcome):
        return open_actions
    return (yield from taken(held, move, finder)) if move.action in open_actions else ActionResult(held.state_id)


def taken(held: HeldOrder, move: Move, finder: Finder) -> Moved:
    """Where the order is after an action that was offered a moment ago. Not every action's answer tells: it is read."""
    reply = yield finder.calls.take_action(held.id, move.action, move.more)
    if is_not_there(reply):
        # It was offered a moment ago: somebody moved the order meanwhile, so where it is now has to be read.
        seen = yield from _read_state(held, finder)
        return replace(seen, is_taken=False) if isinstance(seen, ActionResult) else seen
    if says_nothing(reply):
        result = yield from _read_state(held, finder)
        return result if isinstance(result, Outcome) or result.is_taken else unreadable(reply, mutating=True)
    state = read_shape(read_moved, reply, mutating=True)
    return state if isinstance(state, Outcome) else ActionResult(state, is_taken=True)


def offered(order_id: int, calls: Calls) -> Offered:
    """The actions that the order's state and the rights of the token's user allow."""
    reply = yield calls.get_actions(str(order_id))
    return read_as(read_actions, judge_any(reply, mutating=False), lambda: unreadable(reply, mutating=False))


def _goes_on(order: Order) -> bool:
    return order.status is not None and order.status not in ENDED.values()


def _reopen(held: HeldOrder, order: Order, finder: Finder) -> Advanced:
    """The order restored to where it was before it was cancelled, and moved on from there."""
    result = yield from moved(held, Move(RESTORE, ""), finder)
    if isinstance(result, Outcome):
        return result
    if not result.is_taken or result.state in ENDED:
        left = f"The order is {result.state} in the shop, which offers the token's user no action `{RESTORE}`"
        return Progress((f"{left}: the edit was saved there, and its state was left.",))
    again = msgspec.structs.replace(held, state_id=result.state)
    remark = yield from _move_on(again, order, finder)
    if isinstance(remark, Outcome):
        return remark
    opened = f"The order was cancelled in the shop and is open again: `{RESTORE}` led it to {result.state}."
    return Progress(tuple(filter(None, (opened, remark))), is_reopened=True)


def _move_on(held: HeldOrder, order: Order, finder: Finder) -> _Remark:
    """A remark where the order is not where its status asks for in the end, else empty."""
    state, wanted = held.state_id, _BY_STATUS.get(order.status or "")
    if wanted is None or state == wanted.state:
        return ""
    if _is_past(state, wanted.state):
        return f"The order is {state} in the shop, which is past {wanted.state}: its state was left."
    number = {"tracking_number": tracking_of(order, Fitting()) or None}
    move = Move(wanted.action, wanted.state, number) if wanted.action == "ship" else wanted
    result = yield from moved(held, move, finder)
    if isinstance(result, ActionResult):
        there = f"The order is {result.state} in the shop, not {move.state}"
        return "" if result.state == move.state else f"{there}: no action that it offers the token's user leads there."
    if result.kind is OutcomeKind.REJECTED:
        return f"The order is {state} in the shop, not {move.state}: it refused `{move.action}` ({result.http_status})."
    return result


def _tell_of_tracking(held: HeldOrder, order: Order, finder: Finder) -> _Remark:
    """The number that the buyer and the staff see is the one that an action wrote; a later one needs an action too.

    That action deletes the date and time of delivery unless they are sent again: so they are.
    Source: shopWorkflowShipAction ``ffaa7a1`` and shopWorkflowEditshippingdetailsAction of webasyst/shop-script.
    """
    number = tracking_of(order, Fitting())
    shown = str(held.params.get("tracking_number") or "")
    if not number or number == shown or held.state_id not in {"shipped", "completed"}:
        return ""
    unseen = (
        f"The shop shows {'no' if not shown else 'another'} tracking number: the new one is in its parameters alone"
    )
    if not finder.options.late_tracking:
        return f"{unseen}, as late_tracking is off."
    move = Move(NUMBERED, held.state_id, {"tracking_number": number, **_delivery_time(held)})
    result = yield from moved(held, move, finder)
    if isinstance(result, Outcome):
        return result
    return "" if result.is_taken else f"{unseen}, as it offers the token's user no action `{NUMBERED}`."


def _delivery_time(held: HeldOrder) -> dict[str, str | None]:
    """The date and hours of delivery that people set: ``2026-12-01 10:00:00`` is kept as day, hour and minute."""
    begins, ends = (str(held.params.get(f"shipping_{name}_datetime") or "") for name in ("start", "end"))
    if not begins or not ends:
        return {}
    times = {"shipping_time_from": begins[11:16], "shipping_time_to": ends[11:16]}
    return {"shipping_date": begins[:10], **times}


def _read_state(held: HeldOrder, finder: Finder) -> Moved:
    """Where the order is; an action was taken where that is another state than before."""
    seen = yield from finder.by_id(str(held.id))
    if isinstance(seen, HeldOrder):
        return ActionResult(seen.state_id, is_taken=seen.state_id != held.state_id)
    return seen or no_order(finder.job.event.subject)


def _is_past(state: str, wanted: str) -> bool:
    return state in _ONWARDS and _ONWARDS.index(state) > _ONWARDS.index(wanted)
