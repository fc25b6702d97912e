"""Every example on the vendor's page "Orders" (2018-04-30): made by the adapter, read by it, or taken by the played
store."""

import json
from copy import deepcopy
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from schemas.delivery import Link
from schemas.outcome import OutcomeKind
from tests.contract.orderdesk import documented
from tests.contract.orderdesk.desk import action, open_desk, snapshot
from tests.fakes.bodies import LEFT_OUT
from tests.fakes.orderdesk_store import HEADERS, call
from tests.fakes.wire import converse, reply
from worker.providers.base import Absent, Found
from worker.sandbox.orderdesk import SimulatedOrderDesk

ORDER = {
    "number": "412218073",
    "status": "paid",
    "currency": "USD",
    "placed_at": "2014-10-08T12:10:00Z",
    "customer": {
        "id": "5487542",
        "email": "test@orderdesk.me",
        "first_name": "Bingo",
        "last_name": "Little",
        "ip_address": "254.565.44.15",
    },
    "billing_address": {name: told for name, told in documented.PROPERTIES["customer"].items() if told},
    "shipping_address": {name: told for name, told in documented.PROPERTIES["shipping"].items() if told},
    "return_address": {name: told for name, told in documented.RETURN_ADDRESS.items() if told},
    "shipping": {"title": "FedEx Home Delivery", "price": "11.17"},
    "payment": {
        "title": "Visa",
        "status": "approved",
        "card_last4": "4242",
        "card_expiry": "02/2016",
        "balance": "21.17",
        "gateway": "Authorize.net Transaction ID",
        "transaction_id": "2221864944",
    },
    "attributes": {"Gift Message": "Happy Birthday"},
    "metadata": {"fraud_protection_score": 0},
    "discounts": [{"title": "Discount", "code": "MN234DX78", "amount": "1.70"}],
    "notes": [
        {
            "text": "Customer called to change shipping address",
            "author": "Customer Service Rep",
            "created_at": "2014-10-09T23:12:05Z",
        }
    ],
    "items": [
        {
            "id": "1",
            "sku": "crzyg-554",
            "name": "Crazy Glue",
            "unit_price": "10",
            "quantity": "1",
            "weight": "1",
            "delivery_type": "ship",
            "category": "DEFAULT",
            "variation": {"Size": "Small", "Color": "Black"},
            "metadata": {"image": "image_url_here"},
        }
    ],
    "shipments": [{"tracking_number": "1Z132456789", "shipped_at": "2014-10-09T12:00:00Z"}],
    "totals": {"grand": "21.17", "handling": "0.50", "tax": "1.20"},
}
"""The order of "Order Properties" in the canonical shape. Its ``processor_response`` is a gateway and a transaction."""

THEIRS = {"date_updated", "tag_name", "refund_total", *documented.READ_ONLY}
"""What no event of ours says: the vendor writes it, or people there."""


def example():
    changes = dict.fromkeys(("customer", "items", "totals"), LEFT_OUT)
    event = snapshot({**changes, **ORDER}, subject="412218073")
    desk = open_desk(source_name="Order Desk", folders={"paid": 1})
    assert desk.cast(event).kind is OutcomeKind.ACCEPTED
    return desk


def same(ours, theirs):
    """Whether ours says at least what theirs does: texts and numbers alike, a blank and nothing too."""
    if isinstance(theirs, dict):
        return all(same((ours or {}).get(name), part) for name, part in theirs.items())
    if isinstance(theirs, list):
        pairs = zip(ours or [], theirs, strict=False)
        return len(ours or []) == len(theirs) and all(same(one, other) for one, other in pairs)
    return _plain(ours) == _plain(theirs)


def _plain(value):
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return value or ""


# made by the adapter


@pytest.mark.parametrize("name", sorted(documented.PROPERTIES.keys() - THEIRS))
def test_each_field_of_the_documented_order_comes_of_a_canonical_one(name):
    """Section "Order Properties": as the played store shows it. Ids of lines and shipments are the vendor's."""
    told = deepcopy(documented.PROPERTIES[name])
    if name in ("order_items", "order_shipments"):
        for part in told:
            for own in ("id", "order_id", "store_id", "weight", "cost", "print_status", "date_added", "tracking_url"):
                if name == "order_shipments" or own == "id":
                    part.pop(own, None)
    assert same(example().held[name], told)


