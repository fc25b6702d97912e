"""The played OpenBizBox: an order as it is answered, with every oddity of the page's "Response example"."""

from decimal import Decimal

import pytest

from tests.fakes.openbizbox_till import ADDRESS, Till

VAT = {"tax_rate": 0.25, "tax_title": "Another VAT"}


@pytest.fixture
def till():
    return Till()


def test_the_currency_is_asked_for_as_a_country_and_answered_as_a_currency(till):
    """4 quirk 1 [page]."""
    assert till.create(currency={"rate": 1, "code": "DNK"})["currency"] == {"code": "DKK", "rate": 1}


def test_a_currency_by_iso_4217_is_taken_as_it_is(till):
    """6 B3."""
    assert till.create(currency={"rate": 7.46, "code": "EUR"})["currency"] == {"code": "EUR", "rate": 7.46}


def test_a_status_is_asked_for_as_a_number_and_answered_as_an_object(till):
    """4 quirk 2 [page]."""
    shown = till.create(status=4)["status"]
    assert shown == {
        "id": 4,
        "title": "Pending",
        "sort_order": 20,
        "is_cancelled": False,
        "is_default": True,
        "is_pre_payment": False,
    }


def test_a_country_is_asked_for_as_three_letters_and_answered_as_an_object(till):
    """4 quirk 2 [page]."""
    denmark = {"id": "DNK", "title": "Denmark", "iso_code2": "DK", "iso_code3": "DNK"}
    shown = till.create()
    assert shown["billing_address"]["country"] == shown["shipping_address"]["country"] == denmark
    assert shown["billing_address"]["country_title"] == "Denmark"


def test_a_discount_is_positive_in_requests_and_negative_in_answers(till):
    """4 quirk 5 [page]."""
    shown = till.create(lines={"discounts": [{"title": "Coupon", "price": 50, **VAT}]})
    line = shown["lines"]["discounts"][0]
    assert (line["price"], line["price_with_tax"]) == (-50, -62.5)
    assert (shown["discount_total"], shown["discount_total_with_tax"]) == (-50, -62.5)


@pytest.mark.parametrize(
    ("tax", "rate", "title"),
    [
        pytest.param(VAT, 0.25, "Another VAT", id="a fraction with its title"),
        pytest.param({"tax_class_id": 3}, 0.25, "", id="a class of the shop"),
        pytest.param({"tax_class_id": 4}, 0, "", id="another class of the shop"),
    ],
)
def test_a_lines_tax_is_a_fraction_or_a_class(till, tax, rate, title):
    """4 quirk 6 [page]."""
    line = till.create(lines={"shipping": {"title": "flat", "price": 100, **tax}})["lines"]["shipping"]
    assert (line["tax_rate"], line["tax_title"], line["price_with_tax"]) == (rate, title, 100 * (1 + rate))


def test_what_has_no_date_has_one_that_cannot_be_read(till):
    """4 quirk 7 [page]."""
    shown = till.create()
    never = "-0001-11-30T00:00:00+0100"
    for part in ("customer", "billing_address", "shipping_address"):
        assert (shown[part]["created_at"], shown[part]["modified_at"]) == (never, never)


@pytest.mark.parametrize(
    ("timezone", "sent", "shown"),
    [
        ("UTC", "2012-12-12 14:14", "2012-12-12T14:14:00+0000"),
        ("Europe/Copenhagen", "2012-12-12 14:14", "2012-12-12T14:14:00+0100"),
        ("Europe/Copenhagen", "2017-06-03 13:07", "2017-06-03T13:07:00+0200"),
    ],
)
def test_a_date_is_sent_in_the_shops_own_time_and_answered_with_its_offset(timezone, sent, shown):
    """4 quirk 7 [page]."""
    assert Till(timezone=timezone).create(created_at=sent)["created_at"] == shown


def test_an_order_without_a_date_is_of_now(till):
    assert till.create()["created_at"] == "2027-01-15T08:00:00+0000"


def test_billing_has_telephones_and_shipping_has_a_state(till):
    """4 quirk 8 [page]: neither has what the other has."""
    shown = till.create(billing_address=ADDRESS | {"phone": "70209594"})
    assert (shown["billing_address"]["phone"], shown["billing_address"]["mobile"]) == ("70209594", "")
    assert shown["shipping_address"]["state_title"] == ""
    assert shown["billing_address"].keys() ^ shown["shipping_address"].keys() == {"phone", "mobile", "state_title"}


def test_numbers_of_the_buyers_company_are_empty_texts(till):
    """4 quirk 8 [page]."""
    customer = till.create()["customer"]
    assert [customer[name] for name in ("vat", "ean", "user_id")] == ["", "", ""]


def test_titles_have_entities_in_answers(till):
    """4 quirk 8 [page]."""
    fee = {"title": "Charge (1,45\N{NO-BREAK SPACE}DKK & more)", "price": 3.8}
    assert till.create(lines={"payment": fee})["lines"]["payment"]["title"] == "Charge (1,45&nbsp;DKK &amp; more)"


def test_a_serialized_null_leaks_out_of_the_shipping(till):
    """4 quirk 9 [page]."""
    assert till.create()["shipping_data"]["choices"] == "N;"


@pytest.mark.parametrize(("sent", "shown"), [("DK-6000", "6000"), ("6000", "6000"), ("SW1A 1AA", "SW1A 1AA")])
def test_a_zip_loses_the_country_in_front_of_it(till, sent, shown):
    """4 quirk 10 [page]."""
    assert till.create(billing_address=ADDRESS | {"zip": sent})["billing_address"]["zip"] == shown


def test_what_is_empty_is_an_empty_list_whatever_it_is(till):
    """4 quirk 3 [ran]: PHP's empty map is written as its empty list."""
    shown = till.create(lines={"products": [{"product_article_id": 1001}]})
    assert (shown["extra_tracking"], shown["payment_data"]) == ([], [])
    assert shown["lines"]["products"][0]["attributes"] == []


def test_an_articles_product_has_another_number(till):
    """4 body of create: ``product_article_id`` is the variant [docs: models.md]."""
    line = till.create(lines={"products": [{"product_article_id": 1014}]})["lines"]["products"][0]
    assert (line["product_id"], line["variant_id"]) == (14, 1014)


def test_a_shop_may_take_gross_prices():
    till = Till(prices="gross", tax_rate=Decimal("0.25"))
    shown = till.create(lines={"products": [{"product_article_id": 1, "price": 125}]})
    assert (shown["total"], shown["total_with_tax"]) == (100, 125)


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_the_running_totals_of_an_orders_money_are_in_version_three_alone(till, version):
    """4 idempotency, ``captured`` and ``refunded`` [docs: order_capture.md]; the page's answer has neither."""
    order_id = till.create()["id"]
    shown = till.call("GET", f"/api/{version}/orders/{order_id}.json")[1]
    running = {name: shown[name] for name in ("transaction_id", "captured", "refunded") if name in shown}
    assert running == ({} if version == "v2" else {"transaction_id": "", "captured": 0, "refunded": 0})
