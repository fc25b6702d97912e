"""The shop's workflow: which state a status asks for, which action leads there, and taking it.

An order is moved only by an action that the shop offers on it: shops redefine their states, actions and rights, so it
is asked each time. It is never moved back, never restored, never taken out of refunded: that is for people.
Source: ``shop.order.action`` and ``shop.order.actions`` of webasyst/shop-script ``05ada83``, run on loopback (2026-11);
``state_id`` in a save is read-only there and silently ignored.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind
from schemas.providers.shopscript import HeldOrder, ShopScriptOptions, read_actions, read_moved
from worker.providers.base import Reply, Request
from worker.providers.shopscript import calls
from worker.providers.shopscript.answers import is_not_there, read, read_any, unreadable
from worker.providers.shopscript.finding import Finder, unknown


@dataclass(frozen=True, slots=True)
class Move:
    """An action and the state it leads to; ``more`` are the form fields that the action reads itself."""

    action: str
    state: str
    more: Mapping[str, str | None] = field(default_factory=dict)


DELETE, REFUND = Move("delete", "deleted"), Move("refund", "refunded")

_BY_STATUS = {
    "processing": Move("process", "processing"),
    "paid": Move("pay", "paid"),
    "shipped": Move("ship", "shipped"),
    "completed": Move("complete", "completed"),
}
_ONWARDS = ("new", "processing", "auth", "paid", "fulfilling", "shipped", "completed")  # the default workflow's way
_ENDED = {"deleted": "cancelled", "refunded": "refunded"}  # where an order has left that way, and our word for it


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order is after a move, and whether the shop took the action for it."""

    state: str
    is_taken: bool = False


Remark = Generator[Request, Reply, str | Outcome]
Moved = Generator[Request, Reply, Place | Outcome]


def with_reason(move: Move, reason: str | None) -> Move:
    """The same action with a line for the order's history, where the shop's action reads one."""
    return replace(move, more={**move.more, "text": reason})


def wants_a_move(order: Order) -> bool:
    """Whether its status asks for another state than a new order's."""
    return order.status in _BY_STATUS


def advance(held: HeldOrder, order: Order, finder: Finder) -> Remark:
    """Moves a saved order to where its status asks for: a remark where it is not there in the end, else empty."""
    state = held.state_id
    if state in _ENDED:
        kept = f"The order is {state} in the shop: the edit was saved there, and its state was left."
        return "" if order.status == _ENDED[state] else kept
    wanted = _BY_STATUS.get(order.status or "")
    if wanted is None or state == wanted.state:
        return ""
    if _is_past(state, wanted.state):
        return f"The order is {state} in the shop, which is past {wanted.state}: its state was left."
    move = Move(wanted.action, wanted.state, _tracking(order)) if wanted.action == "ship" else wanted
    place = yield from moved(held, move, finder)
    if isinstance(place, Place):
        there = f"The order is {place.state} in the shop, not {move.state}"
        return "" if place.state == move.state else f"{there}: no action that it offers the token's user leads there."
    if place.kind is OutcomeKind.REJECTED:
        return f"The order is {state} in the shop, not {move.state}: it refused `{move.action}` ({place.http_status})."
    return place


def moved(held: HeldOrder, move: Move, finder: Finder) -> Moved:
    """Where the order is after the action: where it was, if the shop does not offer the action."""
    offered = yield from _offered(str(held.id), finder.options)
    if isinstance(offered, Outcome):
        return offered
    if move.action not in offered:
        return Place(held.state_id)
    reply = yield calls.act(held.id, move.action, move.more, finder.options)
    if is_not_there(reply):
        # It was offered a moment ago: somebody moved the order meanwhile, so where it is now has to be read.
        seen = yield from finder.by_id(str(held.id))
        return Place(seen.state_id) if isinstance(seen, HeldOrder) else seen or unknown(finder.job.event.subject)
    answer = read(reply, mutating=True)
    if isinstance(answer, Outcome):
        return answer
    try:
        return Place(read_moved(answer), is_taken=True)
    except msgspec.ValidationError:
        return unreadable(reply, mutating=True)


def _offered(order_id: str, options: ShopScriptOptions) -> Generator[Request, Reply, frozenset[str] | Outcome]:
    reply = yield calls.actions(order_id, options)
    answer = read_any(reply, mutating=False)
    if isinstance(answer, Outcome):
        return answer
    try:
        return read_actions(answer)
    except msgspec.ValidationError:
        return unreadable(reply, mutating=False)


def _is_past(state: str, wanted: str) -> bool:
    return state in _ONWARDS and _ONWARDS.index(state) > _ONWARDS.index(wanted)


def _tracking(order: Order) -> dict[str, str | None]:
    """The buyer is told of it by the shop. Source: shopWorkflowShipAction reads ``tracking_number``, ``ffaa7a1``."""
    return {"tracking_number": ", ".join(dict.fromkeys(s.tracking_number for s in order.shipments)) or None}
