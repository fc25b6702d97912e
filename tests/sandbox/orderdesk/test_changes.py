"""How an order at Order Desk changes: saved as a whole, its lines and shipments one by one, moved, deleted.

Each test names its fact as the section of the wire facts that holds it ("3 quirk 2") and where that was found.
"""

import pytest

from tests.fakes.orderdesk_store import HEADERS, LINE, ORDER, call, create, get
from worker.sandbox.orderdesk import SimulatedOrderDesk


@pytest.fixture
def vendor():
    return SimulatedOrderDesk(burst=1000, clock=lambda: 0.0)


# the whole order

FULL = {
    **dict.fromkeys(("email", "shipping_method", "cc_exp", "processor_response", "payment_type", "tag_name"), "x"),
    **dict.fromkeys(("customer_id", "ip_address", "tag_color", "fulfillment_name", "fulfillment_id"), "y"),
    **dict.fromkeys(("shipping_total", "handling_total", "tax_total", "processor_balance", "refund_total"), 5),
    **{name: {"a": "b"} for name in ("checkout_data", "order_metadata")},
    "return_address": {"title": "Acme"},
    "discount_list": [{"name": "Discount", "amount": 1}],
    "order_notes": [{"content": "Called"}],
    "cc_number": "4242",
    "folder_id": 21656,
    "date_added": "2014-10-08 12:10:00",
}


@pytest.mark.parametrize("field", FULL)
def test_an_update_blanks_whatever_it_leaves_out(vendor, field):
    """3 quirk 1; 5 "Partial update: everything replaces" [page]."""
    shown = "cc_number_masked" if field == "cc_number" else field
    order_id = create(vendor, **FULL)
    whole = call(vendor, "PUT", f"/orders/{order_id}", ORDER | FULL)[1]["order"]
    part = ORDER | {name: value for name, value in FULL.items() if name != field}
    part = {name: value for name, value in part.items() if name != field}
    left = call(vendor, "PUT", f"/orders/{order_id}", part)[1]["order"]
    assert whole[shown]
    assert not any(left[shown].values() if isinstance(left[shown], dict) else (left[shown],))


def test_an_update_leaves_shipments_as_they_are(vendor):
    """3 quirk 1, "order_shipments may not be modified" [page]."""
    order_id = create(vendor)
    call(vendor, "POST", f"/orders/{order_id}/shipments", {"tracking_number": "1Z"})
    call(vendor, "PUT", f"/orders/{order_id}", ORDER | {"order_shipments": []})
    assert [part["tracking_number"] for part in get(vendor, order_id)["order_shipments"]] == ["1Z"]


def test_an_update_without_lines_leaves_the_lines(vendor):
    """Page "Orders", update: "Order items may be passed in as well" [page]."""
    order_id = create(vendor)
    call(vendor, "PUT", f"/orders/{order_id}", {"email": "new@b.c"})
    assert len(get(vendor, order_id)["order_items"]) == 1


@pytest.mark.parametrize(("switch", "names"), [("keep", ["Crazy Glue", "B", "C"]), ("remove", ["B", "C"])])
def test_an_update_changes_lines_with_an_id_adds_those_without_and_keeps_or_removes_the_missing(switch, names):
    """3 quirk 2; 6 O2, both readings [page][docs]."""
    vendor = SimulatedOrderDesk(missing_lines=switch)
    order_id = create(vendor, order_items=[LINE, LINE])
    second = get(vendor, order_id)["order_items"][1]["id"]
    lines = [{"id": second, "name": "B"}, {"name": "C", "price": 3}]
    call(vendor, "PUT", f"/orders/{order_id}", ORDER | {"order_items": lines})
    held = {line["name"]: line for line in get(vendor, order_id)["order_items"]}
    assert list(held) == names
    assert [held["B"][name] for name in ("id", "quantity", "code", "price")] == [second, 1, "", 0]


