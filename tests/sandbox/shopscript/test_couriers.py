"""providers.md 2.1 and 2.3: couriers' tokens, and users who may do only some things."""

import pytest

from tests.fakes.shop_calls import LINE, ask, held_by, save
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript

HERS = "courier-token"


def shop_of_two():
    """Order 1 is courier 5's, order 2 another's."""
    shop = SimulatedShopScript(scopes={ACCESS_TOKEN: "shop", HERS: "shop"}, couriers={HERS: "5"})
    save(shop, LINE | {"params[courier_id]": "5"})
    save(shop, LINE | {"params[courier_id]": "6"})
    return shop


def as_courier(shop, method, path, form=None, query=None):
    """A call with the courier's token as a parameter."""
    if method == "POST":
        return ask(shop, method, path, (form or {}) | {"access_token": HERS}, token="")
    return ask(shop, method, path, query=(query or {}) | {"access_token": HERS}, token="")


def test_a_courier_is_known_by_the_parameter_and_never_by_the_header():
    """2.1 Auth [code]."""
    shop = shop_of_two()
    assert save(shop, LINE | {"id": "2"}, token=HERS)[0] == 200
    assert as_courier(shop, "POST", "shop.order.save", LINE | {"id": "2"})[0] == 403


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("POST", "shop.order.save", {}),
        ("POST", "shop.order.action", {"action": "ship"}),
        ("GET", "shop.order.actions", {}),
    ],
)
def test_a_courier_may_touch_the_orders_that_name_him_alone(method, path, more):
    """2.3 403 access_denied, courier [code]: an order that is not there is denied like another's."""
    shop = shop_of_two()
    answers = [as_courier(shop, method, path, {"id": order} | more, {"id": order}) for order in ("1", "2", "9")]
    assert [status for status, _ in answers] == [200, 403, 403]
    assert answers[1][1] == answers[2][1]
    assert answers[1][1]["error"] == "access_denied"
    assert answers[1][1]["error_description"]


@pytest.mark.parametrize(("method", "path"), [("POST", "shop.order.delete"), ("GET", "shop.order.getInfo")])
def test_some_methods_are_not_for_couriers_at_all(method, path):
    """2.3 403 access_denied, courier [code]."""
    shop = shop_of_two()
    assert as_courier(shop, method, path, {"id": "1"}, {"id": "1"})[0] == 403


def test_a_courier_finds_his_own_orders_alone():
    """2.1 Auth [code]."""
    page = as_courier(shop_of_two(), "GET", "shop.order.search")[1]
    assert (page["count"], [order["id"] for order in page["orders"]]) == (1, ["1"])


def test_a_user_without_the_right_moves_no_order_and_is_offered_nothing():
    """2.3 403 access_denied, rights [ran]."""
    shop = SimulatedShopScript(onlookers=frozenset({ACCESS_TOKEN}), language="en")
    save(shop)
    status, answer = ask(shop, "POST", "shop.order.action", {"id": "1", "action": "ship"})
    assert (status, answer["error"]) == (403, "access_denied")
    assert answer["error_description"] == "Action not available to user."
    assert ask(shop, "GET", "shop.order.actions", query={"id": "1"}) == (200, [])
    assert held_by(shop)["state_id"] == "new"


def test_a_user_without_the_right_finds_no_order_and_is_told_of_no_error():
    """Beyond 2.3: shopOrderSearchMethod, 1b716a [code]. A read by id is not asked for that right."""
    shop = SimulatedShopScript(blind=frozenset({ACCESS_TOKEN}))
    save(shop)
    found = ask(shop, "GET", "shop.order.search", query={"hash": "id/1"})
    assert found == (200, {"offset": 0, "limit": 100, "count": 0, "orders": []})
    assert held_by(shop)["id"] == "1"
