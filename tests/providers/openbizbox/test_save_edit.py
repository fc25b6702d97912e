"""Edits by position: each row is what the shop holds, what we want, and the lines of the PUT between them."""

import json
from decimal import Decimal

import pytest

from schemas.config import Secret
from schemas.order import Discount, Fee, Payment, Shipping
from schemas.providers.openbizbox import OpenBizBoxOptions, read_json, read_order
from tests.fakes.snapshots import item, order, totals
from worker.providers.openbizbox.api import encode
from worker.providers.openbizbox.lines import positions_of
from worker.providers.openbizbox.mapping import wanted_of
from worker.providers.openbizbox.save_edit import edit_of

OPTIONS = OpenBizBoxOptions(client_id="c", client_secret=Secret("s"), mark="none")


def line(line_id, article, quantity=2, price=10, **more):
    return {
        "order_line_id": line_id,
        "variant_id": article,
        "quantity": quantity,
        "price": price,
        "price_with_tax": price,
        "tax_rate": 0,
        **more,
    }


def held(*products, **lines):
    """An order as the shop holds it, all but its lines as the orders of these tests are sent."""
    address = {
        "name": "Ada Lovelace",
        "street": "Main Street 1",
        "city": "London",
        "country": {"id": "GBR", "title": ""},
    }
    customer = {"email": "ada@example.com", "name": "Ada Lovelace"}
    shown = {"id": 1, "customer": customer, "billing_address": address, "currency": {"code": "EUR", "rate": 1}}
    return read_order(read_json(json.dumps(shown | {"lines": {"products": list(products), **lines}}).encode()))


def wanted(*items, **changes):
    of = order(items=list(items), **changes)
    return wanted_of(of, "shop/copenhagen", {sold.id: int(sold.variant_id or 0) for sold in items}, OPTIONS)


def sold(number, article, **changes):
    return item(number, variant_id=str(article), **changes)


def edits(now, then, **line_ids):
    """The lines of the PUT as they are on the wire; ``None`` where there are none."""
    ids = {name.replace("_", "-"): line_id for name, line_id in line_ids.items()}
    return json.loads(encode(edit_of(then, now, ids))).get("lines")


FIRST, SECOND, THIRD = line(74, 1001), line(75, 1002), line(76, 1003)


@pytest.mark.parametrize(
    ("now", "then", "products"),
    [
        pytest.param([FIRST, SECOND], [(1, 1001), (2, 1002)], None, id="no change leaves the key out"),
        pytest.param([FIRST], [(1, 1001), (2, 1002)], [{}, "1002"], id="a new line is past the end"),
        pytest.param([FIRST, SECOND, THIRD], [(2, 1002), (3, 1003)], {"1": {}, "2": {}}, id="the first is removed"),
        pytest.param([FIRST, SECOND], [(1, 1001)], {"0": {}}, id="the last is removed"),
        pytest.param([FIRST, SECOND], [(2, 1002), (3, 1003)], {"1": {}, "2": "1003"}, id="one goes, one comes"),
        pytest.param([FIRST, SECOND], [(2, 1002), (1, 1001)], None, id="another order of ours is the same order"),
        pytest.param([], [(1, 1001)], ["1001"], id="the first line of all"),
    ],
)
def test_products_are_edited_by_position(now, then, products):
    sent = edits(held(*now), wanted(*(sold(number, article) for number, article in then)))
    assert _with_new_ones_named((sent or {}).get("products")) == products


def _with_new_ones_named(products):
    def named(entry):
        return str(entry["product_article_id"]) if "product_article_id" in entry else entry

    if isinstance(products, dict):
        return {index: named(entry) for index, entry in products.items()}
    return products and [named(entry) for entry in products]


def test_all_lines_are_removed_only_where_none_is_wanted():
    gone = wanted(sold(1, 1001, quantity=Decimal(0)), totals=totals("0"))
    assert edits(held(FIRST), gone) == {"products": {}}
    assert edits(held(), gone) is None


def test_only_what_differs_of_a_line_is_sent():
    then = wanted(
        sold(1, 1001, quantity=Decimal(33)),
        sold(2, 1002, unit_price=Decimal(1200)),
        sold(3, 1003, weight=Decimal("0.33")),
    )
    now = held(FIRST, SECOND, line(76, 1003, weight=0.2))
    assert edits(now, then) == {"products": [{"quantity": 33}, {"price": 1200}, {"weight": 0.33}]}


