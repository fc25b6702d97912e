"""Order Desk's endpoints: which call does what to the store, and the page that answers it.

Sources: the vendor's pages (sparkweb/slate, 2018-04-30). Not documented and so a choice: the HTTP status of an error
(400 for what it refuses, 404 for what is not there, 200 for a shipment that is there already), and that a create and an
update answer with the order.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from worker.sandbox.base import VendorCall
from worker.sandbox.orderdesk.account import FOLDERS, folder_named
from worker.sandbox.orderdesk.search import page_of
from worker.sandbox.orderdesk.store import OrderDeskOrders
from worker.sandbox.orderdesk.values import Json, Refused

ROOT = "/api/v2/"
TOOK = "0.0100 seconds"

Page = tuple[int, Json]


def answer_call(store: OrderDeskOrders, call: VendorCall) -> Page:
    """Status and body of the answer to a call about orders. Raises ``Refused``."""
    match (_method(call), *call.path.removeprefix(ROOT).strip("/").split("/")):
        case ("POST", "move-orders"):
            return 200, _moved(store, _read(call))
        case ("GET", "orders"):
            return 200, _listed(store, dict(parse_qsl(call.query, keep_blank_values=True)), call.at)
        case ("POST", "orders"):
            order_id = store.create(_read(call), call.at)
            return 201, _done("Order Added", order=store.show(order_id))
        case (method, "orders" | "order", order, *rest):  # the pages print both
            return _answer_order(store, order, (method, *rest), call)
    return _missing("Unknown endpoint")


def _answer_order(store: OrderDeskOrders, order: str, route: tuple[str, ...], call: VendorCall) -> Page:
    order_id = int(order) if order.isdecimal() else 0
    if order_id not in store.orders:
        return _missing("Order not found")
    sent = _read(call) if route[0] in ("POST", "PUT") else {}
    match route:
        case ("GET",):
            return 200, {"status": "success", "message": f"Execution took {TOOK}", "order": store.show(order_id)}
        case ("PUT",):
            store.replace(order_id, sent, call.at)
            return 200, _done("Order Updated", order=store.show(order_id))
        case ("DELETE",):
            store.delete(order_id)
            return 200, _done(f"Order {order_id} Deleted")
        case ("POST", "order-history"):
            store.add_history(order_id, sent, call.at)
            return 200, shown(total_records=1, order=store.show(order_id, with_history=True))
        case (_, "order-items", *_):
            return _answer_lines(store, order_id, route, sent, call.at)
        case (_, "shipments", *_):
            return _answer_shipments(store, order_id, route, sent, call.at)
    return _missing("Unknown endpoint")


def _answer_lines(store: OrderDeskOrders, order_id: int, route: tuple[str, ...], sent: Json, at: float) -> Page:
    lines = {line["id"]: line for line in store.orders[order_id]["order_items"]}
    match route:
        case ("GET", _):
            return 200, shown(total_records=len(lines), order_items=list(lines.values()))
        case ("POST", _):
            store.add_line(order_id, sent, at)
            return 200, _said("Order Item Added")
        case (_, _, line_id) if line_id not in lines:
            return _missing("Order Item not found")
        case ("GET", _, line_id):
            return 200, shown(order_item=lines[line_id])
        case ("PUT", _, line_id):
            store.update_line(order_id, line_id, sent, at)
            return 200, _said("Order Item Updated")
        case ("DELETE", _, line_id):
            store.delete_line(order_id, line_id, at)
            return 200, _said(f"Order Item {line_id} Deleted")
    return _missing("Unknown endpoint")


def _answer_shipments(store: OrderDeskOrders, order_id: int, route: tuple[str, ...], sent: Json, at: float) -> Page:
    shipments = store.orders[order_id]["order_shipments"]
    held = {shipment["id"]: shipment for shipment in shipments}
    match route:
        case ("GET", _):
            return 200, shown(total_records=len(shipments), shipments=shipments)
        case ("POST", _):
            added = store.add_shipment(order_id, sent, at)
            return 200, _done("Shipment Added") if added else {**_done("Shipment Not Added"), "status": "error"}
        case (_, _, shipment_id) if shipment_id not in held:
            return _missing("Shipment not found")
        case ("GET", _, shipment_id):
            return 200, shown(shipment=held[shipment_id])
        case ("DELETE", _, shipment_id):
            shipments.remove(held[shipment_id])
            return 200, _done(f"Shipment {shipment_id} Deleted")
    return _missing("Unknown endpoint")


def _listed(store: OrderDeskOrders, query: dict[str, str], at: float) -> Json:
    found = store.search(query, at)
    offset, limit = page_of(query)
    with_history = query.get("get_order_history") == "1"
    orders = [store.show(i, with_history=with_history) for i in found[offset : offset + limit]]
    counts = {"total_records": len(found), "records_returned": len(orders), "offset": offset, "limit": limit}
    return {"status": "success", "message": f"Execution took {TOOK}", **counts, "orders": orders}


def _moved(store: OrderDeskOrders, sent: Json) -> Json:
    """Page "Move Orders": to a folder by id or by exact name, not both. An order that is not there has no result."""
    folder, listed = folder_named(sent), sent.get("order_id_list")
    if folder is None:
        raise Refused("Invalid destination folder")
    if not isinstance(listed, list):
        raise Refused("Invalid order_id_list")
    told = f"Order Moved to {FOLDERS[folder]} Folder"
    results = [
        {"order_id": named, "message": told, "original_folder_id": store.move(int(str(named)), folder)}
        for named in listed
        if str(named).isdecimal() and int(str(named)) in store.orders
    ]
    return {**_done(f"{len(results)} Orders Moved"), "results": results}


def _method(call: VendorCall) -> str:
    """Page "Order Items" updates by POST with ``X-HTTP-Method-Override: PUT``."""
    return call.headers.get("x-http-method-override", call.method).upper()


def _read(call: VendorCall) -> Json:
    """The JSON object that was sent. A ``Content-Type`` of something else is refused, where one is given: "required",
    yet public clients leave it out where there is no body."""
    try:
        sent = json.loads(call.body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        sent = None
    kind = call.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if not isinstance(sent, dict) or kind != "application/json":
        raise Refused("Invalid JSON")
    return sent


def _said(message: str) -> Json:
    """Page "Order Items" shows these without a time."""
    return {"status": "success", "message": message}


def _done(message: str, **parts: Any) -> Json:
    return {**_said(message), "execution_time": TOOK, **parts}


def shown(**parts: Any) -> Json:
    return {"status": "success", "execution_time": TOOK, **parts}


def _missing(message: str) -> Page:
    return 404, {"status": "error", "message": message}
