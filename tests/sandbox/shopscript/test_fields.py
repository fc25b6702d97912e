"""providers.md 2.2: what becomes of each field of a save."""

from decimal import Decimal

import pytest

from tests.fakes.shop_calls import LINE, held_by, save
from worker.sandbox.shopscript import SimulatedShopScript


def changed(**fields):
    """The one line's fields, some of them different; None leaves one out."""
    line = {name.removeprefix("items[0][").removesuffix("]"): text for name, text in LINE.items()} | fields
    return {f"items[0][{name}]": text for name, text in line.items() if text is not None}


def line_of(form, **shop):
    """The one line that is held after a create."""
    played = SimulatedShopScript(**shop)
    save(played, form)
    (line,) = held_by(played)["items"].values()
    return line


def two_lines(**shop):
    """An order of two equal lines with everything that an edit may keep."""
    played = SimulatedShopScript(**shop)
    second = {name.replace("[0]", "[1]"): text for name, text in LINE.items()}
    extra = {"discount": "4", "shipping": "3", "comment": "old", "currency": "EUR"}
    save(played, LINE | second | extra | {"params[a]": "1", "params[b]": "2"})
    return played


def test_a_missing_id_creates_and_a_present_one_edits():
    """2.2 id [code][ran]."""
    shop = SimulatedShopScript()
    for sent in (LINE, LINE | {"id": ""}, LINE | {"id": "1", "comment": "x"}):
        assert save(shop, sent)[1]["status"] == "ok"
    assert [order["comment"] for order in shop.orders()] == ["x", None]


def test_a_variant_does_not_identify_a_line():
    """2.2 items sku_id [code][ran]: the old line goes, a new one with a new id comes."""
    shop = two_lines()
    save(shop, LINE | {"id": "1"})
    assert list(held_by(shop)["items"]) == ["3"]


def test_a_line_is_kept_by_its_own_id():
    """2.2 items item_id [code][ran]."""
    shop = two_lines()
    save(shop, {"id": "1", "items[0][item_id]": "2", "items[0][quantity]": "5"})
    (line,) = held_by(shop)["items"].values()
    assert (line["id"], line["price"], line["quantity"]) == ("2", "10.5000", "5.000")


def test_a_line_without_product_id_is_stored_empty():
    """2.2 items product_id [ran]."""
    line = line_of(changed(product_id=None))
    assert (line["name"], line["product_id"], line["price"]) == ("", "0", "0.0000")


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        pytest.param({}, ("2.000", "10.5000"), id="as sent [page]"),
        pytest.param({"quantity": None}, ("1.000", "10.5000"), id="quantity is 1 [page]"),
        pytest.param({"price": None}, ("2.000", "99.0000"), id="price is the catalogue's [page]"),
        pytest.param({"price": "10,5", "quantity": "3,0"}, ("3.000", "10.5000"), id="comma decimals [ran]"),
        pytest.param({"price": "3.3333"}, ("2.000", "3.3300"), id="prices in cents [ran]"),
        pytest.param({"quantity": "1.5"}, ("2.000", "10.5000"), id="whole pieces [ran]"),
        pytest.param({"quantity": "0.333"}, ("0.000", "10.5000"), id="a third of a piece is none [ran]"),
        pytest.param({"quantity": "-1", "price": "-1"}, ("0.000", "0.0000"), id="nothing is below zero [ran]"),
        pytest.param({"price": "0"}, ("2.000", "0.0000"), id="zero is a price [code]"),
    ],
)
def test_quantity_and_price_are_read_with_their_defaults(fields, held):
    """2.2 items quantity, price."""
    line = line_of(changed(**fields), catalogue={"70": "99"})
    assert (line["quantity"], line["price"]) == held


def test_a_shop_that_allows_fractions_keeps_three_decimals_of_a_quantity():
    """2.2 items quantity [page]: a setting of the shop, off where nobody turned it on [ran]."""
    line = line_of(changed(quantity="1.2345", price="1.23456"), has_fractions=True)
    assert (line["quantity"], line["price"]) == ("1.235", "1.2300")


def test_a_lines_discount_is_kept_and_is_nothing_where_it_is_left_out():
    """2.2 items total_discount [page]."""
    assert line_of(LINE)["total_discount"] == "0.0000"
    assert line_of(changed(total_discount="2.5") | {"discount": "2.5"})["total_discount"] == "2.5000"


