"""The methods of ``shop.order``, played: each is a function of what was sent, and an answer.

Source: ``api/v1/shop.order.*.method.php`` of webasyst/shop-script ``05ada83`` (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.sandbox.base import VendorCall
from worker.sandbox.shopscript.door import NO_COURIERS, ApiFault, Visitor
from worker.sandbox.shopscript.orders import Order, ShopScriptOrders, priced
from worker.sandbox.shopscript.search import OrderSearch
from worker.sandbox.shopscript.settings import Settings
from worker.sandbox.shopscript.tables import insert_params

HIDDEN = ("saves", "moved", "mails", "created_at", "customer", "state_before", "tax_address")  # what no answer shows
FULL_RIGHTS = 2_147_483_647
OWN_ORDERS = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that was let in: its form or its query, and who calls."""

    given: Mapping[str, Any]
    visitor: Visitor
    call: VendorCall


@dataclass(frozen=True, slots=True)
class Method:
    """One method: by which HTTP method it is called, whether a courier may, and what it does."""

    verb: str
    for_couriers: bool
    run: Callable[[Methods, Asked], Any]


@dataclass(frozen=True, slots=True)
class Methods:
    """What one shop can be asked. All methods raise ``ApiFault``, those of orders also ``Refused`` and ``Broken``."""

    settings: Settings
    orders: ShopScriptOrders
    search: OrderSearch

    def save(self, asked: Asked) -> Any:
        if asked.visitor.courier_id is not None:
            self._his(self.orders.find(asked.given.get("id")), asked.visitor)
        saved = self.orders.save(asked.given, asked.call.body, asked.call.at)
        if saved is not None:
            self.search.note(saved)
        return {"status": "ok", "data": []}

    def rights(self, asked: Asked) -> Any:
        """What the token's user may do: ``orders`` is 100 for all of them, less for his own."""
        if asked.visitor.courier_id is not None:
            return {"backend": 0, "orders": OWN_ORDERS, "order_edit": 1, "customer_edit": 0}
        if not asked.visitor.may_search:
            return {"backend": 1, "orders": OWN_ORDERS, "settings": 0}
        return {"backend": FULL_RIGHTS, "orders": FULL_RIGHTS, "settings": FULL_RIGHTS}

    def add(self, asked: Asked) -> Any:
        """An order at the catalogue's prices. What was sent as a price or a discount is not read."""
        items = _needed(asked.given, "items")
        if not asked.given.get("contact_id"):
            _needed(asked.given, "contact")
        form = priced(asked.given, items, self.settings.catalogue)
        if not form["items"]:
            raise ApiFault(500, "server_error", "Error")
        order = self.orders.save(form, asked.call.body, asked.call.at)
        if order is None:
            raise ApiFault(500, "server_error", "Error")
        self.search.note(order)
        return shown(order, order["items"])

    def find(self, asked: Asked) -> Any:
        page = self.search.answer(asked.given, asked.call.at, asked.visitor.courier_id)
        if asked.visitor.courier_id is None and not asked.visitor.may_search:
            return page | {"count": 0, "orders": []}
        return page | {"orders": [_found(order) for order in page["orders"]]}

    def read(self, asked: Asked) -> Any:
        order_id = _needed(asked.given, "id")
        if order_id in {"", "0"}:
            raise ApiFault(400, "invalid_param", "Required parameter is missing: id")
        order = self._order(asked, order_id)
        return shown(order, order["items"] or []) | {"contact": self.orders.contacts.shown(order["contact_id"])}

    def actions(self, asked: Asked) -> Any:
        order = self._order(asked, _needed(asked.given, "id"))
        names = self.settings.workflow.actions(order) if asked.visitor.may_act else ()
        return [
            {
                "id": name,
                "name": name,
                "type": "button",
                "color": "",
                "is_custom": False,
                "data_required": name == "edit",
            }
            for name in names
        ]

    def act(self, asked: Asked) -> Any:
        order_id, action = _needed(asked.given, "id"), str(_needed(asked.given, "action"))
        order = self._order(asked, order_id)
        if not asked.visitor.may_act:
            raise ApiFault(403, "access_denied", "Action not available to user.")
        moved = self.settings.workflow.act(order, action)
        if moved is None:
            raise ApiFault(404, "invalid_param", "Available action not found for the specified order.")
        params = told(action, asked.given, order["params"])
        order["params"] = insert_params(order["params"], params.items())
        self.orders.mail(order, action)
        # shopWorkflowRestoreAction::postExecute gives nothing back, and so the answer is null.
        return (
            None
            if action == "restore"
            else moved | {"id": len(order["moved"]), "text": "", "params": params, "update": {}}
        )

    def delete(self, asked: Asked) -> Any:
        """The older call, which asks no workflow: a deleted order is deleted once more."""
        order = self._order(asked, _needed(asked.given, "id"))
        return self.settings.workflow.act(order, "delete", is_forced=True)

    def _order(self, asked: Asked, order_id: object) -> Order:
        order = self.orders.find(order_id)
        self._his(order, asked.visitor)
        if order is None:
            raise ApiFault(404, "invalid_param", "Order not found.")
        return order

    def _his(self, order: Order | None, visitor: Visitor) -> None:
        """A courier has the orders that name him, and is not even told whether there are others."""
        theirs = order["params"].get("courier_id") if order is not None else None
        if visitor.courier_id not in (None, theirs):
            raise ApiFault(403, "access_denied", NO_COURIERS)


METHODS = {
    "rights": Method("GET", True, Methods.rights),
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


def _found(order: Order) -> dict[str, Any]:
    """An order of a search: its lines as they are stored, and its parameters without the key to its payment links."""
    params = {name: text for name, text in order["params"].items() if name != "entropy"}
    return shown(order, list(order["items"].values())) | {"params": params or []}


def told(action: str, given: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that an action writes. ``editshippingdetails`` takes a form without a date for one that deletes
    the date and time of delivery: shopWorkflowEditshippingdetailsAction of webasyst/shop-script ``05ada83``."""
    if action not in {"ship", "editshippingdetails"}:
        return {}
    number = given.get("tracking_number")
    written: dict[str, Any] = {"tracking_number": number} if isinstance(number, str) and number else {}
    if action == "editshippingdetails":
        day, begins, ends = (given.get(f"shipping_{name}") for name in ("date", "time_from", "time_to"))
        if day and begins and ends:
            written["shipping_start_datetime"] = f"{day} {begins}:00"
            written["shipping_end_datetime"] = f"{day} {ends}:00"
        elif not (day or begins or ends) and params.get("shipping_start_datetime"):
            written |= {"shipping_start_datetime": None, "shipping_end_datetime": None}
    return written


def _needed(given: Mapping[str, Any], name: str) -> Any:
    if name not in given:
        raise ApiFault(400, "invalid_param", f"Required parameter is missing: {name}")
    return given[name]
