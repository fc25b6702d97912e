"""The played OpenBizBox: lists and the search."""

from urllib.parse import quote

import pytest

from tests.fakes.openbizbox_till import Till


@pytest.fixture
def till():
    return Till()


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
