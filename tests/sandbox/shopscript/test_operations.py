"""providers.md 2.1: what can be called, at which address, with which body."""

from urllib.parse import urlencode

import pytest

from tests.fakes.shop_calls import FORM, LINE, ask, call, held_by, save, search
from worker.sandbox.base import VendorCall
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript

BORDER = "multipart/form-data; boundary=edge"


def parts(form, border=b"--edge"):
    """A multipart body of these fields."""
    fields = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode() for name, text in form.items()]
    return b"".join(border + b"\r\n" + field + b"\r\n" for field in fields) + border + b"--\r\n"


def test_a_create_says_ok_and_no_id():
    """2.1 order.created [code][ran]."""
    shop = SimulatedShopScript()
    assert save(shop) == (200, {"status": "ok", "data": []})
    held = held_by(shop)
    assert (held["id"], held["total"], held["state_id"]) == ("1", "21.0000", "new")


def test_an_edit_says_ok_and_no_id_either():
    """2.1 order.updated."""
    shop = SimulatedShopScript()
    save(shop)
    assert save(shop, LINE | {"id": "1", "items[0][item_id]": "1"}) == (200, {"status": "ok", "data": []})
    assert len(shop.orders()) == 1


def test_a_search_finds_orders_by_a_parameter_with_their_lines_in_a_list():
    """2.1 find our order, read back [code][ran]: the limit is 100 unless told, the lines a list and no map."""
    shop = SimulatedShopScript()
    for key in ("k1", "k2", "k1"):
        save(shop, LINE | {"params[key]": key})
    page = search(shop, "k1")
    assert (page["offset"], page["limit"], page["count"]) == (0, 100, 2)
    assert [order["id"] for order in page["orders"]] == ["3", "1"]
    assert page["orders"][0]["items"] == list(held_by(shop, 3)["items"].values())
    assert search(shop, "k3") == {"offset": 0, "limit": 100, "count": 0, "orders": []}


def test_a_read_order_has_its_lines_by_their_ids():
    """2.1 read back [code][ran]."""
    shop = SimulatedShopScript()
    save(shop)
    assert list(held_by(shop)["items"]) == ["1"]
    assert ask(shop, "GET", "shop.order.getInfo", query={"id": "9"})[0] == 404


def test_an_order_is_added_at_the_catalogues_prices_and_shown_whole():
    """2.1 order.add [code][ran]: it answers with the order, and reads neither prices nor a discount."""
    shop = SimulatedShopScript(catalogue={"70": "12.5"})
    sent = {"contact_id": "900", "params[key]": "k1", "comment": "Ring", "discount": "5"}
    status, held = ask(shop, "POST", "shop.order.add", LINE | {"items[1][sku_id]": "404"} | sent)
    assert (status, held["id"], held["total"], held["discount"]) == (200, "1", "25.0000", "0.0000")
    assert [line["price"] for line in held["items"].values()] == ["12.5000"]
    assert (held["contact_id"], held["params"]["key"], held["comment"]) == ("900", "k1", "Ring")
    assert search(shop, "k1")["count"] == 1


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"items[0][sku_id]": "70"}, 400, "invalid_param"),
        ({"contact[email]": "a@b.c"}, 400, "invalid_param"),
        ({"contact[email]": "a@b.c", "items[0][sku_id]": "404"}, 500, "server_error"),
    ],
)
def test_an_order_is_not_added_without_customer_lines_or_variants(form, status, code):
    """2.1 order.add [code]."""
    shop = SimulatedShopScript(catalogue={"70": "12.5"})
    answered, answer = ask(shop, "POST", "shop.order.add", form)
    assert (answered, answer["error"], shop.orders()) == (status, code, [])


def test_an_action_names_both_states_and_its_order_as_a_number():
    """2.1 status change."""
    shop = SimulatedShopScript()
    save(shop)
    moved = {"order_id": 1, "action_id": "ship", "before_state_id": "new", "after_state_id": "shipped"}
    status, answer = ask(shop, "POST", "shop.order.action", {"id": "1", "action": "ship"})
    assert (status, answer) == (200, answer | moved)


def test_a_shipment_may_bring_its_tracking_number():
    """Beyond 2.1: shopWorkflowShipAction [code]."""
    shop = SimulatedShopScript()
    save(shop)
    ask(shop, "POST", "shop.order.action", {"id": "1", "action": "ship", "tracking_number": "T1"})
    assert held_by(shop)["params"]["tracking_number"] == "T1"


def test_the_allowed_actions_are_a_list_with_an_id_each():
    """2.1 allowed actions [ran]."""
    shop = SimulatedShopScript()
    save(shop)
    status, actions = ask(shop, "GET", "shop.order.actions", query={"id": "1"})
    assert status == 200
    assert {"pay", "ship", "complete", "delete"} < {action["id"] for action in actions}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        pytest.param("shop.order.save", {}, id="2.1 app.method [code][ran]"),
        pytest.param("shop/order.save", {}, id="2.1 app/method [code][ran]"),
        pytest.param("", {"app": "shop", "method": "order.save"}, id="2.1 in the query [code][ran]"),
    ],
)
def test_three_addresses_are_one_method(path, query):
    shop = SimulatedShopScript()
    assert ask(shop, "POST", path, LINE, query=query) == (200, {"status": "ok", "data": []})
    assert held_by(shop)["total"] == "21.0000"


