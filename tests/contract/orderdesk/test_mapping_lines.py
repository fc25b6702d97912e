"""canonical-event.md, "Order Desk": each item is a line, each of its services too, and shipments have calls of their own."""

import pytest

from tests.contract.orderdesk.desk import at, open_desk

SERVICES = [
    {"service_id": "wrap", "name": "Gift wrap", "price": "2", "id": "s1"},
    {"service_id": "engrave", "price": "3"},
]
ENGRAVED = {"items.0.services": SERVICES, "totals.grand": "35.50"}
HALF = {"items.0.quantity": "2.5", "totals.grand": "30.50"}

# canonical fields below data.order; the field of the first line that fits; its value
ROWS = {
    "name": ({}, "0.name", "Mug"),
    "price from unit_price": ({}, "0.price", 10),
    "a price of nothing": ({"items.0.unit_price": "0", "totals.grand": "5.50"}, "0.price", 0),
    "quantity": ({}, "0.quantity", 2),
    "weight": ({"items.0.weight": "1.25"}, "0.weight", 1.25),
    "code from the sku": ({"items.0.sku": "crzyg-554"}, "0.code", "crzyg-554"),
    "no code": ({}, "0.code", ""),
    "category_code from the category": ({"items.0.category": "DEFAULT"}, "0.category_code", "DEFAULT"),
    "variation_list from the variation": ({"items.0.variation": {"Size": "Small"}}, "0.variation_list.Size", "Small"),
    "metadata": ({"items.0.metadata": {"image": "u"}}, "0.metadata.image", "u"),
    "metadata with our item id": ({"items.0.id": "L-7"}, "0.metadata.ordercast_item", "L-7"),
    "no delivery_type is the vendor's default": ({}, "0.delivery_type", "ship"),
    "a service's name": (ENGRAVED, "1.name", "Gift wrap"),
    "a service's name is else its id": (ENGRAVED, "2.name", "Service engrave"),
    "a service's price": (ENGRAVED, "1.price", 2),
    "a service's quantity is the item's": (ENGRAVED, "1.quantity", 2),
    "a service's code": (ENGRAVED, "1.code", "wrap"),
    "a service is not shipped": (ENGRAVED, "1.delivery_type", "noship"),
    "a service with our name for it": (ENGRAVED, "1.metadata.ordercast_item", "1#s1"),
    "half a piece is told in the name": (HALF, "0.name", "2.5 × Mug"),
    "half a piece is one at the price of all": (HALF, "0.price", 25),
}
ROWS |= {
    f"delivery_type {one}": ({"items.0.delivery_type": one}, "0.delivery_type", one)
    for one in ("ship", "noship", "download", "future")
}


@pytest.mark.parametrize(("changes", "path", "told"), ROWS.values(), ids=ROWS)
def test_a_field_of_an_item_goes_where_the_mapping_says(changes, path, told):
    assert at(open_desk().save(changes)["order_items"], path) == told


@pytest.mark.parametrize(("changes", "price"), [(ENGRAVED, 35.5), (HALF, 30.5)], ids=["services", "half a piece"])
def test_lines_of_another_make_come_to_the_same_sum(changes, price):
    assert open_desk().save(changes)["product_total"] == price


# an update


def test_an_update_sends_every_line_with_its_id_and_leaves_none_out():
    desk = open_desk()
    ids = [line["id"] for line in desk.save()["order_items"]]
    desk.save({"items.0.name": "Cup"}, "order.updated")
    assert [line["id"] for line in desk.bodies("PUT")[0]["order_items"]] == ids
    assert [line["name"] for line in desk.held["order_items"]] == ["Cup", "Tray"]


def test_lines_are_matched_by_our_item_id_before_the_code():
    desk = open_desk()
    ids = [line["id"] for line in desk.save({"items.0.sku": "A", "items.1.sku": "B"})["order_items"]]
    held = desk.save({"items.0.sku": "B", "items.1.sku": "A"}, "order.updated")
    assert [(line["id"], line["code"]) for line in held["order_items"]] == [(ids[0], "B"), (ids[1], "A")]


def test_a_line_of_nothing_is_deleted_by_its_own_call_and_a_new_one_added():
    desk = open_desk()
    gone = desk.save()["order_items"][0]["id"]
    changes = {"items.0.quantity": "0", "items.2": {"id": "3", "name": "Spoon", "quantity": "1", "unit_price": "2"}}
    held = desk.save({**changes, "totals.grand": "7.50"}, "order.updated")
    assert [line["name"] for line in held["order_items"]] == ["Tray", "Spoon"]
    path = f"/orders/{held['id']}/order-items"
    assert {f"DELETE {path}/{gone}", f"POST {path}"} <= set(desk.steps)


# shipments

SHIPMENT = {
    "tracking_number": "1Z132456789",
    "carrier": "UPS",
    "method": "Ground",
    "weight": "3.55",
    "cost": "7.20",
    "tracking_url": "https://example.com/1Z",
    "shipped_at": "2026-11-20T23:30:00+01:00",
}
SHIPPED = {
    "tracking_number": "1Z132456789",
    "carrier_code": "UPS",
    "shipment_method": "Ground",
    "weight": "3.55",
    "cost": "7.2",
    "tracking_url": "https://example.com/1Z",
    "date_shipped": "2026-11-20",
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_field_of_a_shipment_goes_where_the_mapping_says(name):
    """Page "Shipments"."""
    (shipment,) = open_desk().save({"shipments": [SHIPMENT]})["order_shipments"]
    assert shipment[name] == SHIPPED[name]


def test_a_shipment_is_posted_once_by_its_tracking_number_and_never_in_the_order():
    desk = open_desk()
    desk.save({"shipments": [SHIPMENT]})
    held = desk.save({"shipments": [SHIPMENT, SHIPMENT | {"tracking_number": "2Z"}]}, "order.updated")
    assert [body["tracking_number"] for body in desk.bodies("POST", "/shipments")] == ["1Z132456789", "2Z"]
    assert len(held["order_shipments"]) == 2
    assert not [body for body in [*desk.bodies("POST", "/orders"), *desk.bodies("PUT")] if "order_shipments" in body]