def test_an_update_that_adds_a_line_adds_it_again_when_sent_again(vendor):
    """3 quirk 2, "a PUT that adds lines without ids is not idempotent" [page]."""
    order_id = create(vendor)
    sent = ORDER | {"order_items": [{"name": "C"}]}
    for _ in range(2):
        call(vendor, "PUT", f"/orders/{order_id}", sent)
    assert [line["name"] for line in get(vendor, order_id)["order_items"]] == ["Crazy Glue", "C", "C"]


# lines one by one


def test_a_line_is_added_shown_changed_and_deleted(vendor):
    """3 operations, one line [docs]; answers as the page "Order Items" shows them."""
    order_id = create(vendor)
    base = f"/orders/{order_id}/order-items"
    assert call(vendor, "POST", base, {"name": "B", "price": 3}) == (
        200,
        {"status": "success", "message": "Order Item Added"},
    )
    said = call(vendor, "GET", base)[1]
    line_id = said["order_items"][1]["id"]
    assert said["total_records"] == 2
    assert call(vendor, "PUT", f"{base}/{line_id}", {"name": "C"}) == (
        200,
        {"status": "success", "message": "Order Item Updated"},
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


def test_a_line_is_changed_by_a_post_that_says_put(vendor):
    """3 quirk 12, X-HTTP-Method-Override [docs]."""
    order_id = create(vendor)
    line_id = get(vendor, order_id)["order_items"][0]["id"]
    headers = HEADERS | {"X-HTTP-Method-Override": "PUT"}
    assert call(vendor, "POST", f"/orders/{order_id}/order-items/{line_id}", {"name": "C"}, headers=headers)[0] == 200
    assert [line["name"] for line in get(vendor, order_id)["order_items"]] == ["C"]


# shipments


def test_a_shipment_is_taken_once_by_its_tracking_number(vendor):
    """5 "Permanent failure hidden in 200"; page "Shipments", "Shipment Not Added" [docs]."""
    base = f"/orders/{create(vendor)}/shipments"
    said = [call(vendor, "POST", base, {"tracking_number": "1Z", "cost": 3}) for _ in range(2)]
    assert [(status, page["status"], page["message"]) for status, page in said] == [
        (200, "success", "Shipment Added"),
        (200, "error", "Shipment Not Added"),
    ]
    (shipment,) = call(vendor, "GET", base)[1]["shipments"]
    assert call(vendor, "GET", f"{base}/{shipment['id']}")[1]["shipment"] == shipment
    assert [call(vendor, "DELETE", f"{base}/{shipment['id']}")[0] for _ in range(2)] == [200, 404]


def test_a_shipment_is_shown_in_texts_with_what_the_vendor_adds(vendor):
    """Page "Shipments": the example, and "we will try to guess" the tracking address [docs]."""
    order_id = create(vendor)
    sent = {"tracking_number": "1Z2398479234", "carrier_code": "UPS", "weight": 3.55}
    call(vendor, "POST", f"/orders/{order_id}/shipments", sent)
    (shipment,) = get(vendor, order_id)["order_shipments"]
    added = {"order_id": order_id, "store_id": "1001", "date_shipped": "1970-01-01", "print_status": "0"}
    assert {name: shipment[name] for name in (*sent, *added)} == {**sent, "weight": "3.55", **added}
    assert shipment["tracking_url"].endswith("trackNums=1Z2398479234")


# moving, history, deleting


@pytest.mark.parametrize(
    ("where", "name"), [({"destination_folder_id": 21657}, "Canceled"), ({"destination_folder_name": "Closed"}, "Closed")]
)  # fmt: skip
def test_orders_move_to_a_folder_and_each_has_its_result(vendor, where, name):
    """3 operations, cancelled: by id or by exact name, per-order results [docs]."""
    ids = [int(create(vendor)), int(create(vendor, folder_id=21655))]
    said = call(vendor, "POST", "/move-orders", {"order_id_list": [*ids, 5], **where})[1]
    told = f"Order Moved to {name} Folder"
    assert (said["status"], said["message"]) == ("success", "2 Orders Moved")
    assert said["results"] == [
        {"order_id": ids[0], "message": told, "original_folder_id": 21654},
        {"order_id": ids[1], "message": told, "original_folder_id": 21655},
    ]
    assert call(vendor, "GET", f"/orders?folder_name={name}")[1]["total_records"] == 2


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"destination_folder_id": 21657, "destination_folder_name": "Closed"}, id="not both"),
        pytest.param({"destination_folder_name": "closed"}, id="the exact name"),
        pytest.param({"destination_folder_id": "21657"}, id="an integer"),
        pytest.param({"destination_folder_id": [21657]}, id="one integer"),
        pytest.param({"destination_folder_id": 9384}, id="a folder of the store"),
        pytest.param({}, id="a folder at all"),
        pytest.param({"destination_folder_id": 21657, "order_id_list": 900001}, id="a list of orders"),
    ],
)
def test_a_move_needs_one_folder_that_is_there(vendor, sent):
    """3 operations, cancelled [docs]."""
    order_id = create(vendor)
    assert call(vendor, "POST", "/move-orders", {"order_id_list": [int(order_id)], **sent})[0] == 400
    assert get(vendor, order_id)["folder_id"] == 21654


