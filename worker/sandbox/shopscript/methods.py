"""The methods of ``shop.order``, played: each is a function of what was sent, and an answer.

Source: ``api/v1/shop.order.*.method.php`` of webasyst/shop-script ``05ada83`` (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.sandbox.base import Call
from worker.sandbox.shopscript.door import NO_COURIERS, Fault, Visitor
from worker.sandbox.shopscript.orders import Order, Orders, priced
from worker.sandbox.shopscript.search import Search
from worker.sandbox.shopscript.settings import Settings

HIDDEN = ("saves", "moved", "created_at", "customer", "state_before")  # what no answer shows


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that was let in: its form or its query, and who calls."""

    given: Mapping[str, Any]
    visitor: Visitor
    call: Call


@dataclass(frozen=True, slots=True)
class Method:
    """One method: by which HTTP method it is called, whether a courier may, and what it does."""

    verb: str
    for_couriers: bool
    run: Callable[[Methods, Asked], Any]


@dataclass(frozen=True, slots=True)
class Methods:
    """What one shop can be asked. Every method raises ``Fault``, and those of the orders ``Refused`` and ``Broken``."""

    settings: Settings
    orders: Orders
    search: Search

    def save(self, asked: Asked) -> Any:
        if asked.visitor.courier_id is not None:
            self._his(self.orders.find(asked.given.get("id")), asked.visitor)
        self.search.note(self.orders.save(asked.given, asked.call.body, asked.call.at))
        return {"status": "ok", "data": []}

    def add(self, asked: Asked) -> Any:
        """An order at the catalogue's prices. What was sent as a price or a discount is not read."""
        items = _needed(asked.given, "items")
        if not asked.given.get("contact_id"):
            _needed(asked.given, "contact")
        form = priced(asked.given, items, self.settings.catalogue)
        if not form["items"]:
            raise Fault(500, "server_error", "Error")
        order = self.orders.save(form, asked.call.body, asked.call.at)
        self.search.note(order)
        return shown(order, order["items"])

    def find(self, asked: Asked) -> Any:
        page = self.search.answer(asked.given, asked.call.at, asked.visitor.courier_id)
        if asked.visitor.courier_id is None and not asked.visitor.may_search:
            return page | {"count": 0, "orders": []}
        return page | {"orders": [shown(order, list(order["items"].values())) for order in page["orders"]]}

    def read(self, asked: Asked) -> Any:
        order = self._order(asked, _needed(asked.given, "id"))
        return shown(order, order["items"] or [])

    def actions(self, asked: Asked) -> Any:
        order = self._order(asked, _needed(asked.given, "id"))
        names = self.settings.workflow.actions(order) if asked.visitor.may_act else ()
        return [{"id": name, "is_custom": False, "data_required": name == "edit"} for name in names]

    def act(self, asked: Asked) -> Any:
        order_id, action = _needed(asked.given, "id"), str(_needed(asked.given, "action"))
        order = self._order(asked, order_id)
        if not asked.visitor.may_act:
            raise Fault(403, "access_denied", "Action not available to user.")
        moved = self.settings.workflow.act(order, action)
        if moved is None:
            raise Fault(404, "invalid_param", "Available action not found for the specified order.")
        if action == "ship" and isinstance(asked.given.get("tracking_number"), str):
            order["params"]["tracking_number"] = asked.given["tracking_number"]
        return moved

    def delete(self, asked: Asked) -> Any:
        """The older call, which asks no workflow: a deleted order is deleted once more."""
        order = self._order(asked, _needed(asked.given, "id"))
        return self.settings.workflow.act(order, "delete", is_forced=True)

    def _order(self, asked: Asked, order_id: object) -> Order:
        order = self.orders.find(order_id)
        self._his(order, asked.visitor)
        if order is None:
            raise Fault(404, "invalid_param", "Order not found.")
        return order

    def _his(self, order: Order | None, visitor: Visitor) -> None:
        """A courier has the orders that name him, and is not even told whether there are others."""
        theirs = order["params"].get("courier_id") if order is not None else None
        if visitor.courier_id not in (None, theirs):
            raise Fault(403, "access_denied", NO_COURIERS)


METHODS = {
    "order.save": Method("POST", True, Methods.save),
    "order.add": Method("POST", False, Methods.add),
    "order.action": Method("POST", True, Methods.act),
    "order.delete": Method("POST", False, Methods.delete),
    "order.search": Method("GET", True, Methods.find),
    "order.getInfo": Method("GET", False, Methods.read),
    "order.actions": Method("GET", True, Methods.actions),
}


def shown(order: Order, items: Any) -> dict[str, Any]:
    """An order as an answer shows it: numbers and ids are texts, an empty map is an empty list."""
    seen = {name: leaf for name, leaf in order.items() if name not in HIDDEN}
    return seen | {"items": items, "params": order["params"] or []}


def _needed(given: Mapping[str, Any], name: str) -> Any:
    if name not in given:
        raise Fault(400, "invalid_param", f"Required parameter is missing: {name}")
    return given[name]
