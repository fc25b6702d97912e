"""The comparisons themselves: they find what is planted, they do not cry over what is right, and a remark has to tell."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from functools import cache

import pytest

from tests.awkward.canon import Bought
from tests.awkward.comparing import COMPARERS, compared, silently
from tests.awkward.differences import Difference, amount, made_up, silent, text
from tests.awkward.matching import Held, Scale, unmatched
from tests.awkward.planted import PLANTS, at, event
from tests.awkward.planted import more as by_more
from tests.awkward.straight import KINDS, deliver
from tests.awkward.sums import Json
from tests.awkward.tally import untold_sum


@cache
def held_at(kind: str) -> Json:
    """What this vendor holds of the order that has everything."""
    delivered = deliver(kind, event())
    assert delivered.is_accepted, delivered.outcome
    [held] = delivered.held
    return held


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_that_is_held_as_it_was_bought_has_no_difference(kind: str) -> None:
    assert compared(kind, event(), [held_at(kind)]) == []


@pytest.mark.parametrize(("kind", "plant"), [(kind, plant) for kind in PLANTS for plant in PLANTS[kind]])
def test_a_planted_loss_is_found_and_is_silent_without_a_remark(kind: str, plant: str) -> None:
    spoil, what = PLANTS[kind][plant]
    spoilt = deepcopy(held_at(kind))
    spoil(spoilt)
    assert what in [one.what for one in silently(kind, event(), [spoilt], "")]


@pytest.mark.parametrize("kind", KINDS)
def test_two_orders_of_one_number_and_none_are_told_by_no_remark(kind: str) -> None:
    for orders in ([held_at(kind), held_at(kind)], []):
        [found] = silently(kind, event(), orders, f"orders: {len(orders)}")
        assert found.what == "orders"


def test_every_kind_has_a_comparison_and_planted_losses() -> None:
    assert list(COMPARERS) == list(KINDS) == list(PLANTS)


@pytest.mark.parametrize(
    ("remark", "is_told"),
    [
        ("The shop's total is 25.40, and the order's 25.50.", True),
        ("The shop holds 0.10 less than the buyer pays.", True),
        ("The shop holds 0.1000 EUR less.", True),
        ("The shop's total is 25.40.", False),
        ("The shop's total differs.", False),
        ("The shop holds 0.20 less.", False),
        ("", False),
    ],
)
def test_a_sum_is_told_by_its_difference_or_by_both_sums_and_by_nothing_less(remark: str, is_told: bool) -> None:
    [found] = amount(Decimal("25.50"), "25.4000", "sum")
    assert found.is_told(remark) is is_told


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("more", "found"), [("0.06", 1), ("-0.06", 1), ("0.04", 0), ("0", 0)])
def test_a_vendors_sum_is_wrong_from_more_than_five_cents_on_in_whichever_field_it_stands(
    kind: str, more: str, found: int
) -> None:
    spoilt = deepcopy(held_at(kind))
    spoil, _ = PLANTS[kind]["a sum off by 0.10"]
    spoil(spoilt)
    assert len(untold_sum(kind, event(), spoilt, "")) == 1
    path = TOTAL_AT[kind]
    at(*path, to="29.40")(spoilt)
    by_more(*path, by=more)(spoilt)
    assert len(untold_sum(kind, event(), spoilt, "")) == found


TOTAL_AT = {
    "retargeting": ("order", "total"),
    "shopscript": ("total",),
    "orderdesk": ("order_total",),
    "openbizbox": ("total_with_tax",),
    "webhook": ("order", "totals", "grand"),
}


def test_a_text_is_told_where_the_remark_names_it() -> None:
    found = list(text("Gift for Grandma", "Gift for", "attribute Engraving", "Engraving"))
    assert silent(found, "Attribute Wrap was cut at 255 characters.") == found
    assert silent(found, "Attribute engraving was cut at 255 characters.") == []


def test_a_rounding_that_hides_more_than_the_event_leaves_open_is_found() -> None:
    order = {"items": [{"quantity": "3", "unit_price": "3.33"}], "totals": {"grand": "10.00"}}
    assert list(made_up(Decimal("0.01"), order, Decimal("0.05"))) == []
    assert list(made_up(Decimal(0), order, Decimal("0.05"))) == []
    [found] = made_up(Decimal("0.80"), order, Decimal("0.05"))
    assert found.is_told("0.80 of the total stands under Rounding.")


def _bought(quantity: str, price: str, total: str) -> Bought:
    return Bought("1", "Cheese", Decimal(quantity), Decimal(price), Decimal(total), Decimal(0), {"sku": "C-1"})


@pytest.mark.parametrize(
    ("quantity", "price", "is_right"),
    [
        ("0.126", "199.9000", False),
        ("1", "25.0875", True),
        ("0.1255", "199.9000", True),
        ("1", "25.11", False),
        ("0.1255", "199.70", False),
    ],
)
def test_a_line_is_right_as_it_was_bought_or_as_one_piece_at_its_sum(quantity: str, price: str, is_right: bool) -> None:
    row = Held("C-1", "", Decimal(quantity), Decimal(price))
    found = list(_found([_bought("0.1255", "199.90", "25.08745")], [row]))
    assert (not found) is is_right


def test_the_same_line_twice_has_to_be_there_twice() -> None:
    one, row = _bought("1", "5", "5"), Held("C-1", "", Decimal(1), Decimal(5))
    assert list(_found([one, one], [row, row])) == []
    assert [found.said for found in _found([one, one], [row])] == ["line lost: 1 × 5 = 5 of 'Cheese' (C-1)"]
    assert [found.said for found in _found([one], [row, row])] == ["line that nobody bought: 1 × 5 of C-1 ''"]


def _found(bought: list[Bought], rows: list[Held]) -> list[Difference]:
    scale = Scale(quantity=4, price=4)
    return list(unmatched(bought, rows, lambda one: str(one.item["sku"]), scale, named=False))