@pytest.mark.parametrize("name", ["virtual_stock_id", "virtualstock_id"])
def test_a_virtual_stock_is_read_by_neither_of_its_names(name):
    """2.2 virtual_stock_id [code]."""
    line = line_of(changed(**{name: "3"}))
    assert line["virtualstock_id"] is None
    assert "virtual_stock_id" not in line


def test_a_stock_is_read_on_an_edit_and_chosen_by_the_shop_on_a_create():
    """Beyond 2.2: ``ignore_stock_validate`` in shopOrderSaveMethod, shopOrder::save, 05ada83 [code]."""
    shop = SimulatedShopScript()
    save(shop, changed(stock_id="2"))
    assert held_by(shop)["items"]["1"]["stock_id"] is None
    save(shop, changed(stock_id="2", item_id="1") | {"id": "1"})
    assert held_by(shop)["items"]["1"]["stock_id"] == "2"


@pytest.mark.parametrize(
    ("sent", "discount"),
    [
        pytest.param(None, "4.0000", id="left out: kept [code]"),
        pytest.param("", "4.0000", id="empty: kept [code]"),
        pytest.param("calculate", "8.4000", id="calculate [page][code]"),
        pytest.param("true", "8.4000", id="true [code]"),
        pytest.param("1", "1.0000", id="an amount [page]"),
        pytest.param("1,5", "1.5000", id="an amount with a comma [ran]"),
        pytest.param("null", "0.0000", id="a form carries no null: it is a word [code]"),
        pytest.param("999", "42.0000", id="clamped to the lines [ran]"),
    ],
)
def test_a_discount_on_an_edit_is_kept_calculated_or_set(sent, discount):
    """2.2 discount."""
    shop = two_lines(discount_percent=20)
    save(shop, {"id": "1"} | ({} if sent is None else {"discount": sent}))
    held = held_by(shop)
    assert held["discount"] == discount
    assert Decimal(held["total"]) == 42 - Decimal(discount)  # an edit that names no shipping has none


@pytest.mark.parametrize("sent", [{}, {"discount": ""}, {"discount": "calculate"}, {"discount": "true"}])
def test_a_discount_on_a_create_is_automatic_unless_it_is_an_amount(sent):
    """2.2 discount [code]: the lines' own goes."""
    shop = SimulatedShopScript(discount_percent=20)
    save(shop, changed(total_discount="1") | sent)
    assert (held_by(shop)["total"], held_by(shop)["items"]["1"]["total_discount"]) == ("16.8000", "0.0000")


@pytest.mark.parametrize("sent", [{}, {"discount": ""}])
def test_a_kept_discount_keeps_the_lines_own_whatever_is_sent_for_them(sent):
    """2.2 discount, kept: shopOrder::holdDiscount, 05ada83 [code]."""
    shop = SimulatedShopScript()
    save(shop, changed(total_discount="3") | {"discount": "3"})
    save(shop, changed(total_discount="4", item_id="1") | {"id": "1"} | sent)
    assert held_by(shop)["items"]["1"]["total_discount"] == "3.0000"
    save(shop, changed(total_discount="4", item_id="1") | {"id": "1", "discount": "4"})
    assert held_by(shop)["items"]["1"]["total_discount"] == "4.0000"


def test_a_discount_above_the_total_makes_the_order_cost_nothing():
    """2.2 discount [ran]: it is clamped, and the answer is ok."""
    shop = SimulatedShopScript()
    assert save(shop, LINE | {"discount": "500"})[1]["status"] == "ok"
    assert (held_by(shop)["discount"], held_by(shop)["total"]) == ("21.0000", "0.0000")


def test_line_discounts_are_inside_the_orders_discount():
    """2.2 discount: shopOrder::getDiscount [code]."""
    shop = SimulatedShopScript()
    save(shop, changed(total_discount="3") | {"discount": "5"})
    assert held_by(shop)["total"] == "16.0000"


def test_line_discounts_above_the_orders_are_lowered_to_it():
    """2.2 discount: shopDiscounts::correctOrderDiscount [code]."""
    assert line_of(changed(total_discount="4") | {"discount": "3"})["total_discount"] == "3.0000"


