"""The real shop beside the played one (591 orders, 2026-11-29): what its tables, its customer form and its mails do."""

import json
from decimal import Decimal

import pytest

from tests.fakes.shop_calls import LINE, ask, call, held_by, save, search
from worker.sandbox.shopscript import SimulatedShopScript

ASTRAL = "Ida \U0001f600"
SECOND = {name.replace("[0]", "[1]"): text for name, text in LINE.items()}
BUYER = {"customer[email]": "ida@example.com", "customer[firstname]": "Ida"}
TOO_LONG = "x" * 65_536


def act(shop, action, **more):
    return ask(shop, "POST", "shop.order.action", {"id": "1", "action": action} | more)


@pytest.mark.parametrize(
    ("beyond", "contacts"),
    [
        ({"comment": TOO_LONG}, ["1"]),
        ({"items[0][price]": "999999999999"}, ["1"]),
        ({"contact_id": "900"}, []),
    ],
)
def test_a_create_that_the_database_refuses_is_answered_ok_and_leaves_a_contact_at_most(beyond, contacts):
    shop = SimulatedShopScript()
    assert save(shop, LINE | BUYER | beyond) == (200, {"status": "ok", "data": []})
    assert shop.orders() == []
    assert list(shop._orders.contacts.by_id) == contacts


def test_an_edit_that_the_database_refuses_is_answered_ok_and_is_lost_whole():
    shop = SimulatedShopScript()
    save(shop, LINE | {"params[a]": "1"})
    edit = {"id": "1", "comment": TOO_LONG, "params[a]": "2", "shipping_address[city]": "Riga"}
    assert save(shop, edit)[1]["status"] == "ok"
    held = held_by(shop)
    assert (held["comment"], held["params"]["a"], "shipping_address.city" in held["params"]) == (None, "1", False)


def test_a_comment_of_exactly_65535_bytes_fits():
    shop = SimulatedShopScript()
    save(shop, LINE | {"comment": TOO_LONG[1:]})
    assert len(held_by(shop)["comment"]) == 65_535


def test_a_parameter_is_cut_at_255_characters():
    shop = SimulatedShopScript()
    save(shop, LINE | {"params[a]": "x" * 300, "shipping_address[street]": "y" * 300})
    params = held_by(shop)["params"]
    assert (params["a"], params["shipping_address.street"]) == ("x" * 255, "y" * 255)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Size", "size"),
        ("caf\u00e9", "cafe"),
        ("Size", "Size "),
        ("\u0451", "\u0435"),
        ("\u00df", "S"),
        ("\U00020bb7", "\U00021d45"),
    ],
)
def test_a_second_name_that_is_equal_to_the_key_ends_the_insert(first, second):
    """What stands after it is lost: later parameters, both addresses, the shop's own."""
    shop = SimulatedShopScript()
    later = {"params[z]": "3", "shipping_address[city]": "Riga", "billing_address[city]": "Riga"}
    save(shop, LINE | {"params[a]": "0", f"params[{first}]": "1", f"params[{second}]": "2"} | later)
    assert held_by(shop)["params"] == {"a": "0", first: "1"}


def test_with_innodb_such_a_name_takes_every_new_parameter_with_it():
    shop = SimulatedShopScript(has_innodb=True)
    assert save(shop, LINE | {"params[a]": "0", "params[Size]": "1", "params[size]": "2"})[1]["status"] == "ok"
    assert (held_by(shop)["params"], len(held_by(shop)["items"])) == ([], 1)


@pytest.mark.parametrize("name", ["firstname", "lastname", "company"])
def test_a_name_beyond_the_bmp_leaves_an_order_without_any_customer(name):
    shop = SimulatedShopScript()
    save(shop, LINE | BUYER | {f"customer[{name}]": ASTRAL})
    held = held_by(shop)
    assert (held["contact_id"], held["contact"]["email"], shop.orders()[0]["mails"]) == ("0", None, [])


def test_on_an_edit_such_a_name_alone_stays_as_it_was():
    shop = SimulatedShopScript()
    save(shop, LINE | BUYER)
    save(shop, {"id": "1", "customer[firstname]": ASTRAL, "customer[email]": "new@example.com"})
    assert held_by(shop)["contact"] == {"id": "1", "name": "Ida", "email": "new@example.com", "phone": None}


def test_an_email_beyond_the_bmp_empties_the_order_once_one_without_a_customer_was_there():
    shop = SimulatedShopScript()
    save(shop)
    save(shop, LINE | {"customer[email]": "\U0001f600@example.com", "params[a]": "1"})
    assert (held_by(shop, 2)["items"], held_by(shop, 2)["params"]) == ([], [])


