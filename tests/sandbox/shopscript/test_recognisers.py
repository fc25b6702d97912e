"""providers.md 2.3: every answer that has to be recognised."""

import json
from xml.etree import ElementTree as ET

import pytest

from tests.fakes.shop_calls import LINE, ask, call, held_by, save, search
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript

CYRILLIC = range(0x0400, 0x0500)


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        pytest.param({"token": ""}, 400, "token_required", id="missing token [ran]"),
        pytest.param({"path": "crm.deal.add"}, 400, "app_not_installed", id="another app [ran]"),
        pytest.param({"path": "shop.order.getInfo", "method": "GET"}, 400, "invalid_param", id="no id [ran]"),
        pytest.param({"path": "shop.order.action", "form": {"id": "9"}}, 400, "invalid_param", id="no action [code]"),
        pytest.param({"path": "nowhere"}, 400, "invalid_request", id="malformed URL [code]"),
        pytest.param({"path": "shop/order/save"}, 400, "invalid_request", id="too many parts [code]"),
        pytest.param({"token": "wrong"}, 401, "invalid_token", id="unknown token [ran]"),
        pytest.param({"token": "old"}, 401, "invalid_token", id="expired token [ran]"),
        pytest.param({"token": "blog"}, 403, "access_denied", id="scope [ran]"),
        pytest.param({"path": "shop.order.explode"}, 404, "invalid_method", id="unknown method [ran]"),
        pytest.param(
            {"path": "shop.order.getInfo", "method": "GET", "query": {"id": "9"}}, 404, "invalid_param",
            id="absent order, getInfo [ran]",
        ),
        pytest.param(
            {"path": "shop.order.action", "form": {"id": "9", "action": "pay"}}, 404, "invalid_param",
            id="absent order, action [ran]",
        ),
        pytest.param({"method": "GET"}, 405, "invalid_request", id="GET on a POST method [ran]"),
        pytest.param(
            {"path": "shop.order.search"}, 405, "invalid_request", id="POST on a GET method [code]",
        ),
        pytest.param({"query": {"format": "yaml"}}, 200, "invalid_request", id="unknown format [ran]"),
        pytest.param(
            {"query": {"format": "yaml"}, "token": ""}, 200, "invalid_request", id="unknown format, no token [code]"
        ),
        pytest.param(
            {"path": "shop.order.search", "method": "GET", "query": {"limit": "1001"}}, 200, "invalid_param",
            id="search limit [code]",
        ),
        pytest.param(
            {"path": "shop.order.search", "method": "GET", "query": {"offset": "-1"}}, 200, "invalid_param",
            id="search offset [code]",
        ),
        pytest.param({"form": LINE | {"id": "99"}}, 500, "server_error", id="unknown id [ran]"),
        pytest.param({"form": LINE | {"id": "abc"}}, 500, "server_error", id="an id that is none [code]"),
    ],
)  # fmt: skip
def test_an_error_has_its_status_and_its_code(more, status, code):
    shop = SimulatedShopScript(scopes={ACCESS_TOKEN: "shop,crm", "old": "expired", "blog": "blog"})
    asked = {"method": "POST", "path": "shop.order.save", "form": LINE} | more
    answered, answer = ask(shop, asked.pop("method"), asked.pop("path"), **asked)
    assert (answered, answer["error"]) == (status, code)
    assert shop.orders() == []


def test_a_failed_save_is_a_200_with_errors_in_a_list_or_by_field():
    """2.3 status fail [ran]."""
    assert save(SimulatedShopScript(language="en"), {})[1] == {"status": "fail", "errors": ["Order items not found."]}
    status, answer = save(SimulatedShopScript(), {"items": "abc"})
    assert (status, answer["status"], list(answer["errors"]["order"])) == (200, "fail", ["common"])


def test_an_unknown_token_is_named_by_its_digest_and_an_expired_one_is_not():
    """2.3 401 invalid_token [ran]."""
    shop = SimulatedShopScript(scopes={"old": "expired"})
    assert save(shop, token="wrong")[1]["sha256"].startswith("8810ad581e59f2bc")
    assert save(shop, token="old")[1] == {"error": "invalid_token", "error_description": "Access token has expired"}


def test_a_missing_right_may_come_without_a_description():
    """2.3 403 access_denied [ran]."""
    assert save(SimulatedShopScript(scopes={"blog": "blog"}), token="blog")[1] == {"error": "access_denied"}


def test_a_shop_without_licence_or_with_its_api_off_says_so():
    """2.3 402 payment_required, 404 disabled [code]."""
    assert save(SimulatedShopScript(is_licensed=False))[1]["error"] == "payment_required"
    assert save(SimulatedShopScript(is_licensed=False))[0] == 402
    assert save(SimulatedShopScript(is_enabled=False)) == (
        404,
        {"error": "disabled", "error_description": "API is disabled"},
    )