def test_a_line_of_another_article_is_another_line():
    assert _with_new_ones_named(edits(held(FIRST), wanted(sold(1, 1009)), line_1="74")["products"]) == {"1": "1009"}


def test_lines_of_one_article_are_told_apart_by_their_id_then_by_quantity_and_price():
    now = held(line(74, 1001, quantity=1), line(75, 1001, quantity=2))
    then = wanted(sold(1, 1001, quantity=Decimal(2)), sold(2, 1001, quantity=Decimal(1)))
    assert positions_of(then, now.products, {}) == [1, 0]
    assert positions_of(then, now.products, {"line-1": "74", "line-2": "75"}) == [0, 1]


def test_a_line_that_was_another_items_keeps_nothing_of_it():
    now = held(line(74, 1001, weight=0.35))
    assert edits(now, wanted(sold(1, 1001)), line_1="74") is None
    assert edits(now, wanted(sold(9, 1001)), line_1="74") == {"products": [{"weight": 0}]}


def test_a_bundles_part_that_the_shop_added_stays_where_it_is():
    part = line(80, 1016, price=0)
    then = wanted(sold(1, 1001), sold(2, 1002))
    assert edits(held(FIRST, part, SECOND), then, line_1="74", line_2="75") is None
    assert edits(held(FIRST, part), then)["products"][:2] == [{}, {}]
    removed = edits(held(FIRST, part, SECOND), wanted(sold(2, 1002)), line_1="74", line_2="75")
    assert removed == {"products": {"1": {}, "2": {}}}


def test_a_gift_of_ours_that_is_dropped_is_removed_though_it_costs_nothing():
    now = held(FIRST, line(80, 1016, price=0))
    assert edits(now, wanted(sold(1, 1001)), line_1="74", line_2="80") == {"products": {"0": {}}}


def test_shipping_and_payment_are_changed_added_or_removed():
    flat = {"title": "Flat", "price": 8, "price_with_tax": 8, "tax_rate": 0}
    then = wanted(
        sold(1, 1001),
        shipping=Shipping(method="Flat", price=Decimal(9)),
        payment=Payment(method="Card"),
        totals=totals("29", items="20", shipping="9"),
    )
    changed = edits(held(FIRST, shipping=flat), then)
    assert changed == {
        "shipping": {"title": "Flat", "price": 9, "tax_rate": 0},
        "payment": {"title": "Card", "price": 0, "tax_rate": 0},
    }
    assert edits(held(FIRST, shipping=flat), wanted(sold(1, 1001))) == {"shipping": None}
    assert edits(held(FIRST, shipping=flat | {"price": 0}), wanted(sold(1, 1001))) is None


def test_discounts_and_fees_are_edited_by_position_and_discounts_are_held_below_zero():
    five = {"title": "Coupon", "price": -5, "price_with_tax": -5, "tax_rate": 0}
    then = wanted(
        sold(1, 1001),
        discounts=[Discount(title="Coupon", amount=Decimal(5)), Discount(title="Loyal", amount=Decimal(1))],
        fees=[Fee(title="Small order", amount=Decimal(2))],
        totals=totals("16", items="20", discount="6", fees="2"),
    )
    fee = {"title": "Small order", "price": 2, "tax_rate": 0}
    loyal = {"title": "Loyal", "price": 1, "tax_rate": 0}
    assert edits(held(FIRST, discounts=[five]), then) == {"discounts": [{}, loyal], "fees": [fee]}
    assert edits(held(FIRST, discounts=[five]), wanted(sold(1, 1001))) == {"discounts": {}}
    assert edits(held(FIRST, discounts=[five, loyal | {"price": -1}], fees=[fee]), then) is None


def test_half_a_cent_is_rounding_and_a_cent_is_a_change():
    assert edits(held(line(74, 1001, price=10.005)), wanted(sold(1, 1001))) is None
    assert edits(held(line(74, 1001, price=10.01)), wanted(sold(1, 1001))) == {"products": [{"price": 10}]}


def test_a_tax_rate_that_differs_is_sent():
    now = held(line(74, 1001, tax_rate=0.2))
    then = wanted(sold(1, 1001, tax_rate=Decimal("0.25"), tax_title="Moms"), totals=totals("25", items="20", tax="5"))
    assert edits(now, then) == {"products": [{"tax_rate": 0.25, "tax_title": "Moms"}]}
