"""The sums of an order: computed where left out, checked where given."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.fault import InvalidEvent
from schemas.loading import load_event
from tests.fakes.bodies import NOW, order_body

RICH = {
    "items.0.services": [{"service_id": "wrap", "price": "1.50", "discount_total": "0.50"}],
    "items.1.discount_total": "0.25",
    "shipping": {"price": "4.00"},
    "payment": {"fee": "1.10"},
    "fees": [{"title": "Tip", "amount": "2"}, {"title": "Bonus", "amount": "-3"}],
    "discounts": [{"amount": "1.00"}, {"code": "TRAY", "amount": "0.25", "allocated": True}],
    "tax_lines": [{"title": "VAT", "rate": "0.25", "amount": "6"}],
    "totals": {"grand": "37.85", "handling": "2", "rebates": "0.50", "rounding": "-0.5"},
}


def totals_of(changes, rule="check"):
    return load_event(order_body(changes), totals=rule, now=NOW).order.totals


def faults_of(changes):
    with pytest.raises(InvalidEvent) as refusal:
        totals_of(changes)
    return {fault.path.removeprefix("data.order.totals."): fault.message for fault in refusal.value.errors}


def test_totals_left_out_are_computed_from_their_parts():
    totals = totals_of(RICH)
    assert str(totals.items) == "28.5"  # 2 x (10 + 1.50) + 5.50
    assert str(totals.discount) == "1.75"  # 0.50 + 0.25 + 1.00, the allocated one not again
    assert str(totals.fees) == "0.1"
    assert str(totals.shipping) == "4"
    assert str(totals.tax) == "6"
    assert not totals.tax_included


def test_tax_that_is_in_the_prices_is_not_added_again():
    changes = RICH | {"totals": RICH["totals"] | {"grand": "31.85", "tax_included": True}}
    assert totals_of(changes).tax == 6


def test_without_parts_the_given_shipping_and_tax_stand_alone():
    totals = totals_of({"totals": {"grand": "33", "shipping": "4", "tax": "3.50"}, "shipping": {"title": "Post"}})
    assert (totals.shipping, totals.tax) == (4, Decimal("3.5"))


@pytest.mark.parametrize(
    ("name", "given", "ours"),
    [
        ("items", "27", "28.5"),
        ("discount", "5", "1.75"),
        ("fees", "1.10", "0.1"),
        ("shipping", "9", "4"),
        ("tax", "1", "6"),
    ],
)
def test_a_total_that_disagrees_with_its_parts_is_refused_with_the_sum_we_get(name, given, ours):
    message = faults_of(RICH | {"totals": RICH["totals"] | {name: given}})[name]
    assert f"its parts come to {ours} " in message


def test_a_grand_total_that_disagrees_is_refused_with_the_sum_we_get():
    message = faults_of({"totals.grand": "30"})["grand"]
    assert message.startswith("is 30, but its parts come to 25.5 (allowed difference 0.05)")


def test_a_total_that_disagrees_is_refused_with_the_ways_out():
    message = faults_of({"totals.grand": "30"})["grand"]
    assert all(way in message for way in ("items[].subtotal", "totals.rounding", '[limits] totals = "off"'))


@pytest.mark.parametrize("items", [[], None])
def test_a_sum_without_items_says_that_there_are_none_and_nothing_of_roundings(items):
    faults = faults_of({"items": items, "totals": {"grand": "20", "items": "20", "tax_included": True}})
    off = 'or set [limits] totals = "off" in ordercast.toml to take totals as they come'
    assert faults == {"items": f"is 20, but the order has no items: send data.order.items, or totals.items 0, {off}"}
    [(name, told)] = faults_of({"items": items, "totals": {"grand": "20"}}).items()
    assert (name, told) == (
        "grand",
        f"is 20, but the order has no items: send data.order.items, or totals.grand 0, {off}",
    )


def test_an_order_without_items_whose_parts_come_to_something_is_told_the_sum():
    message = faults_of({"items": [], "totals": {"grand": "20"}, "fees": [{"title": "Card", "amount": "15"}]})["grand"]
    assert message.startswith("is 20, but its parts come to 15 ")


def test_a_line_whose_price_is_rounded_counts_by_its_own_subtotal():
    thirds = {"id": "1", "name": "Mug", "quantity": "3", "unit_price": "3.33", "subtotal": "10.00"}
    totals = totals_of({"items": [thirds], "totals": {"grand": "10.00"}})
    assert totals.items == 10
    with_services = thirds | {"services": [{"service_id": "wrap", "price": "1.50"}]}
    assert totals_of({"items": [with_services], "totals": {"grand": "14.50"}}).items == Decimal("14.5")


@pytest.mark.parametrize(
    ("quantity", "price", "subtotal", "fits"),
    [
        ("3", "3.33", "10.01", True),  # 9.99, half a cent a piece and a cent
        ("3", "3.33", "10.02", False),
        ("1000", "0.01", "15.01", True),
        ("1000", "0.01", "15.02", False),
        ("1000", "0.0125", "12.56", True),  # a finer price allows less: 12.50, 0.05 and a cent
        ("1000", "0.0125", "12.57", False),
        ("2", "10", "20.02", True),  # a price without decimals is as fine as the currency
        ("2", "10", "20.03", False),
    ],
)
def test_a_subtotal_may_differ_from_its_price_by_what_rounding_the_price_explains(quantity, price, subtotal, fits):
    line = {"id": "1", "name": "Mug", "quantity": quantity, "unit_price": price, "subtotal": subtotal}
    changes = {"items": [line], "totals": {"grand": subtotal}}
    if fits:
        assert totals_of(changes).grand == Decimal(subtotal)
        return
    with pytest.raises(InvalidEvent) as refusal:
        totals_of(changes)
    assert [fault.path for fault in refusal.value.errors] == ["data.order.items.0.subtotal"]


def test_with_the_check_off_a_strange_subtotal_stands():
    line = {"id": "1", "name": "Mug", "quantity": "2", "unit_price": "10", "subtotal": "25"}
    assert totals_of({"items": [line], "totals": {"grand": "25"}}, rule="off").items == 25


@pytest.mark.parametrize(
    ("currency", "grand", "fits"),
    [
        ("EUR", "25.55", True),
        ("EUR", "25.45", True),
        ("EUR", "25.5501", False),
        ("JPY", "29.50", True),
        ("JPY", "29.51", False),
        ("KWD", "25.55", True),
    ],
)
def test_the_allowed_difference_is_five_hundredths_or_a_minor_unit_for_each_rounding(currency, grand, fits):
    changes = {"currency": currency, "totals.grand": grand}
    if fits:
        assert totals_of(changes).grand == Decimal(grand)
    else:
        assert list(faults_of(changes)) == ["grand"]


def test_more_lines_discounts_and_fees_allow_more():
    lines = [{"id": str(number), "name": "Mug", "quantity": "1", "unit_price": "1"} for number in range(8)]
    lines[0]["services"] = [{"service_id": "wrap", "price": "0"}]
    extras = {"discounts": [{"amount": "0"}], "fees": [{"title": "Tip", "amount": "0"}]}
    assert totals_of({"items": lines, **extras, "totals": {"grand": "8.13"}}).grand == Decimal("8.13")
    assert "grand" in faults_of({"items": lines, **extras, "totals": {"grand": "8.14"}})


def test_with_the_check_off_totals_are_completed_and_not_compared():
    totals = totals_of({"totals": {"grand": "99", "items": "1"}}, rule="off")
    assert (totals.grand, totals.items, totals.discount) == (99, 1, 0)


def test_a_computed_total_beyond_all_money_is_refused():
    changes = {"items.0.quantity": "1000000", "items.0.unit_price": "1000000000"}
    assert "10^12" in faults_of(changes)["items"]


def test_sums_are_exact_beyond_the_digits_of_a_float():
    changes = {"items.0.unit_price": "99999999.0123456789", "items.0.quantity": "0.000001", "totals.grand": "105.5"}
    assert str(totals_of(changes).items) == "105.4999990123"  # to ten decimals
