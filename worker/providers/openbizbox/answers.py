"""What an answer of OpenBizBox comes to.

Sources: an ``errors`` key in a 2xx is a failure (goldenplanetdk/gpp-app-installer, ``StoreApi.php``); a 400 is a
refusal whose body is a JSON string, or empty (page "Capturing an order"). No page says what a taken ``id`` is answered,
nor which success a create or an update has: any 2xx is taken, and a create must name the order. Nor does one say what a
404 of the shop looks like: all that it is seen to answer is JSON, and what stands before it answers with pages of HTML.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder, read_id, read_json, read_order
from schemas.shortened import shortened
from worker.providers.answers import judge_status
from worker.providers.base import Reply, Request

TEXT_CHARS = 300


def judge(request: Request, reply: Reply) -> Outcome | None:
    """Why this answer is no success, or ``None`` where it is one."""
    if _is_success(reply):
        errors = _errors(reply)
        return None if errors is None else refused(request, reply, _as_text(errors))
    by_status = judge_status(reply, mutating=request.mutating)
    if by_status is not None:
        return by_status
    if reply.status == HTTPStatus.NOT_FOUND and request.path.startswith("/api/v2/orders/"):
        return _no_order(request, reply)
    return refused(request, reply, _body_text(reply))


def is_not_there(outcome: object) -> bool:
    """Whether a call came to the shop's own word that it has no such order."""
    return isinstance(outcome, Outcome) and outcome.reason is Reason.UNKNOWN_ORDER


def refused(request: Request, reply: Reply, text: str) -> Outcome:
    because = f": {text}" if text else ", without a word why"
    message = f"OpenBizBox refused {request.step} (HTTP {reply.status}){because}."
    return outcome_of(reply, OutcomeKind.REJECTED, Reason.REJECTED, message)


def created_id(reply: Reply) -> str | None:
    """The id that a create's answer names: in its body, else at the end of its ``Location``."""
    tree = read_tree(reply)
    named = read_id(tree.get("id")) if isinstance(tree, dict) else None
    last = reply.headers.get("location", "").partition("?")[0].rstrip("/").rpartition("/")[2]
    return named or read_id(last.removesuffix(".json"))


def held_order(reply: Reply) -> HeldOrder | None:
    """The order that an answer shows, ``None`` where it shows none."""
    return read_order(read_tree(reply))


def unreadable(request: Request, reply: Reply) -> Outcome:
    message = f"OpenBizBox's answer to {request.step} is not what it documents."
    return outcome_of(reply, OutcomeKind.UNREADABLE, Reason.UNREADABLE, message)


def unnamed(request: Request, reply: Reply) -> Outcome:
    """A success of a create that names no order: it may have been done."""
    message = f"OpenBizBox answered {request.step} with success and no order id: the order is looked for."
    return outcome_of(reply, OutcomeKind.UNKNOWN, Reason.UNREADABLE, message)


def conflict(held: HeldOrder) -> Outcome:
    """The order that was read carries the mark of another one."""
    message = f"Order {held.id} of the shop is another one: correct the number, the refs or order_id_offset."
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.SOURCE_CONFLICT, message=message)


def taken(held: HeldOrder) -> Outcome:
    """The id of our choice is another order's, and nothing would know ours again under another id."""
    message = (
        f"Id {held.id} is taken by another order of the shop, and without a mark ours could not be known under another "
        'id: set mark = "comment", or another order_id_offset.'
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.SOURCE_CONFLICT, message=message)


def outcome_of(reply: Reply, kind: OutcomeKind, reason: Reason, message: str) -> Outcome:
    return Outcome(kind=kind, reason=reason, message=message, http_status=reply.status, excerpt=reply.excerpt)


def read_tree(reply: Reply) -> Any:
    """The JSON of an answer that is whole, else ``None``."""
    if reply.cut:
        return None
    try:
        return read_json(reply.body)
    except ValueError:
        return None


def _no_order(request: Request, reply: Reply) -> Outcome:
    """A 404 for one order: the shop's own word, or of something in front of it, which knows nothing of orders."""
    if not _is_the_shops(reply):
        kind = OutcomeKind.UNKNOWN if request.mutating else OutcomeKind.UNREADABLE
        message = f"{request.step} got a 404 that is not OpenBizBox's own: see that base_url leads to the shop."
        return outcome_of(reply, kind, Reason.UNREADABLE, message)
    order_id = request.path.removeprefix("/api/v2/orders/").split("/")[0].removesuffix(".json")
    message = (
        f"OpenBizBox has no order {order_id} (HTTP 404 at {request.step}): discard this, or say that it is not "
        "there (ordercast link, --none) and replay the order's last snapshot to have it made anew."
    )
    return outcome_of(reply, OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER, message)


def _is_the_shops(reply: Reply) -> bool:
    """Whether an error is JSON; one with nothing in it, as its refusals can be, goes by the type that it names."""
    if not reply.body.strip():
        return "json" in reply.headers.get("content-type", "").casefold()
    return read_tree(reply) is not None


def _is_success(reply: Reply) -> bool:
    return HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES


def _errors(reply: Reply) -> Any:
    tree = read_tree(reply)
    return tree.get("errors") if isinstance(tree, dict) else None


def _body_text(reply: Reply) -> str:
    """What a refusal says: a bare string, an object with one of the usual keys, or whatever JSON it is."""
    tree = read_tree(reply)
    if isinstance(tree, dict):
        said = (tree.get(name) for name in ("errors", "error_description", "error", "message"))
        tree = next((part for part in said if part), tree)
    return _as_text(tree)


def _as_text(tree: Any) -> str:
    text = tree if isinstance(tree, str) else json.dumps(tree, default=str, ensure_ascii=False) if tree else ""
    return shortened(" ".join(text.split()).rstrip("."), TEXT_CHARS)
