import json
from urllib.parse import quote
from xml.etree import ElementTree as ET

from tests.fakes.shop_calls import LINE, ask, call, held_by, save, search
from worker.sandbox.base import Call
from worker.sandbox.shopscript import ACCESS_TOKEN, ShopScript


def test_orders_are_searched_by_a_parameter():
    shop = ShopScript()
    for key in ("k1", "k2", "k1"):
        save(shop, LINE | {"params[key]": key})
    page = search(shop, "k1")
    assert (page["count"], [order["id"] for order in page["orders"]]) == (2, ["3", "1"])
    assert isinstance(page["orders"][0]["items"], list)
    save(shop, LINE | {"params[key]": "k2", "id": "1"})
    assert [order["id"] for order in search(shop, "k1")["orders"]] == ["3"]
    assert search(shop, "k3") == {"offset": 0, "limit": 100, "count": 0, "orders": []}


def test_a_lagging_index_hides_new_orders_from_the_search_alone():
    shop = ShopScript()
    shop.hide_new(30)
    save(shop, LINE | {"params[key]": "k1"}, at=1000)
    assert search(shop, "k1", at=1029)["count"] == 0
    assert held_by(shop)["id"] == "1"
    assert search(shop, "k1", at=1030)["count"] == 1
    shop.hide_new(0)
    save(shop, LINE | {"params[key]": "k2"}, at=1031)
    assert search(shop, "k2", at=1031)["count"] == 1


def act(shop, action):
    return ask(shop, "POST", "shop.order.action", {"id": "1", "action": action})


def test_an_action_is_taken_once_and_where_the_state_allows_it():
    shop = ShopScript()
    save(shop)
    assert "refund" not in [a["id"] for a in ask(shop, "GET", "shop.order.actions", query={"id": "1"})[1]]
    moved = {"order_id": 1, "action_id": "pay", "before_state_id": "new", "after_state_id": "paid"}
    assert act(shop, "pay") == (200, moved)
    assert act(shop, "pay")[0] == 404
    assert act(shop, "delete")[1]["error"] == "invalid_param"
    assert act(shop, "refund")[1]["after_state_id"] == "refunded"


def test_a_deleted_order_is_deleted_again_edited_and_restored():
    shop = ShopScript()
    save(shop)
    deleted = [ask(shop, "POST", "shop.order.delete", {"id": "1"})[0] for _ in range(2)]
    assert deleted == [200, 200]
    assert save(shop, LINE | {"id": "1", "comment": "x"})[1]["status"] == "ok"
    assert act(shop, "restore")[1]["after_state_id"] == "new"


def test_xml_loses_what_the_real_writer_loses():
    shop = ShopScript()
    ok = call(shop, "POST", "shop.order.save", LINE, query={"format": "xml"})
    assert (ok.headers["Content-Type"], ET.fromstring(ok.body).findtext("status")) == ("text/xml; charset=utf-8", "ok")
    assert len(ET.fromstring(ok.body)) == 1
    empty = ET.fromstring(call(shop, "POST", "shop.order.save", {}, query={"format": "xml"}).body)
    assert [child.tag for child in empty] == ["status", "errors"]
    none = ET.fromstring(call(shop, "GET", "shop.order.search", query={"format": "xml", "hash": "id/9"}).body)
    assert [(child.tag, child.text) for child in none][-1] == ("count", None)
    held = ET.fromstring(call(shop, "GET", "shop.order.getInfo", query={"format": "xml", "id": "1"}).body)
    assert held.findtext("items/item/price") == "10.5000"


def test_a_callback_makes_every_answer_a_200_script():
    answer = call(ShopScript(), "POST", "shop.order.save", token="", query={"callback": "f"})
    assert (answer.status, answer.body[:2], answer.body[-2:]) == (200, b"f(", b");")


def test_orders_show_our_key_and_every_save_in_order_of_arrival():
    shop = ShopScript()
    save(shop, LINE | {"params[ordercast_number]": "1001", "params[ordercast_grand]": "21.0000"})
    save(shop, LINE | {"id": "1", "items[0][quantity]": "3", "params[ordercast_grand]": "31.5000"})
    act(shop, "pay")
    (order,) = shop.orders()
    assert (order["key"], order["id"]) == ("1001", "1")
    assert [entry[:3] for entry in order["saves"]] == [
        ["create", "21.0000", "21.0000"],
        ["edit", "31.5000", "31.5000"],
        ["pay", "31.5000", None],
    ]
    json.dumps(shop.orders())
    shop.reset()
    assert shop.orders() == []


def test_a_number_far_too_long_is_no_harm():
    assert save(ShopScript(), LINE | {"items[0][price]": "9" * 400})[0] == 200


def test_a_hash_with_encoded_operators_is_one_condition():
    shop = ShopScript()
    save(shop, LINE | {"params[key]": "k1"})
    raw = Call(
        "GET",
        "/api.php/shop.order.search",
        "hash=" + quote("search/params.key=k1", safe=""),
        {"authorization": ACCESS_TOKEN},
        b"",
        2000.0,
    )
    assert json.loads(shop.answer(raw).body)["count"] == 1