@pytest.mark.parametrize("sent", [{}, {"shipping": ""}])
def test_an_edit_that_names_no_shipping_has_none(sent):
    """2.2 shipping [ran 2026-11-29]: the total falls by it."""
    shop = two_lines()
    save(shop, {"id": "1", "shipping": "3"})
    assert (held_by(shop)["shipping"], held_by(shop)["total"]) == ("3.0000", "41.0000")
    save(shop, {"id": "1"} | sent)
    assert (held_by(shop)["shipping"], held_by(shop)["total"]) == ("0.0000", "38.0000")


def test_the_currency_is_read_on_a_create_alone_and_is_else_the_shops():
    """2.2 currency [code][ran]."""
    shop = two_lines(currency="RUB")
    save(shop, {"id": "1", "currency": "RUB"})
    save(shop)
    assert [order["currency"] for order in shop.orders()] == ["EUR", "RUB"]


def test_parameters_of_any_name_are_merged_over_the_old_ones():
    """2.2 params [ran]; addresses are among them [code]."""
    shop = two_lines()
    channel = {"params[channel_id]": "pos:1"}  # names a sales channel and is no parameter
    save(shop, {"id": "1", "params[b]": "3", "params[any name]": "x", "shipping_address[city]": "Riga"} | channel)
    sent = {"a": "1", "b": "3", "any name": "x", "shipping_address.city": "Riga"}
    assert sent.items() <= held_by(shop)["params"].items()
    assert held_by(shop)["params"].keys() - sent == {"sales_channel", "auth_code", "auth_pin", "entropy"}


def test_a_comment_is_stored_and_replaced():
    """2.2 comment [ran]."""
    shop = two_lines()
    assert held_by(shop)["comment"] == "old"
    save(shop, {"id": "1", "comment": "new"})
    assert held_by(shop)["comment"] == "new"


def test_a_contact_is_linked_where_there_is_none_yet():
    """2.2 contact_id [page]; an unknown one is taken as it is [ran]."""
    shop = SimulatedShopScript()
    save(shop)
    save(shop, {"id": "1", "contact_id": "900"})
    assert held_by(shop)["contact_id"] == "900"


def test_another_contact_is_a_server_error_and_changes_nothing():
    """2.2 contact_id [ran]."""
    shop = SimulatedShopScript()
    save(shop, LINE | {"contact_id": "900"})
    status, answer = save(shop, LINE | {"id": "1", "contact_id": "901", "comment": "x"})
    assert (status, answer["error"]) == (500, "server_error")
    assert (held_by(shop)["contact_id"], held_by(shop)["comment"]) == ("900", None)
    assert save(shop, {"id": "1", "contact_id": "900"})[0] == 200


def test_each_create_makes_a_new_contact_even_for_the_same_address():
    """2.2 customer [ran]."""
    shop = SimulatedShopScript()
    for _ in range(2):
        save(shop, LINE | {"customer[email]": "a@b.c"})
    assert [order["contact_id"] for order in shop.orders()] == ["1", "2"]


@pytest.mark.parametrize("name", ["state_id", "total", "create_datetime"])
def test_a_read_only_field_is_ignored_without_a_word(name):
    """2.2 state_id, total, create_datetime [code][ran]."""
    shop, other = SimulatedShopScript(), SimulatedShopScript()
    assert save(shop, LINE | {name: "1"}) == save(other)
    assert held_by(shop)[name] == held_by(other)[name]


def test_services_hang_on_their_line_and_go_where_they_are_left_out():
    """2.2 items services [page]: found by their own id or by service and variant."""
    shop = SimulatedShopScript()
    service = {"items[0][services][0][service_id]": "4", "items[0][services][0][service_variant_id]": "6"}
    save(shop, LINE | service | {"items[0][services][0][price]": "1"})
    held = held_by(shop)
    assert (held["total"], held["items"]["2"]["type"], held["items"]["2"]["parent_id"]) == ("23.0000", "service", "1")
    save(shop, {"id": "1", "items[0][item_id]": "1"} | service)
    assert list(held_by(shop)["items"]) == ["1", "2"]
    save(shop, {"id": "1", "items[0][item_id]": "1", "items[0][services][0][item_id]": "2"})
    assert list(held_by(shop)["items"]) == ["1", "2"]
    save(shop, {"id": "1", "items[0][item_id]": "1"})
    assert list(held_by(shop)["items"]) == ["1"]
