"""Shop-Script's order search, played: ``search/params.name=value``, by an index that may lag.

Source: shopOrderSearchMethod and shopOrdersCollection, webasyst/shop-script ``05ada83`` (2026-11).
"""

from __future__ import annotations

from typing import Any

from worker.sandbox.shopscript.orders import Broken, Order, Orders

LIMIT, LIMIT_HIGHEST = 100, 1000
PARAM = "params."


class Refusal(Exception):
    """A search that is refused: with HTTP 200, for the real one forgets to name a status."""


class Search:
    """Finds orders. A parameter gets its index when it is first searched by, so that no search reads every order."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.hidden_s = 0.0
        self._indexes: dict[str, dict[str, list[str]]] = {}
        self._found_at: dict[str, float] = {}

    def note(self, order: Order) -> None:
        """Take up an order that was just saved."""
        self._found_at.setdefault(order["id"], order["created_at"] + self.hidden_s)
        for name, index in self._indexes.items():
            _enter(index, name, order)

    def answer(self, asked: dict[str, Any], at: float) -> dict[str, Any]:
        """One page, newest first. Raises ``Refusal`` and ``Broken``."""
        offset, limit = _whole(asked.get("offset"), 0), _whole(asked.get("limit"), LIMIT)
        if offset < 0 or limit < 0:
            raise Refusal("Param offset or limit must be greater than or equal to zero")
        if limit > LIMIT_HIGHEST:
            raise Refusal("Param limit must be less or equal 1000")
        hits = [order for order in self._matching(str(asked.get("hash") or "")) if self._found_at[order["id"]] <= at]
        hits.sort(key=lambda order: (order["create_datetime"], int(order["id"])), reverse=True)
        page = hits[offset : offset + limit]
        return {"offset": offset, "limit": limit, "count": len(hits), "orders": page}

    def _matching(self, asked: str) -> list[Order]:
        kind, _, rest = asked.strip("#/").partition("/")
        by_id = self.orders.by_id
        if kind in {"", "all"}:
            return list(by_id.values())
        if kind == "id":
            return [by_id[order_id] for order_id in rest.split(",") if order_id in by_id]
        if kind != "search":
            raise Broken(f"Unknown collection hash type: {kind}")
        conditions = [part.replace("==", "=").partition("=") for part in rest.split("&") if part.strip()]
        sets = [self._equal(name, value) for name, _, value in conditions]
        return [order for order in (sets[0] if sets else by_id.values()) if all(order in more for more in sets[1:])]

    def _equal(self, name: str, value: str) -> list[Order]:
        if not name.startswith(PARAM):
            return [order for order in self.orders.by_id.values() if order.get(name) == value]
        param = name.removeprefix(PARAM)
        if param not in self._indexes:
            self._indexes[param] = {}
            for order in self.orders.by_id.values():
                _enter(self._indexes[param], param, order)
        ids = self._indexes[param].get(value, [])
        return [order for order in map(self.orders.by_id.__getitem__, ids) if order["params"].get(param) == value]


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
