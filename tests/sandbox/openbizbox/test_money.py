"""The played OpenBizBox: refunds, invoices and mails."""

import pytest

from tests.fakes.openbizbox_till import Till, three


@pytest.fixture
def till():
    return Till()


def test_an_empty_post_must_say_that_it_is_empty(till):
    order_id = three(till)
    headers = {"authorization": f"Bearer {till.token}"}
    path = f"/api/v2/orders/{order_id}/refunds.json"
    answer = till.raw("POST", path, b"", headers)
    assert (answer.status, answer.body) == (400, b"")
    assert till.raw("POST", path, b"", headers | {"content-length": "0"}).status == 200


def test_a_whole_refund_cancels_once(till):
    order_id = three(till)
    status, shown = till.call("POST", f"/api/v2/orders/{order_id}/refunds.json", {"restock": False})
    assert (status, shown["status"]["is_cancelled"], shown["refunded"]) == (200, True, 15)
    assert till.shop.orders()[0]["refunds"][0]["restock"] is False
    assert till.call("POST", f"/api/v2/orders/{order_id}/refunds.json")[0] == 400


def test_lines_are_refunded_by_id_amount_and_quantity_up_to_what_they_cost(till):
    order_id = three(till)
    line_id = till.lines(order_id)["products"][1]["order_line_id"]
    path = f"/api/v2/orders/{order_id}/refunds.json"
    half = {"lines": [{"order_line_id": line_id, "amount_with_tax": 1.5, "quantity": 1}]}
    assert till.call("POST", path, half)[1]["refunded"] == 1.5
    assert till.call("POST", path, half)[0] == 400
    assert till.call("POST", path, {"lines": [{"order_line_id": 1}]})[0] == 400
    other = till.lines(order_id)["products"][2]["order_line_id"]
    assert till.call("POST", path, {"lines": [{"order_line_id": other}]})[1]["refunded"] == 4.5


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_an_invoice_is_made_once_and_mails_where_it_is_asked_to(till, version):
    order_id = three(till)
    path = f"/api/{version}/orders/{order_id}/invoice.json"
    made = till.call("POST", path, {"id": 444, "notify": True, "created_at": "2012-10-01 12:15"})[1]
    assert made == {"id": 444, "created_at": "2012-10-01 12:15", "notify": True}
    assert till.call("POST", path, {"notify": True})[0] == 400
    assert till.shop.orders()[0]["mails"] == 1
    other = three(till)
    assert till.call("POST", f"/api/{version}/orders/{other}/invoice.json", {"id": 444})[0] == 400


def test_a_put_that_notifies_mails_on_each_call(till):
    order_id = three(till)
    for _ in range(2):
        till.call("PUT", f"/api/v2/orders/{order_id}.json?notify=true", {"status": 5})
    assert till.shop.orders()[0]["mails"] == 2
