"""Shop-Script's answers, as the real shop wrote them: numbers and ids are texts."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from schemas.config import Secret
from schemas.order import Order
from schemas.providers.shopscript import ShopScriptOptions
from tests.fakes.snapshots import item, order
from tests.fakes.wire import open_account, reply
from worker.providers.base import Reply, Request
from worker.providers.shopscript import ShopScript
from worker.providers.shopscript.mapping_params import search_key
from worker.sandbox.form import read_form
from worker.sandbox.shopscript import ACCESS_TOKEN

SAVED = {"status": "ok", "data": []}
NO_ORDER = {"error": "invalid_param", "error_description": "Заказ не найден"}


def account(**options: Any) -> ShopScript:
    provider = open_account(ShopScript, ShopScriptOptions(access_token=Secret(ACCESS_TOKEN), **options))
    assert isinstance(provider, ShopScript)
    return provider


def product(number: int = 1, **changes: Any):
    """An item that the shop knows: product 7n, variant 70n."""
    return item(number, **({"product_id": str(70 + number), "variant_id": str(700 + number)} | changes))


def shop_order(*items: Any, **changes: Any) -> Order:
    return order(items=list(items) or [product()], **changes)


def held_line(line_id: int, number: int = 1, **changes: Any) -> dict[str, Any]:
    line = {
        "id": str(line_id), "order_id": "18", "name": "Mug", "product_id": str(70 + number), "sku_id": str(700 + number),
        "type": "product", "service_id": None, "service_variant_id": None, "price": "10.0000", "quantity": "2.000",
        "parent_id": None, "total_discount": "0.0000",
    }  # fmt: skip
    return line | changes


def held_order(*lines: dict[str, Any], order_id: int = 18, **changes: Any) -> dict[str, Any]:
    """An answer of getInfo, its lines a map by id; one line of two pieces at 10.00 unless others are given."""
    held = lines or (held_line(31),)
    whole = {
        "id": str(order_id), "contact_id": "5", "state_id": "new", "total": "20.0000", "currency": "EUR",
        "tax": "0.0000", "shipping": "0.0000", "discount": "0.0000", "items": {line["id"]: line for line in held},
        "params": {
            "ordercast_order": search_key("shop/copenhagen", "1001"), "ordercast_source": "shop/copenhagen",
            "ordercast_number": "1001",
        },
    }  # fmt: skip
    return whole | changes


def hits(*orders: dict[str, Any]) -> dict[str, Any]:
    """An answer of search, where lines are a list."""
    rows = [held | {"items": list((held["items"] or {}).values())} for held in orders]
    return {"offset": 0, "limit": 100, "count": len(rows), "orders": rows}


def offered(*actions: str) -> list[dict[str, Any]]:
    """An answer of actions."""
    return [{"id": action, "type": "button", "is_custom": False, "data_required": False} for action in actions]


def moved_to(state: str) -> dict[str, Any]:
    """An answer of an action."""
    return {"order_id": 18, "action_id": "any", "before_state_id": "new", "after_state_id": state, "id": 7}


def converse(conversation: Generator[Request, Reply, Any], *replies: Reply) -> tuple[list[Request], Any]:
    """Drive a conversation with these replies, as ``wire.converse``, with a shop that keeps what it was sent: an answer
    of getInfo has the parameters, addresses and comment of the last save, where the reply says nothing else of them."""
    requests: list[Request] = []
    left, saved, answer = iter(replies), dict[str, Any](), None
    while True:
        try:
            requests.append(next(conversation) if answer is None else conversation.send(answer))
        except StopIteration as end:
            assert (unread := len(list(left))) == 0, f"ended with {unread} replies unread"
            return requests, end.value
        if requests[-1].step == "shop.order.save":
            saved = read_form(requests[-1].body, 100_000)
        answer = next(left, None)
        assert answer is not None, f"asked for a reply too many: {requests[-1].method} {requests[-1].path}"
        if requests[-1].step == "shop.order.getInfo" and saved and answer.status == 200:
            answer = _kept(answer, saved)


def _kept(answer: Reply, saved: dict[str, Any]) -> Reply:
    try:
        held = json.loads(answer.body)
    except ValueError:
        return answer
    if not isinstance(held, dict) or not isinstance(held.get("params"), dict):
        return answer
    params = dict(saved.get("params", {}))
    for kind in ("shipping_address", "billing_address"):
        params |= {f"{kind}.{name}": text for name, text in saved.get(kind, {}).items()}
    texts = {"comment": saved["comment"]} if "comment" in saved and "comment" not in held else {}
    return reply(answer.status, {**held, **texts, "params": params | held["params"]}, cut=answer.cut)
