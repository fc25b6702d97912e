"""The played OpenBizBox: what the page shows, what it warns of, and where it is silent."""

import json
from decimal import Decimal
from urllib.parse import quote, urlencode

import pytest

from worker.sandbox.base import Call
from worker.sandbox.openbizbox import OpenBizBox

CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "test-client",
    "client_secret": "test-openbizbox-secret",
}
ADDRESS = {"name": "Ludvig Forbes", "street": "Dalbygade 40 A", "zip": "DK-6000", "city": "Kolding", "country": "DNK"}
ORDER = {
    "customer": {"email": "user@openbizbox.com", "name": "Ludvig Forbes"},
    "billing_address": ADDRESS,
    "status": 4,
    "currency": {"rate": 1, "code": "DNK"},
}
NOW = 1_800_000_000.0


class Till:
    """A shop and a client of it."""

    def __init__(self, **settings):
        self.now = NOW
        self.shop = OpenBizBox(clock=lambda: self.now, **settings)
        self.token = json.loads(self.ask_token(CREDENTIALS).body)["access_token"]

    def ask_token(self, fields, *, as_json=False):
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        body = json.dumps(fields) if as_json else urlencode(fields)
        return self.raw("POST", "/oauth/v2/token", body.encode(), {"content-type": kind})

    def raw(self, method, path, body=b"", headers=None):
        path, _, query = path.partition("?")
        return self.shop.answer(Call(method, path, query, headers or {}, body, self.now))

    def call(self, method, path, sent=None, **headers):
        body = b"" if sent is None else json.dumps(sent).encode()
        sized = {"authorization": f"Bearer {self.token}", "content-length": str(len(body))}
        answer = self.raw(method, path, body, sized | headers)
        return answer.status, json.loads(answer.body) if answer.body else None

    def create(self, **changes):
        status, shown = self.call("POST", "/api/v2/orders.json", ORDER | changes)
        assert status == 201, shown
        return shown

    def lines(self, order_id):
        return self.call("GET", f"/api/v2/orders/{order_id}.json")[1]["lines"]

    def search(self, fiql, **more):
        return self.call("GET", "/api/v3/orders.json?" + urlencode({"filter": fiql, **more}))

    def found(self, fiql):
        return [order["id"] for order in self.search(fiql)[1]["_embedded"]["resources"]]


@pytest.fixture
def till():
    return Till()


def three(till):
    """An order of three lines; its id."""
    products = [{"product_article_id": 1000 + n, "price": n, "tax_rate": 0} for n in (1, 2, 3)]
    return till.create(lines={"products": products, "shipping": {"title": "flat", "price": 9, "tax_rate": 0}})["id"]


def articles(till, order_id):
    return [line["variant_id"] for line in till.lines(order_id)["products"]]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_token_is_given_for_a_form_or_its_json(till, as_json):
    answer = json.loads(till.ask_token(CREDENTIALS, as_json=as_json).body)
    assert (answer["expires_in"], answer["token_type"], answer["scope"]) == (3600, "bearer", "read write")


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "x"}, {"client_id": "x"}, {"grant_type": "password"}, {"grant_type": ""}]
)
def test_no_token_is_given_for_other_credentials(till, wrong):
    assert till.ask_token(CREDENTIALS | wrong).status == 400


def test_a_token_ends_after_its_time():
    till = Till(expires_in=10)
    assert till.call("GET", "/api/v2/orders.json")[0] == 200
    till.now += 10
    assert till.call("GET", "/api/v2/orders.json")[0] == 401


def test_tokens_can_be_made_stale_at_once(till):
    till.shop.tokens.expire()
    assert till.call("GET", "/api/v2/orders.json")[0] == 401


def test_a_token_counts_in_the_query_too(till):
    assert till.raw("GET", f"/api/v1/orders?access_token={till.token}").status == 404
    assert till.raw("GET", f"/api/v2/orders.json?access_token={till.token}").status == 200
    assert till.raw("GET", "/api/v2/orders.json?access_token=x").status == 401


def test_the_pages_first_example_is_answered_as_the_page_shows(till):
    shown = till.create()
    assert shown["currency"] == {"code": "DKK", "rate": 1}
    assert shown["status"]["title"] == "Pending"
    assert shown["billing_address"]["country"] == {
        "id": "DNK",
        "title": "Denmark",
        "iso_code2": "DK",
        "iso_code3": "DNK",
    }
    assert shown["billing_address"]["zip"] == "6000"
    assert shown["customer"]["created_at"] == "-0001-11-30T00:00:00+0100"
    assert shown["created_at"] == "2027-01-15T08:00:00+0000"
    assert shown["shipping_data"]["choices"] == "N;"
    assert shown["payment_data"] == []


