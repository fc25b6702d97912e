import pytest

from tests.fakes.orderdesk_store import HEADERS, LINE, ORDER, call, create, get
from worker.sandbox.orderdesk import OrderDesk


@pytest.fixture
def vendor():
    return OrderDesk(burst=1000, clock=lambda: 0.0)


# changing


def test_an_update_blanks_what_it_leaves_out_but_not_shipments(vendor):
    order_id = create(vendor, shipping_method="Ground", checkout_data={"a": "b"}, tag_name="t")
    call(vendor, "POST", f"/orders/{order_id}/shipments", {"tracking_number": "1Z"})
    call(vendor, "PUT", f"/orders/{order_id}", {"email": "new@b.c", "order_shipments": []})
    order = get(vendor, order_id)
    assert (order["email"], order["shipping_method"], order["checkout_data"], order["tag_name"]) == (
        "new@b.c",
        "",
        [],
        "",
    )
    assert order["customer"]["last_name"] == ""
    assert [part["tracking_number"] for part in order["order_shipments"]] == ["1Z"]
    assert len(order["order_items"]) == 1


@pytest.mark.parametrize(("switch", "names"), [("keep", ["Crazy Glue", "B", "C"]), ("remove", ["B", "C"])])
def test_an_update_changes_lines_with_an_id_adds_those_without_and_keeps_or_removes_the_missing(switch, names):
    vendor = OrderDesk(missing_lines=switch)
    order_id = create(vendor, order_items=[LINE, LINE])
    second = get(vendor, order_id)["order_items"][1]["id"]
    lines = [{"id": second, "name": "B"}, {"name": "C", "price": 3}]
    call(vendor, "PUT", f"/orders/{order_id}", ORDER | {"order_items": lines})
    order = get(vendor, order_id)
    assert [line["name"] for line in order["order_items"]] == names
    assert next(line for line in order["order_items"] if line["name"] == "B") | {
        "quantity": 1,
        "code": "",
        "id": second,
    } == next(line for line in order["order_items"] if line["name"] == "B")


def test_a_line_is_added_changed_shown_and_deleted(vendor):
    order_id = create(vendor)
    base = f"/orders/{order_id}/order-items"
    assert call(vendor, "POST", base, {"name": "B", "price": 3}) == (
        200,
        {"status": "success", "message": "Order Item Added"},
    )
    line_id = call(vendor, "GET", base)[1]["order_items"][1]["id"]
    assert (
        call(vendor, "POST", f"{base}/{line_id}", {"name": "C"}, headers=HEADERS | {"X-HTTP-Method-Override": "PUT"})[0]
        == 200
    )
    assert call(vendor, "GET", f"/order/{order_id}/order-items/{line_id}")[1]["order_item"]["name"] == "C"
    assert [call(vendor, "DELETE", f"{base}/{line_id}")[0] for _ in range(2)] == [200, 404]
    (kept,) = vendor.orders()
    assert [save[:2] for save in kept["saves"]] == [
        ["create", "20"],
        ["add line", "23"],
        ["update line", "20"],
        ["delete line", "20"],
    ]


def test_a_shipment_is_taken_once_by_its_tracking_number(vendor):
    base = f"/orders/{create(vendor)}/shipments"
    said = [call(vendor, "POST", base, {"tracking_number": "1Z", "cost": 3}) for _ in range(2)]
    assert said == [
        (200, {"status": "success", "message": "Shipment Added"}),
        (200, {"status": "error", "message": "Shipment Not Added"}),
    ]
    (shipment,) = call(vendor, "GET", base)[1]["shipments"]
    assert call(vendor, "GET", f"{base}/{shipment['id']}")[1]["shipment"]["cost"] == "3"
    assert [call(vendor, "DELETE", f"{base}/{shipment['id']}")[0] for _ in range(2)] == [200, 404]


def test_history_is_shown_where_it_is_asked_for(vendor):
    base = f"/orders/{create(vendor)}"
    said = call(vendor, "POST", f"{base}/order-history", {"note": "Called", "source_name": "API"})[1]
    assert said["order"]["order_history"] == [
        {"source_name": "API", "note": "Called", "date_added": "1970-01-01 00:00:00"}
    ]
    assert "order_history" not in call(vendor, "GET", "/orders")[1]["orders"][0]
    assert call(vendor, "GET", "/orders?get_order_history=1")[1]["orders"][0]["order_history"][0]["note"] == "Called"


def test_orders_move_to_a_folder_by_id_or_by_name_but_not_both(vendor):
    order_id = create(vendor)
    listed = {"order_id_list": [int(order_id)]}
    said = call(vendor, "POST", "/move-orders", listed | {"destination_folder_id": 21657})[1]
    assert said["results"] == [
        {"order_id": int(order_id), "message": "Order Moved to Canceled Folder", "original_folder_id": 21654}
    ]
    assert call(vendor, "POST", "/move-orders", listed | {"destination_folder_name": "Closed"})[0] == 200
    assert get(vendor, order_id)["folder_id"] == 21656
    both = listed | {"destination_folder_id": 21657, "destination_folder_name": "Closed"}
    assert call(vendor, "POST", "/move-orders", both)[0] == 400


def test_a_deleted_order_is_gone_everywhere(vendor):
    order_id = create(vendor)
    assert call(vendor, "DELETE", f"/orders/{order_id}")[0] == 200
    assert call(vendor, "DELETE", f"/orders/{order_id}")[0] == 404
    assert call(vendor, "GET", "/orders?source_id=7")[1]["total_records"] == 0
    assert vendor.orders() == []


def test_reset_forgets_everything(vendor):
    create(vendor)
    vendor.hide_new(60)
    vendor.reset()
    create(vendor)
    assert call(vendor, "GET", "/orders?source_id=7")[1]["total_records"] == 1


def test_an_order_among_many_is_found_without_looking_at_the_others(vendor, monkeypatch):
    for n in range(100):
        create(vendor, source_id=str(n))
    looked_at = []
    look = vendor._store._fits
    monkeypatch.setattr(
        vendor._store, "_fits", lambda order_id, wanted: looked_at.append(order_id) or look(order_id, wanted)
    )
    assert call(vendor, "GET", "/orders?source_id=42")[1]["total_records"] == 1
    assert len(looked_at) == 1