@pytest.mark.parametrize(
    ("field", "text"),
    [("firstname", "x" * 51), ("lastname", "x" * 51), ("company", "x" * 151), ("email", ".a@example.com")],
)
@pytest.mark.parametrize("more", [{}, {"id": "1"}])
def test_what_the_customer_form_does_not_like_is_named_by_field_and_changes_nothing(field, text, more):
    shop = SimulatedShopScript()
    save(shop)
    before = json.dumps(shop.orders())
    answer = save(shop, LINE | more | {f"customer[{field}]": text, "comment": "x"})[1]
    assert (answer["status"], list(answer["errors"]["customer"])) == ("fail", [field])
    assert json.dumps(shop.orders()) == before


def test_a_named_contact_is_overwritten_by_the_customer_that_is_sent():
    shop = SimulatedShopScript()
    save(shop, LINE | BUYER)
    save(shop, LINE | {"contact_id": "1", "customer[email]": "other@example.com", "customer[firstname]": "Ann"})
    assert held_by(shop)["contact"] == {"id": "1", "name": "Ann", "email": "other@example.com", "phone": None}


def test_a_line_whose_variant_changes_keeps_its_quantity_and_takes_the_catalogues_price():
    shop = SimulatedShopScript(catalogue={"71": "7.50"})
    save(shop)
    save(shop, {"id": "1", "items[0][item_id]": "1", "items[0][product_id]": "8", "items[0][sku_id]": "71"})
    line = held_by(shop)["items"]["1"]
    assert (line["quantity"], line["price"]) == ("2.000", "7.5000")


def test_an_orders_discount_is_shared_among_all_lines_and_services():
    """Ten of 21 + 4: 8.40 and 1.60, each a whole number of cents a piece."""
    shop = SimulatedShopScript()
    service = {"service_id": "4", "service_variant_id": "6", "price": "2", "total_discount": "1"}
    form = LINE | {f"items[0][services][0][{name}]": text for name, text in service.items()}
    save(shop, form | {"discount": "10"})
    held = held_by(shop)
    assert [line["total_discount"] for line in held["items"].values()] == ["8.4000", "1.6000"]
    assert held["discount"] == "10.0000"


@pytest.mark.parametrize(
    ("quantity", "sent", "kept"), [("3", "10", "10.0200"), ("3", "9", "9.0000"), ("7", "1", "1.0500")]
)
def test_a_discount_that_no_quantity_divides_grows_to_one_that_does(quantity, sent, kept):
    shop = SimulatedShopScript()
    save(shop, LINE | {"items[0][quantity]": quantity, "discount": sent})
    assert held_by(shop)["discount"] == kept


def test_a_discount_may_grow_by_a_cent_a_piece():
    """5.00 of a thousand pieces at 0.02 is none of them, or a cent of each."""
    shop = SimulatedShopScript()
    save(shop, LINE | {"items[0][quantity]": "1000", "items[0][price]": "0.02", "discount": "5"})
    assert (held_by(shop)["discount"], held_by(shop)["total"]) == ("10.0000", "10.0000")


def test_a_services_own_discount_is_not_read():
    shop = SimulatedShopScript()
    service = {"service_id": "4", "service_variant_id": "6", "price": "2", "total_discount": "1"}
    save(shop, LINE | {f"items[0][services][0][{name}]": text for name, text in service.items()} | {"discount": "0"})
    assert held_by(shop)["items"]["2"]["total_discount"] == "0.0000"


def test_a_currency_that_the_shop_has_not_has_the_rate_0():
    shop = SimulatedShopScript()
    save(shop, LINE | {"currency": "SEK"})
    save(shop, LINE | {"currency": "EUR"})
    assert [(order["currency"], order["rate"]) for order in shop.orders()] == [
        ("SEK", "0.00000000"),
        ("EUR", "1.00000000"),
    ]


@pytest.mark.parametrize(
    "form",
    [
        {"currency": "SEK", "items[0][price]": ""},
        {"items[]": ""},
        {"items[0]": "abc"},
        {"customer": "abc"},
        {"params": "abc"},
    ],
)
def test_what_php_falls_over_is_a_500_without_a_word(form):
    sent = form if "items[]" in form or "items[0]" in form else LINE | form
    shop = SimulatedShopScript()
    answer = call(shop, "POST", "shop.order.save", sent)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (500, b"", "text/html")
    assert shop.orders() == []


def test_a_line_has_the_catalogues_name_escaped_and_none_where_the_shop_has_not_the_variant():
    shop = SimulatedShopScript(names={"70": "<b>Mug</b>"}, unknown_skus=frozenset({"71"}))
    save(shop, LINE | SECOND | {"items[1][sku_id]": "71", "params[key]": "k"})
    assert [line["name"] for line in held_by(shop)["items"].values()] == ["&lt;b&gt;Mug&lt;/b&gt;", ""]
    assert [line["name"] for line in search(shop, "k")["orders"][0]["items"]] == ["&lt;b&gt;Mug&lt;/b&gt;", ""]


