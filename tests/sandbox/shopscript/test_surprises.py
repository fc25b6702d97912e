"""providers.md 2.4: what surprises, and what the played shop keeps for those who check it."""

import json

import pytest

from tests.fakes.shop_calls import LINE, ask, held_by, save
from worker.sandbox.shopscript import SimulatedShopScript
from worker.sandbox.shopscript.workflow import DEFAULT, Workflow

STATES = tuple(DEFAULT.open_in)


def act(shop, action, order_id="1"):
    """One action of the workflow."""
    return ask(shop, "POST", "shop.order.action", {"id": order_id, "action": action})


def in_state(state, **settings):
    """A shop with one order in this state."""
    shop = SimulatedShopScript(**settings)
    save(shop)
    shop._orders.by_id["1"]["state_id"] = state
    return shop


def test_what_is_past_a_thousand_and_one_variables_is_lost_without_a_word():
    """2.4 surprise 1 [ran]: 300 lines of 4 fields, 250 stored, the last of them at the catalogue's price."""
    shop = SimulatedShopScript(catalogue={"70": "99"})
    before = {"comment": "x", "shipping": "0", "discount": "0"}
    lines = {name.replace("[0]", f"[{n}]"): text for n in range(300) for name, text in LINE.items()}
    assert save(shop, before | lines)[1]["status"] == "ok"
    held = list(held_by(shop)["items"].values())
    assert [line["price"] for line in held[-2:]] == ["10.5000", "99.0000"]
    assert len(held) == 250


def test_a_host_may_read_longer_forms():
    """6 W2."""
    shop = SimulatedShopScript(max_input_vars=2000)
    save(shop, {name.replace("[0]", f"[{n}]"): text for n in range(300) for name, text in LINE.items()})
    assert len(held_by(shop)["items"]) == 300


def test_two_equal_creates_make_two_orders_and_two_customers():
    """2.4 surprise 2 [ran]."""
    shop = SimulatedShopScript()
    assert [save(shop, LINE | {"customer[email]": "a@b.c"})[1]["status"] for _ in range(2)] == ["ok", "ok"]
    assert [(order["id"], order["contact_id"]) for order in shop.orders()] == [("1", "1"), ("2", "2")]


def test_an_unknown_variant_without_a_price_costs_nothing():
    """2.4 surprise 3 [ran]."""
    shop = SimulatedShopScript(catalogue={"70": "99"})
    assert save(shop, {"items[0][product_id]": "7", "items[0][sku_id]": "404"})[1]["status"] == "ok"
    assert (held_by(shop)["items"]["1"]["price"], held_by(shop)["total"]) == ("0.0000", "0.0000")


def test_an_edit_deletes_the_lines_that_it_leaves_out_and_keeps_all_where_it_has_none():
    """2.4 surprise 4 [ran]."""
    shop = SimulatedShopScript()
    save(shop, LINE | {name.replace("[0]", "[1]"): text for name, text in LINE.items()})
    save(shop, {"id": "1", "comment": "x"})
    assert list(held_by(shop)["items"]) == ["1", "2"]
    save(shop, {"id": "1", "items[0][item_id]": "2"})
    assert list(held_by(shop)["items"]) == ["2"]


def test_a_shop_older_than_12_takes_no_edit_without_lines():
    """6 W1: shopOrderSaveMethod, 855bd5 [code]."""
    shop = SimulatedShopScript(needs_items=True)
    save(shop)
    assert save(shop, {"id": "1", "comment": "x"})[1]["status"] == "fail"
    assert save(shop, LINE | {"id": "1", "comment": "x"})[1]["status"] == "ok"


@pytest.mark.parametrize("order_id", ["", "1"])
def test_items_that_are_no_list_fail_and_change_nothing(order_id):
    """2.4 surprise 4 [ran]."""
    shop = SimulatedShopScript()
    save(shop)
    before = json.dumps(shop.orders())
    assert save(shop, {"id": order_id, "items": "abc"})[1]["status"] == "fail"
    assert json.dumps(shop.orders()) == before


@pytest.mark.parametrize("state", STATES)
def test_an_order_is_edited_in_whatever_state_it_is(state):
    """2.4 surprise 5: deleted [ran], every other [code]."""
    shop = in_state(state)
    assert save(shop, {"id": "1", "comment": "x"})[1]["status"] == "ok"
    assert (held_by(shop)["comment"], held_by(shop)["state_id"]) == ("x", state)


def test_an_action_is_taken_once():
    """2.4 surprise 6 [ran]."""
    shop = SimulatedShopScript()
    save(shop)
    assert act(shop, "process")[0] == 200
    status, answer = act(shop, "process")
    assert (status, answer["error"]) == (404, "invalid_param")


def test_the_older_delete_is_taken_twice_and_noted_twice():
    """2.4 surprise 6 [ran]: two answers of 200, two rows in the log."""
    shop = SimulatedShopScript()
    save(shop)
    deleted = [ask(shop, "POST", "shop.order.delete", {"id": "1"}) for _ in range(2)]
    assert [(status, answer["after_state_id"]) for status, answer in deleted] == [(200, "deleted")] * 2
    assert shop.orders()[0]["moved"] == [["delete", "21.0000", "deleted"]] * 2
    assert ask(shop, "POST", "shop.order.delete", {"id": "9"})[0] == 404


