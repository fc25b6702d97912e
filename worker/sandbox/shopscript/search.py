"""Shop-Script's order search, played: conditions on orders, lines and parameters, by an index that may lag.

Source: shopOrderSearchMethod and shopOrdersCollection, webasyst/shop-script ``05ada83`` (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from worker.sandbox.shopscript.conditions import SearchCondition, conditions, sort_key
from worker.sandbox.shopscript.orders import Broken, Order, ShopScriptOrders

LIMIT, LIMIT_HIGHEST = 100, 1000


class SearchRefusal(Exception):
    """A search that is refused: with HTTP 200, for the real one forgets to name a status."""


class OrderSearch:
    """Finds orders. A parameter gets its index when it is first searched by, so that no search reads every order."""

    def __init__(self, orders: ShopScriptOrders) -> None:
        self.orders = orders
        self.hidden_s = 0.0
        self._indexes: dict[str, dict[str, list[str]]] = {}
        self._found_at: dict[str, float] = {}

    def note(self, order: Order) -> None:
        """Take up an order that was just saved."""
        self._found_at.setdefault(order["id"], order["created_at"] + self.hidden_s)
        for name, index in self._indexes.items():
            _enter(index, name, order)

    def answer(self, asked: Mapping[str, Any], at: float, courier_id: str | None = None) -> dict[str, Any]:
        """One page, newest first unless ``sort`` says otherwise; a courier's own orders alone. Raises
        ``OrderSearchRefusal`` and ``Broken``."""
        offset, limit = _whole(asked.get("offset"), 0), _whole(asked.get("limit"), LIMIT)
        if offset < 0 or limit < 0:
            name = "offset" if offset < 0 else "limit"
            raise SearchRefusal(f"Param {name} must be greater than or equal to zero")
        if limit > LIMIT_HIGHEST:
            raise SearchRefusal("Param limit must be less or equal 1000")
        hits = [order for order in self._matching(str(asked.get("hash") or "")) if self._found_at[order["id"]] <= at]
        if courier_id is not None:
            hits = [order for order in hits if order["params"].get("courier_id") == courier_id]
        field, _, way = str(asked.get("sort") or "create_datetime DESC").partition(" ")
        hits.sort(key=sort_key(field), reverse=way == "DESC")
        return {"offset": offset, "limit": limit, "count": len(hits), "orders": hits[offset : offset + limit]}

    def _matching(self, asked: str) -> Iterable[Order]:
        kind, _, rest = asked.removeprefix("#").lstrip("/").partition("/")
        by_id = self.orders.by_id
        if kind in {"", "all"}:
            return by_id.values()
        if kind == "id":
            return [by_id[order_id] for order_id in dict.fromkeys(rest.split(",")) if order_id in by_id]
        if kind != "search":
            raise Broken(f"Unknown collection hash type: {kind}")
        asked_for = conditions(rest)
        return [order for order in self._candidates(asked_for) if all(one.holds(order) for one in asked_for)]

    def _candidates(self, asked_for: list[SearchCondition]) -> Iterable[Order]:
        """Orders that may match: those of one index where a parameter is asked for by its value, else all."""
        exact = next((one for one in asked_for if one.param and one.is_exact), None)
        if exact is None:
            return self.orders.by_id.values()
        if exact.param not in self._indexes:
            self._indexes[exact.param] = {}
            for order in self.orders.by_id.values():
                _enter(self._indexes[exact.param], exact.param, order)
        ids = self._indexes[exact.param].get(exact.value, [])
        return map(self.orders.by_id.__getitem__, ids)


def _enter(index: dict[str, list[str]], name: str, order: Order) -> None:
    value = order["params"].get(name)
    ids = index.setdefault(value, []) if isinstance(value, str) else []
    if order["id"] not in ids:
        ids.append(order["id"])


def _whole(text: object, otherwise: int) -> int:
    try:
        return int(str(text)) if text is not None else otherwise
    except ValueError:
        return 0
