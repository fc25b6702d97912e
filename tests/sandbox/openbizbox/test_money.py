"""The played OpenBizBox: refunds, invoices and mails."""

import pytest

from tests.fakes.openbizbox_till import Till, three


@pytest.fixture
def till():
    return Till()


def refund(till, order_id, sent=None, version="v2"):
    return till.call("POST", f"/api/{version}/orders/{order_id}/refunds.json", sent)


def moved(till, place=0):
    return till.shop.orders()[place]["moved"]


def test_an_empty_post_must_say_that_it_is_empty(till):
    """4 recognisers, 400 of the front proxy [docs: b3de9e3]: neither the token nor the order is looked at."""
    order_id = three(till)
    headers = {"authorization": f"Bearer {till.token}"}
    path = f"/api/v2/orders/{order_id}/refunds.json"
    answer = till.raw("POST", path, b"", headers)
    assert (answer.status, answer.body, moved(till)) == (400, b"", [])
    assert till.raw("POST", path, b"", headers | {"content-length": "0"}).status == 200


@pytest.mark.parametrize(
    ("sent", "restock"),
    [(None, True), ({}, True), ({"lines": []}, True), ({"restock": True}, True), ({"restock": False}, False)],
)
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_refund_that_names_no_lines_is_of_everything_and_cancels(till, version, sent, restock):
    """4 operations, cancel all [page]."""
    order_id = three(till)
    status, shown = refund(till, order_id, sent, version)
    assert (status, shown["status"]["is_cancelled"]) == (200, True)
    assert moved(till) == [["refund", "15.00", {"restock": restock, "lines": {}, "whole": True, "after_saves": 1}]]


def test_a_whole_refund_is_shown_by_nothing_but_the_status(till):
    """4 operations, cancel all [page]: no sum, no line and no field of the answer tells of it."""
    order_id = three(till)
    before = till.call("GET", f"/api/v2/orders/{order_id}.json")[1]
    refund(till, order_id)
    after = till.call("GET", f"/api/v2/orders/{order_id}.json")[1]
    assert {name for name in after if after[name] != before[name]} == {"status"}


def test_a_refund_of_lines_is_shown_by_nothing_at_all(till):
    """4 operations, refund part [page]."""
    order_id = three(till)
    before = till.call("GET", f"/api/v2/orders/{order_id}.json")[1]
    line_id = before["lines"]["products"][0]["order_line_id"]
    assert refund(till, order_id, {"lines": [{"order_line_id": line_id}]})[0] == 200
    assert till.call("GET", f"/api/v2/orders/{order_id}.json")[1] == before


def test_an_order_is_refunded_whole_once(till):
    order_id = three(till)
    refund(till, order_id)
    assert refund(till, order_id)[0] == 400
    assert len(moved(till)) == 1


def test_an_order_that_costs_nothing_is_cancelled_too(till):
    order_id = till.create()["id"]
    assert refund(till, order_id)[1]["status"]["is_cancelled"] is True
    assert refund(till, order_id)[0] == 400


@pytest.mark.parametrize(
    ("part", "amount"),
    [
        pytest.param({"amount_with_tax": 1.5, "quantity": 1}, "1.5", id="amount and quantity"),
        pytest.param({"amount_with_tax": 1.5}, "1.5", id="amount"),
        pytest.param({"quantity": 1}, "2.00", id="quantity: its share"),
        pytest.param({}, "2.00", id="neither: all of the line"),
    ],
)
def test_a_line_is_refunded_by_amount_by_quantity_or_whole(till, part, amount):
    """4 operations, refund part [page]."""
    order_id = three(till)
    line_id = till.lines(order_id)["products"][1]["order_line_id"]
    assert refund(till, order_id, {"lines": [{"order_line_id": line_id, **part}]})[0] == 200
    [(_, given, what)] = moved(till)
    assert (given, what["lines"], what["whole"]) == (amount, {str(line_id): amount}, False)


@pytest.mark.parametrize(
    "part",
    [
        {"order_line_id": 1},
        {"order_line_id": "75"},
        {},
        {"order_line_id": 75, "amount_with_tax": 2.01},
        {"order_line_id": 75, "amount_with_tax": -1},
        {"order_line_id": 75, "amount_with_tax": "much"},
        {"order_line_id": 75, "quantity": 2},
    ],
)
def test_nothing_is_refunded_that_the_line_does_not_have(till, part):
    order_id = three(till)
    assert till.lines(order_id)["products"][1]["order_line_id"] == 75
    assert refund(till, order_id, {"lines": [part]})[0] == 400
    assert moved(till) == []


