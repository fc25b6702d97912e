"""The played OpenBizBox: orders created and changed, and what is refused."""

import json

import pytest

from tests.fakes.openbizbox_till import ADDRESS, ORDER, Till


@pytest.fixture
def till():
    return Till()


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_an_order_is_made_by_post_and_answered_with_its_id(till, version):
    """4 operations, order.created [page]; 4 quirk 11, the same calls in version 3 [docs]."""
    status, shown = till.call("POST", f"/api/{version}/orders.json", ORDER)
    assert (status, type(shown["id"])) == (201, int)


@pytest.mark.parametrize(("version", "status"), [("v2", 204), ("v3", 200)])
def test_an_order_is_changed_by_put(till, version, status):
    """4 operations, order.updated [page]; 200 is what page "Capturing an order" says of version 3 [docs]."""
    path = f"/api/{version}/orders/{till.create()['id']}.json"
    assert till.call("PUT", path, {"status": 5})[0] == status
    assert till.call("GET", path)[1]["status"]["id"] == 5


def test_an_order_is_not_deleted_by_any_call(till):
    assert till.call("DELETE", f"/api/v2/orders/{till.create()['id']}.json")[0] == 405


def test_an_order_that_is_sent_twice_is_there_twice(till):
    """4 idempotency and 5, create [page]: there is no key, and no field that could be one."""
    assert till.create()["id"] != till.create()["id"]
    assert len(till.shop.orders()) == 2


def test_an_id_and_a_date_are_the_callers_choice_for_post_only(till):
    """4 idempotency (a) [page]."""
    assert till.create(id=7777, created_at="2012-12-12 14:14")["created_at"] == "2012-12-12T14:14:00+0000"
    till.call("PUT", "/api/v2/orders/7777.json", {"id": 7778, "created_at": "2013-01-01 00:00", "status": 5})
    shown = till.call("GET", "/api/v2/orders/7777.json")[1]
    assert (shown["created_at"], shown["status"]["id"]) == ("2012-12-12T14:14:00+0000", 5)
    assert till.create()["id"] == 7778


def test_an_order_without_an_id_gets_the_number_after_the_highest_one_that_is_gone_included(till):
    """As MySQL counts: an id of a caller's choice moves the count."""
    till.create(id=5_032_801)
    assert till.create()["id"] == 5_032_802
    assert till.create(id=7)["id"] == 7
    till.shop.delete(5_032_802)
    assert till.call("GET", "/api/v2/orders/5032802.json")[0] == 404
    assert till.found("email==user@openbizbox.com") == [7, 5_032_801]
    assert till.create()["id"] == 5_032_803


def test_a_taken_id_is_refused_and_nothing_changes(till):
    """6 B1: not documented; the sandbox refuses it."""
    till.create(id=777)
    refused = till.call("POST", "/api/v2/orders.json", ORDER | {"id": 777, "status": 5})
    assert refused == (400, "id: This value is already used.")
    assert len(till.shop.orders()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": {"name": "no email"}},
        {"customer": None},
        {"customer": {"email": "a@example.com", "original_customer": 1511}},
        {"billing_address": None},
        {"billing_address": ADDRESS | {"country": "DK"}},
        {"currency": {"code": "kroner"}},
        {"status": "paid"},
        {"status": {"id": 4}},
        {"id": "777"},
        {"id": 0},
        {"created_at": "2012-12-12T14:14:00Z"},
        {"lines": {"products": [{"price": 5}]}},
        {"lines": {"products": [{"product_article_id": 1001, "price": -5}]}},
        {"lines": {"products": [{"product_article_id": 1001, "quantity": "1e99999"}]}},
        {"lines": {"products": [{"product_article_id": 1001, "tax_class_id": {"id": -1}, "price": None}]}},
        {"lines": {"fees": [{"price": 5}]}},
        {"lines": {"products": {"first": {}}}},
        {"lines": "all"},
    ],
)
def test_a_refusal_is_a_bare_string(till, wrong):
    """4 recognisers, 400 [docs: order_capture.md]."""
    status, text = till.call("POST", "/api/v2/orders.json", ORDER | wrong)
    assert status == 400
    assert isinstance(text, str)
    assert till.shop.orders() == []


