from decimal import Decimal

import pytest

from schemas.order import Service
from schemas.providers.shopscript import read_order
from tests.fakes.shop import held_line, held_order, product, shop_order
from tests.fakes.snapshots import totals
from worker.providers.shopscript.body import Draft, money, taken_off
from worker.providers.shopscript.check import compare, shown
from worker.providers.shopscript.lines import lines_of, recognise


def finding(of, *lines, line_ids=None, **held):
    draft = Draft(order=of, products={}, params={}, discount=money(taken_off(of)), line_ids=line_ids or {})
    return compare(draft, read_order(held_order(*lines, **held)))


def recognised(of, *lines, known=None):
    parts = recognise(lines_of(of, {}), read_order(held_order(*lines)).items, known or {})
    return {name: [line.id for line in found] for name, found in parts.items()}


def test_the_line_we_know_comes_before_one_that_looks_the_same():
    assert recognised(shop_order(product()), held_line(31), held_line(32), known={"line-1": "32"}) == {"line-1": [32]}


def test_a_line_that_is_equal_comes_before_one_of_the_same_product():
    of = shop_order(product(1, id="a", quantity=Decimal(5)), product(1, id="b"))
    lines = held_line(31, quantity="2.000"), held_line(32, quantity="4.000")
    assert recognised(of, *lines) == {"b": [31], "a": [32]}


def test_two_lines_alike_are_each_recognised_once():
    of = shop_order(product(1, id="a"), product(1, id="b"))
    assert recognised(of, held_line(31), held_line(32)) == {"a": [31], "b": [32]}


def test_a_line_of_another_variant_is_not_ours():
    assert recognised(shop_order(product(1)), held_line(31, sku_id="999")) == {}


def wrapped(name):
    return product(1, id=name, services=[Service(service_id="4", service_variant_id="6", price=Decimal(1))])


def held_service(line_id, parent_id, **changes):
    service = {"type": "service", "service_id": "4", "service_variant_id": "6", "price": "1.0000"}
    return held_line(line_id, parent_id=str(parent_id), **service, **changes)


def test_a_service_is_recognised_under_the_line_it_hangs_on():
    of = shop_order(wrapped("a"), wrapped("b"))
    lines = held_line(31), held_service(32, 31), held_line(33), held_service(34, 33)
    assert recognised(of, *lines, known={"a": "33"}) == {"a": [33], "a/4": [34], "b": [31], "b/4": [32]}


def test_services_count_as_lines_and_in_the_total():
    of = shop_order(wrapped("a"), totals=totals("22"))
    found = finding(of, held_line(31), held_service(32, 31), total="22.0000")
    assert (found.problems, found.line_ids) == ([], {"a": "31", "a/4": "32"})
    assert finding(of, held_line(31), total="20.0000").problems[:2] == ["lines: 1 there, 2 sent", "line a/4 is missing"]


def test_discounts_of_lines_are_inside_the_orders_discount():
    of = shop_order(product(discount_total=Decimal(3)), totals=totals("15", discount="5"))
    assert finding(of, total="15.0000").problems == []
    assert finding(of, total="12.0000").problems


def test_a_line_split_by_the_shop_for_its_discount_is_one_line_still():
    of = shop_order(product(quantity=Decimal(3), discount_total=Decimal(10)), totals=totals("20", discount="10"))
    found = finding(of, held_line(31, quantity="1.000"), held_line(32, quantity="2.000"), total="20.0000")
    assert (found.problems, found.line_ids) == ([], {"line-1": "31"})
    more = finding(of, held_line(31, quantity="1.000"), held_line(32, quantity="3.000"), total="20.0000")
    assert more.problems


@pytest.mark.parametrize(
    ("changes", "sums", "total", "is_remark", "is_problem"),
    [
        ({}, {}, "20.0050", False, False),
        ({}, {}, "20.0100", False, True),
        ({"unit_price": Decimal("9.9966")}, {}, "20.0000", True, False),
        ({"unit_price": Decimal("9.9966")}, {}, "20.0100", False, True),
        ({"quantity": Decimal(3)}, {"discount": "10"}, "19.9800", True, False),
        ({"quantity": Decimal(3)}, {"discount": "10"}, "19.9500", False, True),
        ({"quantity": Decimal(2)}, {"shipping": "0.005"}, "20.0000", False, False),
    ],
)
def test_only_the_shops_own_rounding_is_forgiven(changes, sums, total, is_remark, is_problem):
    of = shop_order(product(**changes), totals=totals("20", **sums))
    line = held_line(31, quantity=str(of.items[0].quantity), price=f"{of.items[0].unit_price:.2f}")
    found = finding(of, line, total=total)
    assert (bool(found.remark), bool(found.problems)) == (is_remark, is_problem)


def test_a_discount_above_the_total_that_the_shop_cut_is_a_difference():
    assert finding(shop_order(totals=totals("0", discount="30")), total="0.0000").problems == [
        "total 0.0000 there, -10.0000 sent"
    ]


def test_many_problems_are_shown_as_the_first_few():
    assert shown([str(number) for number in range(7)]) == "0; 1; 2; 3; 4 and 2 more"