@pytest.mark.parametrize(("sent", "name"), [({"source_name": "API"}, "API"), ({}, "")])
def test_a_history_note_is_answered_with_the_order_and_its_whole_history(vendor, sent, name):
    """3 operations, note: "source_name is not required" [page]; 3 quirk 10, no limit stated."""
    base = f"/orders/{create(vendor)}"
    call(vendor, "POST", f"{base}/order-history", {"note": "First"})
    said = call(vendor, "POST", f"{base}/order-history", {"note": "x" * 9000, **sent})[1]
    assert said["total_records"] == 1
    assert said["order"]["order_history"] == [
        {"source_name": "", "note": "First", "date_added": "1970-01-01 00:00:00"},
        {"source_name": name, "note": "x" * 9000, "date_added": "1970-01-01 00:00:00"},
    ]


def test_a_deleted_order_is_gone_everywhere(vendor):
    """3 operations, delete [page]."""
    order_id = create(vendor)
    assert call(vendor, "DELETE", f"/orders/{order_id}")[0] == 200
    assert call(vendor, "DELETE", f"/orders/{order_id}")[0] == 404
    assert call(vendor, "GET", "/orders?source_id=7")[1]["total_records"] == 0
    assert vendor.orders() == []


# what checkers of promises read


def test_what_was_done_beside_saving_is_on_record_in_order_of_commit(vendor):
    order_id = create(vendor)
    path = f"/orders/{order_id}"
    call(vendor, "PUT", path, ORDER | {"refund_total": "5.00", "payment_status": "Partially Refunded"})
    call(vendor, "POST", f"{path}/order-history", {"note": "Refunded 5", "source_name": "API"})
    call(vendor, "POST", f"{path}/shipments", {"tracking_number": "1Z", "carrier_code": "UPS"})
    call(vendor, "PUT", path, ORDER | {"refund_total": 20, "payment_status": "Fully Refunded"})
    call(vendor, "POST", "/move-orders", {"order_id_list": [int(order_id)], "destination_folder_id": 21657})
    call(vendor, "PUT", path, ORDER | {"refund_total": 20})
    assert vendor.orders()[0]["moved"] == [
        ["refund", "5", "Partially Refunded"],
        ["history", "Refunded 5", "API"],
        ["shipment", "1Z", "UPS"],
        ["refund", "15", "Fully Refunded"],
        ["folder", 21657, "Canceled"],
    ]


def test_a_refund_that_an_update_blanks_is_on_record_as_taken_back(vendor):
    order_id = create(vendor, refund_total=5)
    call(vendor, "PUT", f"/orders/{order_id}", ORDER)
    assert vendor.orders()[0]["moved"] == [["refund", "5", "Captured"], ["refund", "-5", "Captured"]]
