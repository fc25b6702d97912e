"""What belongs to one order at Order Desk and has calls of its own: lines and shipments.

Sources: the vendor's pages "Order Items" and "Shipments" (2018-04-30). What no page says is marked so.
"""

from __future__ import annotations

from worker.sandbox.orderdesk.values import Json, Refused, amount, as_sent, json_map, text, utc_text

DELIVERY_TYPES = frozenset({"ship", "noship", "download", "future"})
SHIPMENT_TEXTS = (
    *("tracking_number", "carrier_code", "shipment_method", "weight", "cost", "status", "tracking_url"),
    *("label_format", "label_image", "order_items", "print_status", "cart_shipment_id", "label_shipment_id"),
    "date_shipped",
)
UPS_URL = "http://wwwapps.ups.com/WebTracking/track?track=yes&trackNums="


def read_line(sent: Json) -> Json:
    """Every field of a line that can be written. A quantity is cut to a whole number ("integer format")."""
    delivery_type = text(sent.get("delivery_type")) or "ship"
    if delivery_type not in DELIVERY_TYPES:
        raise Refused("Invalid delivery_type")  # not documented what becomes of another word
    return {
        "name": text(sent.get("name")),
        "price": as_sent(sent.get("price")),
        "quantity": int(amount(sent.get("quantity", 1))),
        "weight": amount(sent.get("weight")),
        "code": text(sent.get("code")),
        "delivery_type": delivery_type,
        "category_code": text(sent.get("category_code")),
        "fulfillment_method": text(sent.get("fulfillment_method")),
        "variation_list": json_map(sent.get("variation_list")),
        "metadata": json_map(sent.get("metadata")),
    }


def read_shipment(sent: Json, at: float) -> Json:
    """Every field of a shipment, texts all. Shipped today where no date is given, as the page's example shows; the
    address to track it is guessed, of which the page shows UPS's alone."""
    shipment = {name: text(sent.get(name)) for name in SHIPMENT_TEXTS}
    shipment["date_shipped"] = shipment["date_shipped"] or utc_text(at)[:10]
    shipment["print_status"] = shipment["print_status"] or "0"
    if not shipment["tracking_url"] and shipment["tracking_number"].startswith("1Z"):
        shipment["tracking_url"] = UPS_URL + shipment["tracking_number"]
    return shipment
