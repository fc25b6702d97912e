"""The played OpenBizBox: lines by position, with every surprise that the page shows."""

import pytest

from tests.fakes.openbizbox_till import Till, articles, three


@pytest.fixture
def till():
    return Till()


def test_a_list_edits_by_position_and_leaves_what_is_empty(till):
    order_id = three(till)
    status, _ = till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": [{"price": 1200}, {}, {}]}})
    assert status == 204
    assert [line["price"] for line in till.lines(order_id)["products"]] == [1200, 2, 3]


def test_a_shorter_list_removes_what_it_does_not_mention(till):
    order_id = three(till)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": [{}]}})
    assert articles(till, order_id) == [1001]


def test_a_longer_list_adds_a_line(till):
    order_id = three(till)
    new = {"product_article_id": 1009, "price": 100}
    for _ in range(2):  # sent twice it writes to the same place
        till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": [{}, {}, {}, new]}})
    assert articles(till, order_id) == [1001, 1002, 1003, 1009]


def test_an_object_keeps_the_lines_that_its_keys_name_from_zero(till):
    order_id = three(till)
    sent = {"lines": {"products": {"1": {}, "2": {}}, "shipping": None}}
    till.call("PUT", f"/api/v2/orders/{order_id}.json", sent)
    assert articles(till, order_id) == [1002, 1003]
    assert "shipping" not in till.lines(order_id)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", sent)  # sent twice it removes one more
    assert articles(till, order_id) == [1003]


@pytest.mark.parametrize("empty", [[], {}])
def test_an_empty_list_and_an_empty_object_remove_every_line(till, empty):
    order_id = three(till)
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": {"products": empty}})
    assert articles(till, order_id) == []
    assert till.lines(order_id)["shipping"]["price"] == 9


def test_a_refused_edit_changes_nothing(till):
    order_id = three(till)
    sent = {"status": 5, "lines": {"products": [{}, {"price": "much"}]}}
    assert till.call("PUT", f"/api/v2/orders/{order_id}.json", sent)[0] == 400
    assert articles(till, order_id) == [1001, 1002, 1003]
    assert till.shop.orders()[0]["status"]["id"] == 4
