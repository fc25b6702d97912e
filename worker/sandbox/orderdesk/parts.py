"""The parts of one order at Order Desk: its lines, its shipments, its history.

Sources: the vendor's pages "Order Items", "Shipments", "Orders" (2018-04-30).
"""

from __future__ import annotations

from worker.sandbox.orderdesk.order import Json, utc_text
from worker.sandbox.orderdesk.store import Store

Page = tuple[int, Json]
NOT_FOUND: Page = (404, {"status": "error", "message": "Not found"})


def answer_part(store: Store, order_id: int, route: tuple[str, ...], sent: Json, at: float) -> Page:
    """The answer to a call under ``/orders/<id>/``; ``route`` is the method and what follows the id."""
    match route:
        case (_, "order-items", *_):
            return _answer_lines(store, order_id, route, sent, at)
        case (_, "shipments", *_):
            return _answer_shipments(store, order_id, route, sent, at)
        case ("POST", "order-history"):
            note = str(sent.get("note", ""))
            entry = {"source_name": str(sent.get("source_name", "")), "note": note, "date_added": utc_text(at)}
            store.history[order_id].append(entry)
            return 200, {"status": "success", "total_records": 1, "order": store.show(order_id, with_history=True)}
    return NOT_FOUND


def _answer_lines(store: Store, order_id: int, route: tuple[str, ...], sent: Json, at: float) -> Page:
    lines = {line["id"]: line for line in store.orders[order_id]["order_items"]}
    match route:
        case ("GET", _):
            return 200, {"status": "success", "total_records": len(lines), "order_items": list(lines.values())}
        case ("POST", _):
            store.add_line(order_id, sent, at)
            return 200, {"status": "success", "message": "Order Item Added"}
        case (_, _, line_id) if line_id not in lines:
            return NOT_FOUND
        case ("GET", _, line_id):
            return 200, {"status": "success", "order_item": lines[line_id]}
        case ("PUT", _, line_id):
            store.update_line(order_id, line_id, sent, at)
            return 200, {"status": "success", "message": "Order Item Updated"}
        case ("DELETE", _, line_id):
            store.delete_line(order_id, line_id, at)
            return 200, {"status": "success", "message": f"Order Item {line_id} Deleted"}
    return NOT_FOUND


def _answer_shipments(store: Store, order_id: int, route: tuple[str, ...], sent: Json, at: float) -> Page:
    shipments = store.orders[order_id]["order_shipments"]
    match route:
        case ("GET", _):
            return 200, {"status": "success", "total_records": len(shipments), "shipments": shipments}
        case ("POST", _):
            added = store.add_shipment(order_id, sent, at)
            said = {"status": "success", "message": "Shipment Added"}
            return 200, said if added else {"status": "error", "message": "Shipment Not Added"}
    held = next((shipment for shipment in shipments if shipment["id"] == route[2]), None)
    if held is not None and route[0] == "GET":
        return 200, {"status": "success", "shipment": held}
    if held is not None and route[0] == "DELETE":
        shipments.remove(held)
        return 200, {"status": "success", "message": f"Shipment {held['id']} Deleted"}
    return NOT_FOUND