def test_a_line_is_refunded_in_parts_up_to_what_it_costs(till):
    order_id = three(till)
    half = {"lines": [{"order_line_id": 75, "amount_with_tax": 1.5}]}
    assert [refund(till, order_id, half)[0] for _ in range(2)] == [200, 400]
    assert refund(till, order_id)[0] == 200
    assert [amount for _, amount, _ in moved(till)] == ["1.5", "13.50"]


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_an_invoice_is_made_once_with_the_id_and_the_date_that_it_is_given(till, version):
    """4 operations, invoice [page]; in version 3 [docs: 106485f]."""
    order_id = three(till)
    path = f"/api/{version}/orders/{order_id}/invoice.json"
    made = till.call("POST", path, {"id": 444, "notify": True, "created_at": "2012-10-01 12:15"})[1]
    assert made == {"id": 444, "created_at": "2012-10-01 12:15", "notify": True}
    assert till.call("POST", path, {"notify": True})[0] == 400
    assert till.shop.orders()[0]["mails"] == 1
    other = three(till)
    assert till.call("POST", f"/api/{version}/orders/{other}/invoice.json", {"id": 444})[0] == 400


def test_an_invoice_needs_no_payload_and_mails_by_its_query(till):
    """4 operations, invoice, the newer form [docs]."""
    order_id = three(till)
    assert till.call("POST", f"/api/v3/orders/{order_id}/invoice.json?notify=true")[0] == 200
    assert [kind for kind, *_ in moved(till)] == ["invoice", "mail"]
    quiet = three(till)
    assert till.call("POST", f"/api/v3/orders/{quiet}/invoice.json")[0] == 200
    assert [kind for kind, *_ in moved(till, 1)] == ["invoice"]


@pytest.mark.parametrize("wrong", [{"id": "444"}, {"id": 0}, {"created_at": "yesterday"}])
def test_an_invoice_of_no_number_or_no_day_is_refused(till, wrong):
    order_id = three(till)
    assert till.call("POST", f"/api/v2/orders/{order_id}/invoice.json", wrong)[0] == 400
    assert moved(till) == []


def test_an_invoice_is_shown_by_nothing(till):
    """4 operations, invoice [page]."""
    order_id = three(till)
    before = till.call("GET", f"/api/v2/orders/{order_id}.json")
    till.call("POST", f"/api/v2/orders/{order_id}/invoice.json", {"id": 444})
    assert till.call("GET", f"/api/v2/orders/{order_id}.json") == before


def test_a_put_that_notifies_mails_on_each_call(till):
    """4 operations, status and mail [docs: 4305089]."""
    order_id = three(till)
    for _ in range(2):
        till.call("PUT", f"/api/v2/orders/{order_id}.json?notify=true", {"status": 5})
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"status": 6})
    mails = [["mail", None, {"status": 5, "after_saves": saves}] for saves in (2, 3)]
    assert moved(till) == mails
    assert till.shop.orders()[0]["mails"] == 2


def test_what_was_done_is_on_record_in_the_order_of_commit(till):
    order_id = three(till)
    till.call("POST", f"/api/v2/orders/{order_id}/invoice.json", {"notify": True})
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"status": 5})
    refund(till, order_id, {"lines": [{"order_line_id": 75}]})
    refund(till, order_id)
    assert [(kind, what["after_saves"]) for kind, _, what in moved(till)] == [
        ("invoice", 1),
        ("mail", 1),
        ("refund", 2),
        ("refund", 2),
    ]
    kept = till.shop.orders()[0]
    assert ([part["amount"] for part in kept["refunds"]], len(kept["invoices"])) == (["2.00", "13.00"], 1)


def test_the_owner_may_give_all_money_back_and_leave_the_status(till):
    order_id = three(till)
    till.shop.give_back(order_id)
    assert [amount for _, amount, _ in moved(till)] == ["15.00"]
    assert till.call("GET", f"/api/v2/orders/{order_id}.json")[1]["status"]["is_cancelled"] is False
    assert refund(till, order_id) == (400, "Order is already refunded")


def test_money_that_was_captured_and_given_back_is_shown_by_version_3_alone(till):
    order_id = till.create(lines={"payment": {"title": "card", "price": 15, "tax_rate": 0}})["id"]
    till.shop.authorize(order_id, "T-1")
    assert till.call("POST", f"/api/v3/orders/{order_id}/capture.json")[0] == 204
    till.shop.give_back(order_id)
    assert till.call("GET", f"/api/v3/orders/{order_id}.json")[1]["refunded"] == 15
    assert "refunded" not in till.call("GET", f"/api/v2/orders/{order_id}.json")[1]