@pytest.mark.parametrize("name", ["quantity_total", "weight_total", "product_total", "discount_total", "order_total"])
def test_the_vendor_adds_the_documented_totals_up_from_what_was_sent(name):
    """Section "Order Properties"."""
    desk = example()
    assert name not in desk.bodies("POST", "/orders")[0]
    assert same(desk.held[name], documented.PROPERTIES[name])


def test_every_request_has_the_documented_headers():
    """Section "Get a Single Order" and all others: two headers and the type."""
    for request in example().requests:
        assert {name: bool(request.headers.get(name)) for name in HEADERS} == dict.fromkeys(HEADERS, True)
        assert request.headers["Content-Type"] == "application/json"


def test_the_documented_delete_is_what_a_deletion_sends():
    """Section "Delete an Order"."""
    desk = open_desk()
    desk.link = Link(order_id="736745")
    desk.cast(action("order.deleted"))
    (request,) = desk.requests
    assert (request.method, request.path, request.body) == ("DELETE", "/orders/736745", b"")


def test_the_documented_history_item_is_what_a_note_sends():
    """Section "Create an Order History Item"."""
    desk = open_desk(source_name="API")
    desk.link = Link(order_id="736745")
    desk.cast(action("order.noted", {"data.note.text": "My New Note"}))
    (request,) = desk.requests
    sent = json.loads(request.body)
    assert (request.method, request.path) == ("POST", "/orders/736745/order-history")
    assert sent.keys() == documented.HISTORY_REQUEST.keys()
    assert "My New Note" in sent["note"]
    assert sent["source_name"] == "API"


# read by the adapter


def marked(order):
    """The documented order, were it ours."""
    ours = {"ordercast_source": "shop/test", "ordercast_number": "648714418"}
    return {**order, "order_metadata": {**order["order_metadata"], **ours}}


def operation(kind="order.updated", link=None):
    desk = open_desk()
    desk.link = link or Link()
    changes = {"number": "648714418", "items.0.sku": "126478", "customer.email": "new@server.com"}
    return desk.provider.operation(desk.job(snapshot(changes, kind, subject="648714418")))


def test_the_documented_list_is_read_and_an_order_without_our_marks_is_not_ours():
    """Section "Get Multiple Orders"."""
    _, seen = converse(operation("order.created").look_up(), reply(200, documented.LIST_ANSWER))
    assert seen == Absent()


def test_the_documented_list_is_read_and_an_order_with_our_marks_is_found():
    """Section "Get Multiple Orders"."""
    listed = {**documented.LIST_ANSWER, "orders": [marked(documented.SHOWN)]}
    _, seen = converse(operation("order.created").look_up(), reply(200, listed))
    assert isinstance(seen, Found)
    assert seen.link.order_id == "925086"


def test_the_documented_order_is_read_and_sent_back_with_what_is_theirs():
    """Section "Get a Single Order", then "Update An Order": "any parts left out will be updated as blank"."""
    added = {"status": "success", "message": "Order Item Added"}
    link = Link(order_id="925086", line_ids={"1": "1670028"})
    conversation = operation(link=link).converse()
    next(conversation)
    replies = [documented.GET_ANSWER, added, _with_second_line(documented.GET_ANSWER)]
    sent = [conversation.send(reply(200, answer)) for answer in replies]
    body = json.loads(sent[-1].body)
    assert (sent[-1].method, sent[-1].path) == ("PUT", "/orders/925086")
    kept = ("return_address", "tag_name", "processor_response", "customer_id", "ip_address", "folder_id", "cc_exp")
    assert same(body, {name: documented.SHOWN[name] for name in kept})
    assert body["checkout_data"]["Order Notes"] == "Please leave by back door"
    assert body["cc_number"] == "4242"
    assert body["order_items"][0]["id"] == "1670028"
    assert body["order_items"][0]["metadata"]["image"]
    assert body["email"] == "new@server.com"
    assert not (documented.READ_ONLY | {"order_shipments", "date_updated", "cc_number_masked"}) & body.keys()


def _with_second_line(answer):
    """The same order once our second line was added."""
    order = deepcopy(answer["order"])
    line = {"id": "1670029", "name": "Tray", "price": 5.5, "quantity": 1, "metadata": {"ordercast_item": "2"}}
    return {**answer, "order": {**order, "order_items": [*order["order_items"], line]}}


