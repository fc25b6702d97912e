"""The played OpenBizBox: captures. Source: page "Capturing an order" (order_capture.md at 106485f)."""

import pytest

from tests.fakes.openbizbox_till import Till, three

PAYMENT = {"lines": {"payment": {"title": "card", "price": 0, "tax_rate": 0}}}


@pytest.fixture
def till():
    return Till(captures_at=5)


def payable(till):
    """An order whose payment a gateway has reserved; its id."""
    order_id = three(till)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", PAYMENT)
    till.shop.authorize(order_id, "46513332")
    return order_id


def capture(till, order_id, version="v3"):
    return till.call("POST", f"/api/{version}/orders/{order_id}/capture.json")


def read(till, order_id):
    shown = till.call("GET", f"/api/v3/orders/{order_id}.json")[1]
    return shown["captured"], shown["refunded"]


def charges(till):
    return [amount for kind, amount, _ in till.shop.orders()[0]["moved"] if kind == "capture"]


def test_an_order_without_a_payment_line_fails_the_same_way_each_time(till):
    """4 recognisers, 500 [docs]: a deterministic one, with nothing in it."""
    order_id = three(till)
    assert [capture(till, order_id) for _ in range(3)] == [(500, None)] * 3


def test_an_order_that_the_api_made_cannot_be_captured(till):
    """Prerequisite 3 [docs]: there is no transaction at the gateway."""
    order_id = three(till)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", PAYMENT)
    assert capture(till, order_id) == (400, "No QuickPay transaction ID found")
    assert read(till, order_id) == (0, 0)


def test_a_capture_takes_all_that_is_outstanding_and_answers_with_nothing(till):
    """4 recognisers, 204 [docs]."""
    order_id = payable(till)
    assert capture(till, order_id) == (204, None)
    assert read(till, order_id) == (15, 0)
    assert charges(till) == ["15.00"]


def test_a_second_capture_is_refused(till):
    """4 idempotency [docs]: which reads as if the first had failed."""
    order_id = payable(till)
    capture(till, order_id)
    assert capture(till, order_id)[0] == 400
    assert charges(till) == ["15.00"]


def test_captures_are_of_version_three_alone(till):
    assert capture(till, payable(till), "v2")[0] == 404


def test_a_refund_gives_back_what_was_captured(till):
    """4 idempotency, ``refunded`` [docs]."""
    order_id = payable(till)
    capture(till, order_id)
    till.call("POST", f"/api/v3/orders/{order_id}/refunds.json", {"lines": [{"order_line_id": 76}]})
    assert read(till, order_id) == (15, 3)


def test_a_refund_of_what_was_never_captured_is_not_counted(till):
    """A choice of the sandbox: no page says whether it is."""
    order_id = three(till)
    till.call("POST", f"/api/v3/orders/{order_id}/refunds.json")
    assert read(till, order_id) == (0, 0)


def test_a_status_may_charge_the_buyer_by_itself_and_only_once(till):
    """4 idempotency, automatic capture [docs]: the change is answered well either way."""
    order_id = payable(till)
    path = f"/api/v2/orders/{order_id}.json"
    assert [till.call("PUT", path, {"status": status})[0] for status in (6, 5, 6, 5)] == [204] * 4
    assert charges(till) == ["15.00"]


def test_a_status_charges_nobody_whose_money_no_gateway_holds(till):
    order_id = three(till)
    assert till.call("PUT", f"/api/v2/orders/{order_id}.json", {**PAYMENT, "status": 5})[0] == 204
    assert charges(till) == []


def test_a_transaction_is_shown_as_the_page_shows_it(till):
    """Page "Order", "Response example"."""
    assert till.call("GET", f"/api/v2/orders/{payable(till)}.json")[1]["payment_data"] == {"transaction_id": "46513332"}
