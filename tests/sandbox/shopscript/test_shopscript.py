import json

import pytest

from tests.fakes.shop_calls import FORM, LINE, ask, held_by, save
from worker.sandbox.base import Call
from worker.sandbox.shopscript import ACCESS_TOKEN, ShopScript


def test_a_create_says_ok_and_no_id():
    shop = ShopScript()
    assert save(shop) == (200, {"status": "ok", "data": []})
    held = held_by(shop)
    assert (held["id"], held["total"], held["state_id"], held["currency"]) == ("1", "21.0000", "new", "USD")
    assert list(held["items"]) == ["1"]
    assert held["items"]["1"]["quantity"] == "2.000"


@pytest.mark.parametrize(
    ("path", "query"),
    [("shop.order.save", {}), ("shop/order.save", {}), ("", {"app": "shop", "method": "order.save"})],
)
def test_three_addresses_are_one_method(path, query):
    assert save(ShopScript()) == ask(ShopScript(), "POST", path, LINE, query=query)


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"token": ""}, 400, "token_required"),
        ({"token": "wrong"}, 401, "invalid_token"),
        ({"token": "old"}, 401, "invalid_token"),
        ({"token": "blog"}, 403, "access_denied"),
        ({"path": "crm.deal.add"}, 400, "app_not_installed"),
        ({"path": "shop.order.explode"}, 404, "invalid_method"),
        ({"path": "shop.order.save", "method": "GET"}, 405, "invalid_request"),
        ({"path": "nowhere"}, 400, "invalid_request"),
        ({"path": "shop/order/save"}, 400, "invalid_request"),
        ({"query": {"format": "yaml"}}, 200, "invalid_request"),
        ({"query": {"format": "yaml"}, "token": ""}, 200, "invalid_request"),
        ({"form": LINE | {"id": "99"}}, 500, "server_error"),
        ({"path": "shop.order.getInfo", "method": "GET", "query": {"id": "99"}}, 404, "invalid_param"),
        ({"path": "shop.order.getInfo", "method": "GET"}, 400, "invalid_param"),
        ({"path": "shop.order.search", "method": "GET", "query": {"limit": "1001"}}, 200, "invalid_param"),
        ({"path": "shop.order.search", "method": "GET", "query": {"offset": "-1"}}, 200, "invalid_param"),
        ({"path": "shop.order.search", "method": "GET", "query": {"hash": "what/1"}}, 500, "server_error"),
    ],
)
def test_an_error_has_its_status_and_its_code(more, status, code):
    shop = ShopScript(scopes={ACCESS_TOKEN: "shop,crm", "old": "expired", "blog": "blog"})
    asked = {"method": "POST", "path": "shop.order.save", "form": LINE} | more
    answered, answer = ask(shop, asked.pop("method"), asked.pop("path"), **asked)
    assert (answered, answer["error"]) == (status, code)
    assert shop.orders() == []


def test_a_wrong_token_is_named_by_its_digest_and_a_missing_right_not_at_all():
    shop = ShopScript(scopes={"blog": "blog"})
    assert save(shop, token="wrong")[1]["sha256"].startswith("8810ad581e59f2bc")
    assert save(shop, token="blog")[1] == {"error": "access_denied"}


def test_a_shop_without_licence_or_with_its_api_off_says_so():
    assert save(ShopScript(is_licensed=False))[0] == 402
    assert save(ShopScript(is_enabled=False)) == (404, {"error": "disabled", "error_description": "API is disabled"})


def test_the_token_may_come_in_the_form_the_query_or_a_header_without_bearer():
    assert save(ShopScript(), LINE | {"access_token": ACCESS_TOKEN}, token="")[0] == 200
    assert save(ShopScript(), query={"access_token": ACCESS_TOKEN}, token="")[0] == 200
    bare = Call("POST", "/api.php/shop.order.save", "", {"authorization": ACCESS_TOKEN, "content-type": FORM}, b"", 1.0)
    assert ShopScript().answer(bare).status == 200
    assert save(ShopScript(), LINE | {"access_token": "wrong"})[0] == 401


def test_a_json_body_is_not_read_at_all():
    status, answer = save(ShopScript(), body=json.dumps({"items": [{"sku_id": 70}]}).encode(), media="application/json")
    assert (status, answer["status"], len(answer["errors"])) == (200, "fail", 1)


def test_items_that_are_no_list_fail():
    assert save(ShopScript(), {"items": "abc"})[1]["status"] == "fail"


def test_two_equal_creates_make_two_orders_and_two_customers():
    shop = ShopScript()
    form = LINE | {"customer[email]": "a@b.c"}
    save(shop, form)
    save(shop, form)
    assert [(order["id"], order["contact_id"]) for order in shop.orders()] == [("1", "1"), ("2", "2")]