def test_the_documented_answer_to_a_history_item_is_read():
    """Section "Create an Order History Item"."""
    desk = open_desk()
    desk.link = Link(order_id="736745")
    noted = desk.provider.operation(desk.job(action("order.noted"))).converse()
    _, outcome = converse(noted, reply(200, documented.HISTORY_ANSWER))
    assert outcome.kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    ("question", "answer", "tree"),
    [("order", documented.GET_ANSWER, documented.SHOWN), ("orders", documented.LIST_ANSWER, [documented.SHOWN])],
)
def test_the_documented_answers_are_what_people_are_shown(question, answer, tree):
    """Section "Get a Single Order", "Get Multiple Orders"."""
    asked = open_desk().provider.questions[question]
    requests, seen = converse(asked.ask("925086" if asked.takes_id else "", {}, None), reply(200, answer))
    assert json.loads(json.dumps(seen.tree, default=float)) == json.loads(json.dumps(tree))
    assert (len(requests), seen.more) == (1, None)


# taken by the played store


@pytest.fixture
def vendor():
    return SimulatedOrderDesk(burst=1000)


def test_the_store_takes_the_documented_order_and_shows_it_again(vendor):
    """Section "Order Properties" as a request: what is read-only is ignored, ``cc_number`` is what is written."""
    sent = {**documented.PROPERTIES, "cc_number": "4242"}
    status, said = call(vendor, "POST", "/orders", sent)
    order = call(vendor, "GET", f"/orders/{said['order']['id']}")[1]["order"]
    assert status == 201
    own = documented.READ_ONLY - {"order_total", "product_total", "quantity_total", "weight_total", "discount_total"}
    left_out = {*own, "order_shipments", "order_items", "date_updated"}
    assert {name: order[name] for name in documented.PROPERTIES.keys() - left_out} == {
        name: told for name, told in documented.PROPERTIES.items() if name not in left_out
    }
    assert [line | {"id": "42286"} for line in order["order_items"]] == [
        {**documented.PROPERTIES["order_items"][0], "fulfillment_method": ""}
    ]


def test_the_store_takes_each_documented_request(vendor):
    """Section "Get a Single Order", "Get Multiple Orders", "Update An Order", history, "Delete an Order"."""
    order_id = call(vendor, "POST", "/orders", documented.SHOWN)[1]["order"]["id"]
    path = f"/orders/{order_id}"
    listed = call(vendor, "GET", f"/orders?{urlencode(documented.LIST_QUERY)}")[1]
    assert [order["id"] for order in listed["orders"]] == []  # 12:12 in UTC is before 12:05 in the store's own time
    early = {**documented.LIST_QUERY, "search_start_date": "2015-04-15 05:05:06"}
    assert call(vendor, "GET", f"/orders?{urlencode(early)}")[1]["total_records"] == 1
    assert call(vendor, "GET", path)[1].keys() == documented.GET_ANSWER.keys()
    assert call(vendor, "PUT", path, documented.SHOWN)[0] == 200
    said = call(vendor, "POST", f"{path}/order-history", documented.HISTORY_REQUEST)[1]
    assert said.keys() == documented.HISTORY_ANSWER.keys()
    assert same(said["order"]["order_history"], [{**documented.HISTORY_REQUEST}])
    assert call(vendor, "DELETE", path)[0] == 200


def test_the_played_answers_have_the_documented_fields(vendor):
    """All that the page shows of an order, and nothing that a neighbour page does not."""
    call(vendor, "POST", "/orders", documented.SHOWN)
    listed = call(vendor, "GET", "/orders")[1]
    assert listed.keys() == documented.LIST_ANSWER.keys()
    assert listed["orders"][0].keys() == documented.SHOWN.keys()
    assert listed["orders"][0]["shipping"].keys() == documented.SHOWN["shipping"].keys()
    assert listed["orders"][0]["customer"].keys() == documented.SHOWN["customer"].keys()
    of_line = documented.SHOWN["order_items"][0].keys() | {"fulfillment_method"}  # of the page "Order Items"
    assert listed["orders"][0]["order_items"][0].keys() == of_line
