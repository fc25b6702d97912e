"""providers.md 2.5 and 2.1: finding orders, and what means something inside ``hash``."""

import json
from urllib.parse import quote

import pytest

from tests.fakes.shop_calls import LINE, ask, held_by, save, search
from worker.sandbox.base import VendorCall
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript


def found(shop, asked, **more):
    """The ids that a hash finds, in the order of the answer."""
    status, page = ask(shop, "GET", "shop.order.search", query={"hash": asked} | more, at=3000.0)
    assert status == 200
    return [order["id"] for order in page["orders"]]


def three_orders():
    """Totals 21, 42 and 105, keys a-1, a-2 and b-1; the second is paid, the third has a comment."""
    shop = SimulatedShopScript()
    for at, (pieces, key) in enumerate([("2", "a-1"), ("4", "a-2"), ("10", "b-1")]):
        save(shop, LINE | {"items[0][quantity]": pieces, "params[key]": key}, at=1000.0 + at)
    ask(shop, "POST", "shop.order.action", {"id": "2", "action": "pay"})
    save(shop, {"id": "3", "comment": "Ring"}, at=2000.0)
    return shop


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("", ["3", "2", "1"]),
        ("all", ["3", "2", "1"]),
        ("id/1,3,9", ["3", "1"]),
        ("#/id/2", ["2"]),
        ("search/params.key=a-2", ["2"]),
        ("search/params.key==a-2", ["2"]),
        ("search/params.key!=a-2", ["3", "1"]),
        ("search/params.key^=a-", ["2", "1"]),
        ("search/params.key$=-1", ["3", "1"]),
        ("search/params.key*=-", ["3", "2", "1"]),
        ("search/params.key=a-1||b-1", ["3", "1"]),
        ("search/params.none=NULL", ["3", "2", "1"]),
        ("search/params.none=x", []),
        ("search/state_id=paid", ["2"]),
        ("search/state_id!=paid", ["3", "1"]),
        ("search/total>=42", ["3", "2"]),
        ("search/total>42", ["3"]),
        ("search/total<=42&params.key=a-1", ["1"]),
        ("search/total<100&state_id=new", ["1"]),
        ("search/total=42", ["2"]),
        ("search/create_datetime>=1970-01-01 00:16:41", ["3", "2"]),
        ("search/comment=NULL", ["2", "1"]),
        ("search/comment!=NULL", ["3"]),
        ("search/items.sku_id=70&items.quantity>2", ["3", "2"]),
        ("search/items.sku_id=71", []),
        ("search/nothing=1", ["3", "2", "1"]),
        ("search/", ["3", "2", "1"]),
    ],
)
def test_orders_are_found_by_what_the_hash_asks_for(asked, ids):
    """2.1 hash [code]; a condition on a field that no order has is none."""
    assert found(three_orders(), asked) == ids


def test_an_ampersand_or_an_operator_in_a_value_means_something_else():
    """2.5 [code]: so keys and values keep to letters, digits, hyphens and underscores."""
    shop = SimulatedShopScript()
    save(shop, LINE | {"params[key]": "a&b"})
    save(shop, LINE | {"params[key]": "a"})
    assert found(shop, "search/params.key=a&b") == ["2"]
    assert found(shop, "search/params.key=a||b") == ["2"]


@pytest.mark.parametrize(("sort", "ids"), [("total ASC", "123"), ("total DESC", "321"), ("id", "123"), ("x", "123")])
def test_orders_are_sorted_as_asked(sort, ids):
    """2.1 search [code]: ascending unless DESC is said; by the time of making where there is no such field."""
    assert "".join(found(three_orders(), "", sort=sort)) == ids


def test_a_page_is_cut_out_and_the_count_is_of_all():
    """2.1 search [code][ran]."""
    page = ask(three_orders(), "GET", "shop.order.search", query={"limit": "1", "offset": "1"}, at=3000.0)[1]
    assert (page["count"], page["limit"], page["offset"]) == (3, 1, 1)
    assert [order["id"] for order in page["orders"]] == ["2"]
    assert found(three_orders(), "", limit="1000") == ["3", "2", "1"]


def test_an_unknown_kind_of_hash_is_a_server_error():
    """2.1 hash [code]."""
    assert ask(SimulatedShopScript(), "GET", "shop.order.search", query={"hash": "what/1"})[0] == 500


def test_a_saved_parameter_is_found_by_its_new_value_alone():
    """2.2 params, 2.5 [ran]."""
    shop = three_orders()
    assert found(shop, "search/params.key=a-1") == ["1"]
    save(shop, {"id": "1", "params[key]": "c-1"})
    assert [found(shop, f"search/params.key={key}") for key in ("a-1", "c-1")] == [[], ["1"]]


def test_several_matches_are_all_found():
    """2.5, 6 W3: the one that counts is the lowest id."""
    shop = SimulatedShopScript()
    for _ in range(3):
        save(shop, LINE | {"params[key]": "k"})
    assert found(shop, "search/params.key=k") == ["3", "2", "1"]


def test_a_lagging_index_hides_new_orders_from_the_search_alone():
    """2.5: search and create are not one step."""
    shop = SimulatedShopScript()
    shop.hide_new(30)
    save(shop, LINE | {"params[key]": "k1"}, at=1000)
    assert search(shop, "k1", at=1029)["count"] == 0
    assert held_by(shop)["id"] == "1"
    assert search(shop, "k1", at=1030)["count"] == 1
    shop.hide_new(0)
    save(shop, LINE | {"params[key]": "k2"}, at=1031)
    assert search(shop, "k2", at=1031)["count"] == 1


def test_a_hash_with_encoded_operators_is_one_condition():
    shop = three_orders()
    asked = "hash=" + quote("search/params.key=a-1", safe="")
    raw = VendorCall("GET", "/api.php/shop.order.search", asked, {"authorization": ACCESS_TOKEN}, b"", 2000.0)
    assert json.loads(shop.answer(raw).body)["count"] == 1