def test_what_is_past_a_thousand_variables_is_lost_without_a_word():
    shop = ShopScript(catalogue={"70": "99"})
    before = {"comment": "x", "shipping": "0", "discount": "0"}
    lines = {name.replace("[0]", f"[{n}]"): text for n in range(300) for name, text in LINE.items()}
    assert save(shop, before | lines)[1]["status"] == "ok"
    held = list(held_by(shop)["items"].values())
    assert len(held) == 250
    assert [line["price"] for line in held[-2:]] == ["10.5000", "99.0000"]


def test_a_line_without_product_id_is_stored_empty():
    shop = ShopScript()
    save(shop, {"items[0][sku_id]": "70", "items[0][price]": "10", "items[0][quantity]": "1"})
    line = held_by(shop)["items"]["1"]
    assert (line["name"], line["product_id"], line["price"]) == ("", "0", "0.0000")


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"items[0][price]": "10,5"}, "21.0000"),
        ({"items[0][quantity]": ""}, "10.5000"),
        ({"shipping": "4.9"}, "25.9000"),
        ({"discount": "5"}, "16.0000"),
        ({"discount": "500"}, "0.0000"),
        ({"discount": "calculate", "items[0][total_discount]": "5"}, "21.0000"),
        ({"discount": "5", "items[0][total_discount]": "3"}, "16.0000"),
        ({"total": "1", "state_id": "paid"}, "21.0000"),
    ],
)
def test_the_shop_sums_up_by_itself(changes, total):
    shop = ShopScript()
    save(shop, LINE | changes)
    held = held_by(shop)
    assert (held["total"], held["state_id"]) == (total, "new")


def test_an_unknown_variant_without_a_price_costs_nothing():
    shop = ShopScript()
    save(shop, {"items[0][product_id]": "7", "items[0][sku_id]": "404"})
    assert held_by(shop)["total"] == "0.0000"


def two_lines(shop):
    second = {name.replace("[0]", "[1]"): text for name, text in LINE.items()}
    save(
        shop, LINE | second | {"discount": "4", "comment": "old", "params[a]": "1", "params[b]": "2", "currency": "EUR"}
    )
    return shop


def test_an_edit_keeps_the_lines_it_names_and_deletes_the_others():
    shop = two_lines(ShopScript())
    save(shop, {"id": "1", "items[0][item_id]": "2", "items[0][quantity]": "5"})
    held = held_by(shop)
    assert list(held["items"]) == ["2"]
    assert (held["items"]["2"]["price"], held["items"]["2"]["quantity"]) == ("10.5000", "5.000")


def test_a_variant_does_not_identify_a_line():
    shop = two_lines(ShopScript())
    save(shop, LINE | {"id": "1"})
    assert list(held_by(shop)["items"]) == ["3"]


def test_an_edit_without_lines_keeps_all():
    shop = two_lines(ShopScript())
    save(shop, {"id": "1", "comment": "new", "params[b]": "3", "currency": "RUB"})
    held = held_by(shop)
    assert (len(held["items"]), held["comment"], held["currency"]) == (2, "new", "EUR")
    assert held["params"] == {"a": "1", "b": "3"}


@pytest.mark.parametrize(("sent", "discount"), [(None, "4.0000"), ("", "4.0000"), ("true", "0.0000"), ("1", "1.0000")])
def test_an_edit_keeps_the_discount_that_it_leaves_out(sent, discount):
    shop = two_lines(ShopScript())
    save(shop, {"id": "1"} | ({} if sent is None else {"discount": sent}))
    assert held_by(shop)["discount"] == discount


def test_another_customer_is_a_server_error_and_changes_nothing():
    shop = ShopScript()
    save(shop, LINE | {"contact_id": "900"})
    status, answer = save(shop, LINE | {"id": "1", "contact_id": "901", "comment": "x"})
    assert (status, answer["error"]) == (500, "server_error")
    assert (held_by(shop)["contact_id"], held_by(shop)["comment"]) == ("900", None)


def test_services_hang_on_their_line_and_go_where_they_are_left_out():
    shop = ShopScript()
    service = {"items[0][services][0][service_id]": "4", "items[0][services][0][service_variant_id]": "6"}
    save(shop, LINE | service | {"items[0][services][0][price]": "1"})
    held = held_by(shop)
    assert held["total"] == "23.0000"
    assert (held["items"]["2"]["type"], held["items"]["2"]["parent_id"]) == ("service", "1")
    save(shop, {"id": "1", "items[0][item_id]": "1"} | service)
    assert list(held_by(shop)["items"]) == ["1", "2"]
    save(shop, {"id": "1", "items[0][item_id]": "1"})
    assert list(held_by(shop)["items"]) == ["1"]


def test_a_service_without_its_variant_fails():
    answer = save(ShopScript(), LINE | {"items[0][services][0][service_id]": "4"})[1]
    assert answer["status"] == "fail"
    assert "service_variant_id" in json.dumps(answer["errors"])