@pytest.mark.parametrize("order_id", ["", "0"])
def test_reading_no_order_is_a_parameter_that_is_missing(order_id):
    status, answer = ask(SimulatedShopScript(), "GET", "shop.order.getInfo", query={"id": order_id})
    assert (status, answer["error"]) == (400, "invalid_param")


def test_a_service_without_its_variant_is_named_by_its_place():
    answer = save(SimulatedShopScript(), LINE | {"items[0][services][0][service_id]": "4"})[1]
    assert list(answer["errors"]["order"]["items"]) == ["0_0"]


def test_a_place_or_a_name_with_a_blank_breaks_the_xml():
    shop = SimulatedShopScript()
    form = LINE | {"items[0][services][0][service_id]": "4"}
    answer = call(shop, "POST", "shop.order.save", form, query={"format": "xml"})
    assert (answer.status, b"server_error" in answer.body) == (500, True)
    save(shop, LINE | {"params[gift wrap]": "yes"})
    assert call(shop, "GET", "shop.order.getInfo", query={"id": "1", "format": "xml"}).status == 500
    assert held_by(shop)["params"]["gift wrap"] == "yes"


def test_xml_is_indented():
    shop = SimulatedShopScript()
    save(shop)
    lines = call(shop, "GET", "shop.order.getInfo", query={"id": "1", "format": "xml"}).body.decode().splitlines()
    assert "  <id>1</id>" in lines


def test_a_new_order_has_not_been_updated_and_lines_stand_as_they_are_stored():
    shop = SimulatedShopScript()
    save(shop, LINE | SECOND | {"params[key]": "k"})
    assert held_by(shop)["update_datetime"] is None
    edit = {"items[0][item_id]": "2", "items[1][item_id]": "1"}
    save(shop, {"id": "1"} | edit)
    assert held_by(shop)["update_datetime"] is not None
    assert [line["id"] for line in search(shop, "k")["orders"][0]["items"]] == ["2", "1"]


def test_an_action_tells_more_of_itself_and_a_restored_order_is_told_of_by_null():
    shop = SimulatedShopScript()
    save(shop)
    assert {"name", "type", "color"} <= ask(shop, "GET", "shop.order.actions", query={"id": "1"})[1][0].keys()
    assert {"text", "params", "update", "id"} <= act(shop, "delete")[1].keys()
    assert act(shop, "restore") == (200, None)
    assert held_by(shop)["state_id"] == "new"


def test_a_later_tracking_number_deletes_the_time_of_delivery_that_it_does_not_repeat():
    """shopWorkflowEditshippingdetailsAction, 05ada83 [code]."""
    shop = SimulatedShopScript()
    save(shop)
    times = {"shipping_date": "2026-12-01", "shipping_time_from": "10:00", "shipping_time_to": "12:00"}
    act(shop, "editshippingdetails", tracking_number="T1", **times)
    params = held_by(shop)["params"]
    assert (params["tracking_number"], params["shipping_start_datetime"]) == ("T1", "2026-12-01 10:00:00")
    act(shop, "editshippingdetails", tracking_number="T2")
    params = held_by(shop)["params"]
    assert (params["tracking_number"], params["shipping_start_datetime"]) == ("T2", None)


def test_the_shop_taxes_an_order_by_the_address_of_its_customer_alone():
    shop = SimulatedShopScript(taxes={"dnk": (Decimal("0.25"), False), "est": (Decimal("0.25"), True)})
    save(shop, LINE | {"shipping_address[country]": "dnk"})
    assert (held_by(shop)["tax"], held_by(shop)["total"]) == ("0.0000", "21.0000")
    save(shop, LINE | BUYER | {"customer[address.shipping][country]": "dnk"})
    assert (held_by(shop, 2)["tax"], held_by(shop, 2)["total"]) == ("5.2500", "26.2500")
    assert held_by(shop, 2)["params"]["shipping_address.country"] == "dnk"
    save(shop, LINE | BUYER | {"customer[address.shipping][country]": "est"})
    assert (held_by(shop, 3)["tax"], held_by(shop, 3)["total"]) == ("4.2000", "21.0000")


def test_the_buyer_is_told_of_every_create_edit_and_action():
    shop = SimulatedShopScript()
    save(shop, LINE | BUYER)
    save(shop, {"id": "1", "comment": "x"})
    act(shop, "pay")
    assert shop.orders()[0]["mails"] == ["create", "edit", "pay"]


def test_the_key_to_the_payment_links_is_in_a_read_order_and_in_no_search():
    shop = SimulatedShopScript()
    save(shop, LINE | {"params[key]": "k"})
    assert "entropy" in held_by(shop)["params"]
    assert "entropy" not in search(shop, "k")["orders"][0]["params"]