def test_an_action_that_the_state_does_not_offer_is_a_404():
    """2.3 404 invalid_param on action [ran]: the same as for an order that is not there."""
    shop = SimulatedShopScript()
    save(shop)
    for action in ("refund", "explode"):
        status, answer = ask(shop, "POST", "shop.order.action", {"id": "1", "action": action})
        assert (status, answer["error"]) == (404, "invalid_param")


def test_without_its_database_the_shop_says_500_and_nothing():
    """2.3 500 with an empty, non-JSON body [ran]."""
    answer = call(SimulatedShopScript(has_database=False), "POST", "shop.order.save", LINE)
    assert (answer.status, answer.body) == (500, b"")
    assert "json" not in answer.headers["Content-Type"]


def test_a_shop_that_forces_tls_moves_the_call_and_does_not_read_it():
    """2.3 301 [code]."""
    shop = SimulatedShopScript(forces_tls=True)
    answer = call(shop, "POST", "shop.order.save", LINE, query={"format": "json"})
    assert (answer.status, answer.body) == (301, b"")
    assert answer.headers["Location"] == "https://localhost/shopscript/api.php/shop.order.save?format=json"
    assert shop.orders() == []


@pytest.mark.parametrize(("token", "begins"), [("", b'f({"error"'), (ACCESS_TOKEN, b'f({"status":"ok"')])
def test_a_callback_makes_every_answer_a_200_script(token, begins):
    """2.3 callback [ran]."""
    answer = call(SimulatedShopScript(), "POST", "shop.order.save", LINE, token=token, query={"callback": "f"})
    assert (answer.status, answer.body.startswith(begins), answer.body[-2:]) == (200, True, b");")
    assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "shop.order.getInfo", {}),
        ("POST", "shop.order.save", {}),
        ("POST", "shop.order.save", {"items": "abc"}),
        ("POST", "shop.order.action", {"id": "1", "action": "explode"}),
    ],
)
def test_the_shops_own_words_are_russian_unless_the_user_is_not(method, path, form):
    """2.3 localised texts [ran]: the codes are the same in every language."""
    answers = []
    for language in ("ru", "en"):
        shop = SimulatedShopScript(language=language)
        save(shop)
        answers.append(ask(shop, method, path, form, query={"id": "9"} if method == "GET" else None))
    (status, russian), (same, english) = answers
    assert (status, russian.keys(), russian.get("error")) == (same, english.keys(), english.get("error"))
    spoken = json.dumps(russian, ensure_ascii=False), json.dumps(english, ensure_ascii=False)
    assert [any(ord(char) in CYRILLIC for char in text) for text in spoken] == [True, False]


def read_xml(shop, method, path, form=None, **query):
    """The root of an answer in XML."""
    answer = call(shop, method, path, form, query=query | {"format": "xml"})
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    return ET.fromstring(answer.body)


def test_xml_has_a_response_with_a_status_or_an_error():
    """2.3 format=xml [ran]."""
    shop = SimulatedShopScript()
    ok = read_xml(shop, "POST", "shop.order.save", LINE)
    assert [(child.tag, child.text) for child in ok] == [("status", "ok")]
    failed = read_xml(shop, "POST", "shop.order.save", {"id": "9"})
    assert [child.tag for child in failed] == ["error", "error_description"]
    assert failed.findtext("error") == "server_error"


def test_xml_loses_what_the_real_writer_loses():
    """2.3 format=xml [ran]: an element for each entry of a list, none for an empty one, and on PHP 7 0 is empty."""
    shop = SimulatedShopScript(php=7)
    save(shop)
    assert [child.tag for child in read_xml(shop, "POST", "shop.order.save", {})] == ["status", "errors"]
    none = read_xml(shop, "GET", "shop.order.search", hash="id/9")
    assert [(child.tag, child.text) for child in none][-1] == ("count", None)
    assert read_xml(shop, "GET", "shop.order.getInfo", id="1").findtext("items/item/price") == "10.5000"
    save(shop, {"items[0][sku_id]": "70"})
    assert read_xml(shop, "GET", "shop.order.getInfo", id="2").findtext("items/item/product_id") == "0"
    none = read_xml(SimulatedShopScript(php=8), "GET", "shop.order.search", hash="id/9")
    assert [(child.tag, child.text) for child in none][-1] == ("count", "0")
    assert len(read_xml(shop, "GET", "shop.order.actions", id="1").findall("id")) == 10


def test_all_numbers_of_an_order_are_texts():
    """2.4 surprise 8 [ran], of a read order and of a found one; a page's own numbers are numbers."""
    shop = SimulatedShopScript()
    save(shop, LINE | {"params[key]": "k1", "contact_id": "9"})
    page = search(shop, "k1")
    assert {type(leaf) for leaf in leaves([held_by(shop), page["orders"]])} == {str, type(None)}
    assert {type(page[name]) for name in ("offset", "limit", "count")} == {int}


def leaves(branch):
    """Every value that holds no other."""
    if not isinstance(branch, dict | list):
        return [branch]
    return [leaf for below in (branch.values() if isinstance(branch, dict) else branch) for leaf in leaves(below)]