def test_the_pages_second_example_sums_up(till):
    vat = {"tax_rate": 0.25, "tax_title": "Another VAT"}
    shown = till.create(
        lines={
            "payment": {"title": "cash", "price": 100, **vat},
            "shipping": {"title": "flat", "price": 100, "tax_class_id": 3},
            "products": [{"product_article_id": 1001}],
            "discounts": [{"title": "Coupon", "price": 50, **vat}],
            "fees": [{"title": "low order penalty", "price": 20}],
        }
    )
    assert shown["lines"]["discounts"][0]["price"] == -50
    assert shown["lines"]["discounts"][0]["price_with_tax"] == -62.5
    assert (shown["total"], shown["total_with_tax"], shown["discount_total"]) == (270, 337.5, -50)


def test_the_pages_response_example_has_the_sums_that_the_page_shows(till):
    def product(article, price, rate):
        return {"product_article_id": article, "price": price, "tax_rate": rate}

    shown = till.create(
        lines={
            "products": [product(1014, 150, 0.25), product(1016, 0, 0.25), product(1023, 2420, 0)],
            "discounts": [{"title": "Customer Loyalty Discount", "price": 257, "tax_rate": 0.0146}],
            "payment": {
                "title": "Payment Type Charge (1,45\N{NO-BREAK SPACE}DKK + 0,10%)",
                "price": 3.8,
                "tax_rate": 0,
            },
            "shipping": {"title": "Copy of Flat Rate", "price": 0.99, "tax_rate": 0},
        }
    )
    sums = ("total_with_tax", "total", "discount_total", "discount_total_with_tax", "subtotal", "subtotal_with_tax")
    assert [shown[name] for name in sums] == [2351.54, 2317.79, -257, -260.75, 2570, 2607.5]
    assert shown["lines"]["taxes"] == [{"title": "Taxes", "rate": 0, "amount": 33.75}]
    assert shown["lines"]["payment"]["title"] == "Payment Type Charge (1,45&nbsp;DKK + 0,10%)"


def test_an_id_and_a_date_are_the_callers_choice_for_post_only(till):
    assert till.create(id=7777, created_at="2012-12-12 14:14")["created_at"] == "2012-12-12T14:14:00+0000"
    till.call("PUT", "/api/v2/orders/7777.json", {"id": 7778, "created_at": "2013-01-01 00:00", "status": 5})
    shown = till.call("GET", "/api/v2/orders/7777.json")[1]
    assert (shown["created_at"], shown["status"]["id"]) == ("2012-12-12T14:14:00+0000", 5)
    assert till.create()["id"] == 7778


def test_a_taken_id_is_refused_and_nothing_changes(till):
    till.create(id=777)
    assert till.call("POST", "/api/v2/orders.json", ORDER | {"id": 777, "status": 5}) == (
        400,
        "id: This value is already used.",
    )
    assert len(till.shop.orders()) == 1


def test_a_list_edits_by_position_and_leaves_what_is_empty(till):
    order_id = three(till)
    status, _ = till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": [{"price": 1200}, {}, {}]}})
    assert status == 204
    assert [line["price"] for line in till.lines(order_id)["products"]] == [1200, 2, 3]


def test_a_shorter_list_removes_what_it_does_not_mention(till):
    order_id = three(till)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": [{}]}})
    assert articles(till, order_id) == [1001]


def test_a_longer_list_adds_a_line(till):
    order_id = three(till)
    new = {"product_article_id": 1009, "price": 100}
    for _ in range(2):  # sent twice it writes to the same place
        till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": [{}, {}, {}, new]}})
    assert articles(till, order_id) == [1001, 1002, 1003, 1009]


def test_an_object_keeps_the_lines_that_its_keys_name_from_zero(till):
    order_id = three(till)
    sent = {"lines": {"products": {"1": {}, "2": {}}, "shipping": None}}
    till.call("PUT", f"/api/v2/orders/{order_id}.json", sent)
    assert articles(till, order_id) == [1002, 1003]
    assert "shipping" not in till.lines(order_id)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", sent)  # sent twice it removes one more
    assert articles(till, order_id) == [1003]


@pytest.mark.parametrize("empty", [[], {}])
def test_an_empty_list_and_an_empty_object_remove_every_line(till, empty):
    order_id = three(till)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": empty}})
    assert articles(till, order_id) == []
    assert till.lines(order_id)["shipping"]["price"] == 9


def test_a_refused_edit_changes_nothing(till):
    order_id = three(till)
    sent = {"status": 5, "lines": {"products": [{}, {"price": "much"}]}}
    assert till.call("PUT", f"/api/v2/orders/{order_id}.json", sent)[0] == 400
    assert articles(till, order_id) == [1001, 1002, 1003]
    assert till.shop.orders()[0]["status"]["id"] == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": {"name": "no email"}},
        {"customer": None},
        {"billing_address": None},
        {"billing_address": ADDRESS | {"country": "DK"}},
        {"currency": {"code": "kroner"}},
        {"status": "paid"},
        {"status": {"id": 4}},
        {"id": "777"},
        {"created_at": "2012-12-12T14:14:00Z"},
        {"lines": {"products": [{"price": 5}]}},
        {"lines": {"products": [{"product_article_id": 1001, "price": -5}]}},
        {"lines": {"fees": [{"price": 5}]}},
        {"lines": {"products": {"first": {}}}},
    ],
)
def test_a_refusal_is_a_bare_string(till, wrong):
    status, text = till.call("POST", "/api/v2/orders.json", ORDER | wrong)
    assert status == 400
    assert isinstance(text, str)
    assert till.shop.orders() == []


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


