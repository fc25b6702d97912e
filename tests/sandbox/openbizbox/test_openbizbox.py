"""The played OpenBizBox: tokens, and orders as the page shows them."""

import json
from decimal import Decimal

import pytest

from tests.fakes.openbizbox_till import ADDRESS, CREDENTIALS, ORDER, Till


@pytest.fixture
def till():
    return Till()


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
