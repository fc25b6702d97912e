"""What people may ask of a store: the vendor's own words, one page for each reading, and no secret of the store."""

import json

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import account as plain_account
from tests.fakes.orderdesk import held, steps, success
from tests.fakes.orderdesk_played import account, create, new_vendor
from tests.fakes.snapshots import item, order
from tests.fakes.wire import converse, reply, run
from worker.providers.base import Read


def ask(name, *replies, order_id="", more=None, **filters):
    return converse(plain_account().questions[name].ask(order_id, filters, more), *replies)


def ask_there(vendor, name, order_id="", more=None, **filters):
    return run(account().questions[name].ask(order_id, filters, more), vendor)


@pytest.fixture
def vendor():
    return new_vendor()


def test_an_order_is_read_as_the_vendor_has_it(vendor):
    link = create(vendor, order()).link
    read = ask_there(vendor, "order", link.order_id)
    assert (read.tree["id"], read.tree["source_id"], read.more) == (link.order_id, "1001", None)
    assert json.dumps(read.tree)


def test_numbers_are_plain_ones():
    _, read = ask(
        "order", reply(200, b'{"status": "success", "order": {"id": "1", "order_total": 21.17}}'), order_id="1"
    )
    assert read == Read({"id": "1", "order_total": 21.17})


def test_orders_are_read_page_by_page_to_the_end(vendor):
    for number in range(5):
        create(vendor, order(number=str(number)))
    pages, more = [], None
    while not pages or more is not None:
        read = ask_there(vendor, "orders", more=more, limit="2", order="ASC")
        pages.append([row["source_id"] for row in read.tree])
        more = read.more
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


def test_a_filter_goes_to_the_vendor_as_it_is(vendor):
    for number in range(2):
        create(vendor, order(number=str(number)))
    assert [row["source_id"] for row in ask_there(vendor, "orders", source_id="1").tree] == ["1"]
    requests, _ = ask("orders", success(orders=[], total_records=0), email="a+b@c.d", offset="30")
    assert requests[0].path == "/orders?email=a%2Bb%40c.d&offset=30&limit=100"


def test_every_parameter_of_the_vendors_list_is_a_filter_with_its_meaning():
    filters = plain_account().questions["orders"].filters
    assert len(filters) == 25
    assert all(meaning for meaning in filters.values())
    assert {"modified_start_date", "shipping_phone", "get_order_history", "folder_name"} <= filters.keys()


def test_a_page_that_is_no_number_is_told():
    requests, outcome = ask("orders", more="next")
    assert (requests, outcome.kind) == ([], OutcomeKind.REJECTED)


def test_lines_are_read_all_or_one(vendor):
    link = create(vendor, order(items=[item(1), item(2)])).link
    lines = ask_there(vendor, "items", link.order_id).tree
    assert [line["name"] for line in lines] == ["Product 1", "Product 2"]
    assert ask_there(vendor, "items", link.order_id, item=lines[1]["id"]).tree == lines[1]


def test_shipments_are_read_all_or_one():
    shipment = {"id": "437", "tracking_number": "1Z"}
    requests, read = ask("shipments", success(shipments=[shipment]), order_id="7")
    assert (steps(requests), read.tree) == (["GET /orders/7/shipments"], [shipment])
    requests, read = ask("shipments", success(shipment=shipment), order_id="7", shipment="437")
    assert (steps(requests), read.tree) == (["GET /orders/7/shipments/437"], shipment)


def test_the_history_is_read_with_the_orders_own_source_id():
    entry = {"source_name": "API", "note": "Called", "date_added": "2015-10-28 23:14:30"}
    shown = success(orders=[held(order_history=[entry])], total_records=1)
    requests, read = ask("history", success(order=held(source_id="X 1")), shown, order_id="925086")
    assert requests[1].path.startswith("/orders?source_id=X+1&get_order_history=1&")
    assert read.tree == [entry]
    assert ask("history", success(order=held(order_history=[])), order_id="925086")[1].tree == []


def test_folders_are_shown_and_nothing_else_of_the_store(vendor):
    folders = ask_there(vendor, "folders").tree
    assert folders["21657"] == "Canceled"
    assert set(folders) == {"21654", "21655", "21656", "21657"}


@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_word_of_the_stores_settings_is_kept_where_it_cannot_be_read(status):
    body = b'{"status": "error", "store": {"settings": {"smtp_password": "s3cret"}}}'
    _, outcome = ask("folders", reply(status, body))
    assert outcome.kind is not OutcomeKind.ACCEPTED
    assert outcome.excerpt == ""
    assert "s3cret" not in outcome.message


@pytest.mark.parametrize(
    ("name", "step"),
    [("order", "get order"), ("items", "list order-items"), ("shipments", "list shipments"), ("history", "get order")],
)
def test_an_order_that_is_not_there_is_told_so(name, step):
    _, outcome = ask(name, reply(404, {"status": "error", "message": "Order not found"}), order_id="9")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert step in outcome.message


@pytest.mark.parametrize(
    ("name", "filters"), [("items", {}), ("items", {"item": "1"}), ("shipments", {}), ("orders", {})]
)
def test_an_answer_without_what_was_asked_for_is_unreadable(name, filters):
    assert ask(name, success(), order_id="9", **filters)[1].kind is OutcomeKind.UNREADABLE