def test_the_default_states_are_those_of_the_shop():
    """2.4 surprise 7 [code]."""
    named = "new processing auth paid fulfilling shipped completed pos pickup refunded deleted"
    assert set(STATES) == set(named.split())


@pytest.mark.parametrize(
    ("action", "state", "after"),
    [
        ("process", "new", "processing"),
        ("pay", "processing", "paid"),
        ("fulfilling", "paid", "fulfilling"),
        ("ship", "fulfilling", "shipped"),
        ("complete", "shipped", "completed"),
        ("refund", "completed", "refunded"),
        ("delete", "shipped", "deleted"),
        ("capture", "auth", "paid"),
        ("cancel", "auth", "refunded"),
        ("pickup", "pickup", "completed"),
        ("comment", "paid", "paid"),
    ],
)
def test_an_action_leads_to_its_state(action, state, after):
    """2.4 surprise 7 [code]."""
    answer = {"order_id": 1, "action_id": action, "before_state_id": state, "after_state_id": after}
    status, answered = act(in_state(state), action)
    assert (status, answered) == (200, answered | answer)


@pytest.mark.parametrize("state", STATES)
def test_what_is_offered_is_what_can_be_done(state):
    """2.4 surprise 7 [code]: in every state, each action of the shop."""
    offered = {row["id"] for row in ask(in_state(state), "GET", "shop.order.actions", query={"id": "1"})[1]}
    done = {action for action in {*DEFAULT.leads_to, "restore"} if act(in_state(state), action)[0] == 200}
    assert done == offered & {*DEFAULT.leads_to, "restore"}


@pytest.mark.parametrize(("action", "state"), [("delete", "paid"), ("delete", "completed"), ("refund", "new")])
def test_money_is_not_moved_from_every_state(action, state):
    """2.4 surprise 7 [code]."""
    shop = in_state(state)
    assert act(shop, action)[0] == 404
    assert (held_by(shop)["state_id"], shop.orders()[0]["moved"]) == (state, [])


def test_a_restored_order_is_again_what_it_was():
    """2.4 surprise 7 [code]: restore undoes delete."""
    shop = SimulatedShopScript()
    save(shop)
    for action in ("ship", "delete", "restore"):
        act(shop, action)
    assert held_by(shop)["state_id"] == "shipped"
    assert act(shop, "restore")[0] == 404


def test_a_shop_may_have_a_workflow_of_its_own():
    """2.4 surprise 7 [code]."""
    shop = SimulatedShopScript(workflow=Workflow({"new": ("sell",), "sold": ()}, {"sell": "sold"}))
    save(shop)
    assert [act(shop, action)[0] for action in ("pay", "sell", "sell")] == [404, 200, 404]
    assert held_by(shop)["state_id"] == "sold"


def test_no_rate_limits_the_calls_of_one_second():
    """2.5 [code]."""
    shop = SimulatedShopScript()
    assert {save(shop, at=1000.0)[0] for _ in range(200)} == {200}


def test_orders_show_our_key_their_saves_and_their_moves_in_order_of_commit():
    """What invariants are checked by: no answer shows it."""
    shop = SimulatedShopScript()
    save(shop, LINE | {"params[ordercast_number]": "1001", "params[ordercast_grand]": "21.0000"})
    act(shop, "pay")
    save(shop, LINE | {"id": "1", "items[0][quantity]": "3", "params[ordercast_grand]": "31.5000"})
    act(shop, "refund")
    (order,) = shop.orders()
    assert (order["key"], order["id"]) == ("1001", "1")
    saves = [["create", "21.0000", "21.0000"], ["edit", "31.5000", "31.5000"]]
    assert [entry[:3] for entry in order["saves"]] == saves
    assert order["moved"] == [["pay", "21.0000", "paid"], ["refund", "31.5000", "refunded"]]
    assert not {"saves", "moved"} & held_by(shop).keys()
    json.dumps(shop.orders())
    shop.reset()
    assert shop.orders() == []


def test_a_number_far_too_long_is_no_harm():
    assert save(SimulatedShopScript(), LINE | {"items[0][price]": "9" * 400})[0] == 200


@pytest.mark.parametrize("name", ["id", "discount", "shipping", "currency", "contact_id", "comment"])
def test_a_field_of_the_wrong_shape_is_answered_all_the_same(name):
    assert save(SimulatedShopScript(), LINE | {f"{name}[a][b]": "x"})[0] in {200, 500}


def test_a_service_without_its_variant_fails():
    """2.3 status fail, a map by field [ran]."""
    answer = save(SimulatedShopScript(), LINE | {"items[0][services][0][service_id]": "4"})[1]
    assert answer["status"] == "fail"
    assert "service_variant_id" in json.dumps(answer["errors"])
