"""Shop-Script's answers, as the real shop wrote them: numbers and ids are texts."""

from __future__ import annotations

from typing import Any

from schemas.config import Secret
from schemas.order import Order
from schemas.providers.shopscript import ShopScriptOptions
from tests.fakes.snapshots import item, order
from tests.fakes.wire import open_account
from worker.providers.shopscript import ShopScript
from worker.providers.shopscript.params import search_key
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
        "id": str(line_id), "order_id": "18", "name": "", "product_id": str(70 + number), "sku_id": str(700 + number),
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