@pytest.mark.parametrize(
    ("refuses", "status", "body"),
    [
        pytest.param("empty", 400, None, id="400 with nothing [docs: order_capture.md]"),
        pytest.param("errors", 200, {"errors": ["status: This value is not valid."]}, id="errors in a 2xx [code]"),
    ],
)
def test_a_shop_may_refuse_in_other_ways(refuses, status, body):
    """4 recognisers, 400 and 2xx."""
    till = Till(refuses=refuses)
    assert till.call("POST", "/api/v2/orders.json", ORDER | {"status": "paid"}) == (status, body)
    assert till.shop.orders() == []


@pytest.mark.parametrize(
    "body", [b"{", b"", b"null", b'"text"', b"\xef\xbb\xbf{}", b'{"status": NaN}', b'{"comment": "\\ud800"}', b"\xff"]
)
def test_a_body_that_php_reads_no_object_from_is_refused(till, body):
    headers = {"authorization": f"Bearer {till.token}", "content-length": str(len(body))}
    assert till.raw("POST", "/api/v2/orders.json", body, headers).status == 400


def test_a_form_is_read_and_cannot_say_no(till):
    """4 auth, a form carries no booleans [docs: log of a5853be]: its "false" is true."""
    form = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Bearer {till.token}"}
    sent = b"customer[email]=a@example.com&billing_address[zip]=6000&status=5&currency[code]=DKK&currency[rate]=1"
    answer = till.raw("POST", "/api/v2/orders.json", sent, form)
    shown = json.loads(answer.body)
    assert (answer.status, shown["status"]["id"], shown["billing_address"]["zip"]) == (201, 5, "6000")
    assert till.raw("POST", f"/api/v2/orders/{shown['id']}/refunds.json", b"restock=false", form).status == 200
    assert till.shop.orders()[0]["refunds"][0]["restock"] is True


def test_a_customer_is_one_by_email_or_by_its_id(till):
    """4 body of create, ``original_customer`` [docs]."""
    first = till.create()["customer"]["id"]
    assert till.create()["customer"]["id"] == first
    other = till.create(customer={"email": "other@example.com"})["customer"]["id"]
    named = till.create(customer={"email": "third@example.com", "original_customer": first})["customer"]["id"]
    assert (other != first, named == first) == (True, True)


@pytest.mark.parametrize("path", ["/api/v2/orders/1.json", "/api/v2/unknown.json", "/api/v4/orders.json"])
def test_what_is_not_there_is_not_found(till, path):
    """4 recognisers, 404 [docs]."""
    assert till.call("GET", path)[0] == 404
    assert till.call("PUT", path, {})[0] == 404


def test_orders_show_our_key_and_every_save_in_order(till):
    shown = till.create(comment="Ring\n[ordercast shop/copenhagen#A 1]")
    till.call("PUT", f"/api/v2/orders/{shown['id']}.json", {"lines": {"products": [{"product_article_id": 7}]}})
    kept = till.shop.orders()[0]
    assert kept["key"] == "A 1"
    assert kept["saves"] == [["create", "0.00", []], ["update", "125.00", [[7, "1", "100"]]]]


def test_a_shop_may_drop_comments():
    assert Till(keeps_comments=False).create(comment="Ring")["comment"] == ""


def test_ten_thousand_orders_are_held_and_found_among_each_other(till):
    """A buyer's orders are found without a look at the others'."""
    for number in range(10_000):
        till.shop._orders.create(
            {**ORDER, "customer": {"email": f"{number}@example.com"}, "lines": {}}, till.now + number
        )
    assert till.found("email==9999@example.com") == [11_000]
    assert len(till.shop.orders()) == 10_000