def test_orders_are_listed_as_a_bare_array(till):
    ids = [till.create()["id"] for _ in range(3)]
    assert [order["id"] for order in till.call("GET", "/api/v2/orders.json?limit=1&from=1")[1]] == ids[1:2]


def test_a_search_takes_the_vendors_operators(till):
    old = till.create(created_at="2012-12-12 14:14")["id"]
    new = till.create(customer={"email": "Jane@Example.com", "name": "Jane Roe"}, created_at="2020-01-01 00:00")["id"]
    assert till.found("email==jane@example.com") == [new]
    assert till.found("email==jane@example.com;created_at=gte=2020-01-02") == []
    assert till.found("created_at=lt=2012-12-12 14:15") == [old]
    assert till.found(f"id=gte={new}") == [new]
    assert till.found("(name==Jane Roe,name==Ludvig Forbes);status==4") == [old, new]
    assert till.found(f"id=in=({old},{new})") == [old, new]
    assert till.found(f"id=not-in=({old})") == [new]
    assert till.found("name=like=jane*") == [new]
    assert till.found("name=not-like=jane*") == [old]
    assert till.found(f"id=!={old}") == [new]


@pytest.mark.parametrize("fiql", ["created_at=ge=2020-01-01", "reference==1", "id==seven", "id", "id=like=7*"])
def test_a_search_that_the_vendor_does_not_know_is_refused(till, fiql):
    assert till.search(fiql)[0] == 400


def test_a_search_is_paged(till):
    ids = [till.create()["id"] for _ in range(3)]
    _, second = till.search("email==user@openbizbox.com", page=2, limit=2)
    assert {name: second[name] for name in ("total", "page", "limit", "pages")} == {
        "total": 3,
        "page": 2,
        "limit": 2,
        "pages": 2,
    }
    assert [order["id"] for order in second["_embedded"]["resources"]] == ids[2:]


def test_an_index_that_lags_finds_an_order_later(till):
    till.shop.hide_new(30)
    order_id = till.create()["id"]
    assert till.found("email==user@openbizbox.com") == []
    assert till.call("GET", f"/api/v2/orders/{order_id}.json")[0] == 200
    till.now += 30
    assert till.found("email==user@openbizbox.com") == [order_id]


def test_a_buyer_whose_email_changed_is_found_by_the_new_one(till):
    order_id = till.create()["id"]
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"customer": {"email": "new@example.com"}})
    assert till.found("email==user@openbizbox.com") == []
    assert till.found(quote("email==new@example.com", safe="=@")) == [order_id]


def test_models_are_mapped_to_articles():
    till = Till(models={"v512": 1014})
    asked = {"models": ["v512", "v513"]}
    mapped = till.call("POST", "/api/v3/products/mapping.json", asked)[1]
    assert mapped == [{"model": "v512", "product_id": 1014, "variant_id": 1014}]
    shown = till.create(lines={"products": [{"product_article_id": 1014}]})
    assert shown["lines"]["products"][0]["model"] == "v512"
    made_up = Till().call("POST", "/api/v3/products/mapping.json", asked)[1]
    assert len({row["variant_id"] for row in made_up}) == 2


def test_a_shop_may_take_gross_prices():
    till = Till(prices="gross", tax_rate=Decimal("0.25"))
    shown = till.create(lines={"products": [{"product_article_id": 1, "price": 125}]})
    assert (shown["total"], shown["total_with_tax"]) == (100, 125)


def test_orders_show_our_key_and_every_save_in_order(till):
    shown = till.create(comment="Ring\n[ordercast shop/copenhagen#A 1]")
    till.call("PUT", f"/api/v2/orders/{shown['id']}.json", {"lines": {"products": [{"product_article_id": 7}]}})
    kept = till.shop.orders()[0]
    assert kept["key"] == "A 1"
    assert kept["saves"] == [["create", "0.00", []], ["update", "125.00", [[7, "1", "100"]]]]


def test_what_is_not_there_is_not_found(till):
    assert till.call("GET", "/api/v2/orders/1.json")[0] == 404
    assert till.call("GET", "/api/v2/unknown.json")[0] == 404
    assert till.call("PUT", "/api/v2/orders/1.json", {})[0] == 404


def test_a_body_that_is_no_json_is_refused(till):
    headers = {"authorization": f"Bearer {till.token}"}
    assert till.raw("POST", "/api/v2/orders.json", b"customer[email]=x", headers).status == 400


def test_a_reset_forgets_orders_and_tokens(till):
    till.create()
    till.shop.reset()
    assert till.shop.orders() == []
    assert till.call("GET", "/api/v2/orders.json")[0] == 401
