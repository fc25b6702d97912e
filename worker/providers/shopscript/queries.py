"""What people may ask of a shop: one order, its orders a page at a time, the actions that are open for one."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import rows
from worker.providers.base import Question, Read, Reading, Reply, Request
from worker.providers.shopscript.api import Calls, is_not_there, judge_any

FILTERS = {
    "hash": "which orders, in the shop's words: all, id/12,13, search/state_id=new||paid&total>=100, "
    "search/params.NAME=VALUE, search/items.product_id=10; a field that it does not know is no condition",
    "limit": "orders a page, 100 unless told, 1000 at most",
    "sort": "a field of the order and ASC or DESC: create_datetime DESC unless told",
    "fields": "what to show beside the order, its items and params: contact or contact_full",
}


def queries_of(calls: Calls) -> dict[str, Question]:
    """By name. The source of the filters is shopOrderSearchMethod and shopOrdersCollection, read 2026-11-22."""

    def order(order_id: str, _filters: Mapping[str, str], _more: str | None) -> Reading:
        return _asked(calls.get_order(order_id))

    def orders(_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        return _page(filters, int(more or 0), calls)

    def actions(order_id: str, _filters: Mapping[str, str], _more: str | None) -> Reading:
        return _asked(calls.get_actions(order_id))

    return {
        "order": Question(order, "an order by the shop's id, as shop.order.getInfo shows it"),
        "orders": Question(orders, "the shop's orders, as shop.order.search shows them", False, FILTERS),
        "actions": Question(actions, "what its state and the token's user's rights allow to do with an order"),
    }


def _page(filters: Mapping[str, str], offset: int, calls: Calls) -> Reading:
    tree = yield from _answer(calls.list_orders({**filters, "offset": str(offset)}))
    if isinstance(tree, Outcome):
        return tree
    if not isinstance(tree, dict) or "count" not in tree:
        return _unreadable("The answer of Shop-Script is no page of orders: check base_url.")
    found, count = rows(tree.get("orders"), "order"), str(tree["count"] or 0)
    end = offset + len(found)
    return Read(found, more=str(end) if found and count.isdecimal() and end < int(count) else None)


def _asked(request: Request) -> Reading:
    tree = yield from _answer(request)
    return tree if isinstance(tree, Outcome) else Read(tree)


def _answer(request: Request) -> Generator[Request, Reply, Any]:
    """The decoded answer, or why there is none."""
    reply = yield request
    if is_not_there(reply):
        message = "The shop has no order of this id."
        return Outcome(
            kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message=message, http_status=reply.status
        )
    if reply.cut:
        return _unreadable("The answer is longer than we read: ask for fewer orders a page with limit.")
    return judge_any(reply, mutating=False)


def _unreadable(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, message=message)