def test_a_json_body_is_not_read_at_all():
    """2.1 Encoding [code][ran]."""
    status, answer = save(SimulatedShopScript(), body=b'{"items": [{"sku_id": 70}]}', media="application/json")
    assert (status, answer["status"], len(answer["errors"])) == (200, "fail", 1)
    assert save(SimulatedShopScript(), {})[1] == answer


def test_a_multipart_form_is_read_like_an_urlencoded_one():
    """2.1 Encoding: urlencoded or multipart [code][ran]."""
    shop = SimulatedShopScript()
    sent = LINE | {"items[0][price]": "10,5", "comment": "a & b = ü"}
    assert save(shop, body=parts(sent), media=BORDER)[1]["status"] == "ok"
    assert (held_by(shop)["total"], held_by(shop)["comment"]) == ("21.0000", "a & b = ü")


def test_a_file_in_a_form_is_no_variable():
    """2.1 Encoding, PHP's ``$_POST``: PHP 8.2 on loopback, 2026-11-22."""
    shop = SimulatedShopScript()
    body = parts(LINE | {"comment": "x", 'params[a]"; filename="a.txt': "1"})
    assert save(shop, body=body, media=BORDER)[1]["status"] == "ok"
    assert (held_by(shop)["comment"], "a" in held_by(shop)["params"]) == ("x", False)


def test_the_body_of_a_get_is_no_form():
    """2.1 Encoding, PHP's ``$_POST`` [code]."""
    sent = {"access_token": ACCESS_TOKEN}
    assert ask(SimulatedShopScript(), "GET", "shop.order.search", sent, token="")[1]["error"] == "token_required"


def test_a_multipart_form_keeps_exactly_a_thousand_variables():
    """2.4 surprise 1, in the other encoding: PHP 8.2 on loopback, 2026-11-22."""
    shop = SimulatedShopScript()
    sent = LINE | {f"params[p{n}]": "1" for n in range(1000)}
    save(shop, body=parts(sent), media=BORDER)
    assert sum(name.startswith("p") for name in held_by(shop)["params"]) == 996
    assert save(SimulatedShopScript(), body=parts(LINE), media="multipart/form-data")[1]["status"] == "fail"


@pytest.mark.parametrize(
    ("form", "query", "header", "status"),
    [
        pytest.param({"access_token": ACCESS_TOKEN}, {}, "", 200, id="form [code][ran]"),
        pytest.param({}, {"access_token": ACCESS_TOKEN}, "", 200, id="query [code]"),
        pytest.param({}, {}, f"Bearer {ACCESS_TOKEN}", 200, id="header [code][ran]"),
        pytest.param({}, {}, ACCESS_TOKEN, 200, id="header without Bearer [code]"),
        pytest.param({"access_token": "wrong"}, {}, f"Bearer {ACCESS_TOKEN}", 401, id="form before header [code]"),
        pytest.param({}, {"access_token": "wrong"}, f"Bearer {ACCESS_TOKEN}", 401, id="query before header [code]"),
        pytest.param({}, {}, "", 400, id="nowhere [ran]"),
    ],
)
def test_the_token_is_taken_from_form_or_query_before_the_header(form, query, header, status):
    """2.1 Auth."""
    headers = {"content-type": FORM} | ({"authorization": header} if header else {})
    path = "/api.php/shop.order.save"
    asked = VendorCall("POST", path, urlencode(query), headers, urlencode(LINE | form).encode(), 1000.0)
    assert SimulatedShopScript().answer(asked).status == status


def test_an_older_shop_takes_no_token_from_a_header():
    """6 W1."""
    shop = SimulatedShopScript(reads_header=False)
    assert save(shop)[1]["error"] == "token_required"
    assert save(shop, LINE | {"access_token": ACCESS_TOKEN}, token="")[0] == 200


def test_a_token_needs_the_app_in_its_scope_and_does_not_wear_out():
    """2.1 Auth [docs][code]."""
    shop = SimulatedShopScript(scopes={ACCESS_TOKEN: "crm,shop", "other": "crm"})
    assert [save(shop, at=at)[0] for at in (0.0, 4e9)] == [200, 200]
    assert save(shop, token="other")[0] == 403


def test_an_answer_says_what_it_is():
    """2.1 [code]."""
    assert (
        call(SimulatedShopScript(), "POST", "shop.order.save", LINE)
        .headers["Content-Type"]
        .startswith("application/json")
    )


def test_a_token_in_a_list_is_an_unknown_one():
    assert ask(SimulatedShopScript(), "GET", "shop.order.search", query={"access_token[]": "x"}, token="")[0] == 401
    assert save(SimulatedShopScript(), LINE | {"access_token[]": "x"}, token="")[0] == 401


def test_asking_for_options_is_answered_with_nothing():
    answer = call(SimulatedShopScript(), "OPTIONS", "shop.order.save")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(("settings", "orders"), [({}, 2_147_483_647), ({"blind": frozenset({ACCESS_TOKEN})}, 1)])
def test_the_rights_of_the_tokens_user_can_be_asked_for(settings, orders):
    status, rights = ask(SimulatedShopScript(**settings), "GET", "shop.rights")
    assert (status, rights["orders"]) == (200, orders)
