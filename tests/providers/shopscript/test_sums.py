"""The shop's own sum comes out as what the buyer paid: what it rounds goes as one piece, and cents find a place."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.loading import load_event
from schemas.order import Discount, Service
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.bodies import NOW
from tests.fakes.shop import account, product, shop_order
from tests.fakes.snapshots import job, snapshot, totals
from tests.fakes.wire import run
from worker.providers.shopscript.sums import sums_of
from worker.sandbox.shopscript import SimulatedShopScript


def saved(of, **settings):
    """What comes of an order at a played shop: the outcome, and the order there."""
    shop = SimulatedShopScript(**settings)
    outcome = run(account().operation(job(snapshot(of))).converse(), shop)
    (held,) = shop.orders()
    return outcome, held


def priced(quantity, price, **changes):
    return product(quantity=Decimal(quantity), unit_price=Decimal(price), **changes)


def test_weighed_goods_come_to_the_cent_that_was_paid():
    """Case 26: 0.333 x 29.99 and 0.1255 x 199.90 are 35.07 together, and 9.99 and 25.09 by themselves."""
    of = shop_order(priced("0.333", "29.99", id="a"), priced("0.1255", "199.90", id="b"), totals=totals("35.07"))
    outcome, held = saved(of)
    assert held["total"] == "35.0700"
    assert [line["price"] for line in held["items"].values()] == ["9.9900", "25.0800"]
    assert outcome.message == (
        "As one piece at the line's price, since the shop would round its quantity or price: line a, b."
    )


def test_a_third_of_a_kilo_comes_to_its_price():
    """Case 26, second: 0.3333 x 300.00."""
    outcome, held = saved(shop_order(priced("0.3333", "300"), totals=totals("99.99")))
    assert (outcome.kind, held["total"]) == (OutcomeKind.ACCEPTED, "99.9900")


def test_a_shop_that_allows_fractions_gets_the_quantity_where_it_keeps_it_exactly():
    shop = SimulatedShopScript(has_fractions=True)
    of = shop_order(priced("1.5", "10"), totals=totals("15"))
    outcome = run(account(fractions=True).operation(job(snapshot(of))).converse(), shop)
    (line,) = shop.orders()[0]["items"].values()
    assert (outcome.reason, line["quantity"], line["price"]) == (Reason.SAVED, "1.500", "10.0000")
    assert sums_of(shop_order(priced("0.3333", "300")), fractions=True).sold["line-1"].is_one


@pytest.mark.parametrize(
    ("items", "grand"),
    [
        ([("1000", "0.0049"), ("1", "10")], "14.90"),  # F10
        ([("100", "1.2345")], "123.45"),  # F10
        ([("100000", "0.001")], "100.00"),
        ([("3", "3.3333333333")], "10.00"),
        ([("7", "0.125"), ("9", "0.375")], "4.25"),
    ],
)
def test_prices_finer_than_cents_come_to_the_cent(items, grand):
    lines = [priced(quantity, price, id=f"line-{number}") for number, (quantity, price) in enumerate(items)]
    outcome, held = saved(shop_order(*lines, totals=totals(grand)))
    assert (outcome.kind, held["total"]) == (OutcomeKind.ACCEPTED, f"{grand}00")


def test_a_line_goes_by_its_own_subtotal():
    of = shop_order(priced("3", "3.33", subtotal=Decimal(10)), totals=totals("10"))
    outcome, held = saved(of)
    assert (outcome.reason, held["total"]) == (Reason.REMARK, "10.0000")


def test_services_of_a_line_that_is_one_piece_go_at_the_price_of_all_of_them():
    wrap = Service(service_id="4", service_variant_id="6", price=Decimal("0.50"))
    _, held = saved(shop_order(priced("2.5", "4", services=[wrap]), totals=totals("11.25")))
    assert [line["price"] for line in held["items"].values()] == ["10.0000", "1.2500"]
    assert held["total"] == "11.2500"


@pytest.mark.parametrize(("rounding", "grand"), [("0.02", "25.02"), ("-0.02", "24.98")])
@pytest.mark.parametrize("discount", ["0", "5"])
def test_rounding_is_part_of_the_discount_or_of_the_shipping(rounding, grand, discount):
    sums = {"items": "20", "shipping": "5", "discount": discount, "rounding": rounding}
    paid = Decimal(grand) - Decimal(discount)
    of = shop_order(priced("1", "20"), totals=totals(str(paid), **sums))
    outcome, held = saved(of)
    assert (outcome.reason, Decimal(held["total"])) == (Reason.SAVED, paid)


def test_a_discount_finer_than_cents_is_rounded_so_that_the_sum_is_right():
    off = Discount(amount=Decimal("3.335"))
    of = shop_order(priced("1", "10"), discounts=[off], totals=totals("6.67", items="10", discount="3.335"))
    outcome, held = saved(of)
    assert (outcome.reason, held["discount"], held["total"]) == (Reason.SAVED, "3.3300", "6.6700")


def test_what_the_producers_own_totals_leave_open_is_rounding_up_to_what_totals_allow():
    close = shop_order(priced("1", "10"), totals=totals("14.95", items="10", shipping="5"))
    assert sums_of(close, fractions=False).total == Decimal("14.95")
    far = shop_order(priced("1", "10"), totals=totals("14.90", items="10", shipping="5"))
    assert sums_of(far, fractions=False).total == 15


@pytest.mark.parametrize(("currency", "price", "grand"), [("JPY", "333", "999"), ("KWD", "0.333", "0.999")])
def test_currencies_without_cents_and_with_a_third_decimal(currency, price, grand):
    of = shop_order(priced("3", price), currency=currency, totals=totals(grand))
    outcome, held = saved(of, currencies=frozenset({"JPY", "KWD"}))
    assert abs(Decimal(held["total"]) - Decimal(grand)) <= Decimal("0.005")
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_an_amount_that_no_column_holds_is_refused_before_it_is_sent():
    """F2: it is answered ok, and no order comes."""
    shop = SimulatedShopScript()
    of = shop_order(priced("1", "999999999999"), totals=totals("999999999999"))
    outcome = run(account().operation(job(snapshot(of))).converse(), shop)
    assert (outcome.kind, shop.orders()) == (OutcomeKind.REJECTED, [])
    assert "above 99999999999.9999" in outcome.message


def test_the_cases_of_fractions_as_a_producer_sends_them():
    """The totals of the shop's own rounding are those that the producer's totals have."""
    for name in ("26-fractions", "26-fractions-2"):
        lines = (Path("tests/cases") / f"{name}.jsonl").read_text().splitlines()
        for line in lines:
            event = load_event(json.loads(line), now=NOW)
            shop = SimulatedShopScript()
            outcome = run(account().operation(job(event)).converse(), shop)
            assert outcome.kind is OutcomeKind.ACCEPTED
            assert Decimal(shop.orders()[0]["total"]) == event.order.totals.grand


def test_a_discount_that_reached_services_can_be_taken_back():
    """A service keeps its share whatever an edit says, and the shop refuses a discount below it."""
    wrap = Service(id="wrap", service_id="4", service_variant_id="6", price=Decimal("2.50"))
    shop = SimulatedShopScript()
    free = shop_order(priced("1", "10", services=[wrap]), totals=totals("0", items="12.50", discount="12.50"))
    link = run(account().operation(job(snapshot(free))).converse(), shop).link
    paid = shop_order(priced("1", "10", services=[wrap]), totals=totals("12.50"))
    outcome = run(account().operation(job(snapshot(paid), link=link)).converse(), shop)
    (held,) = shop.orders()
    assert (outcome.reason, held["discount"], held["total"]) == (Reason.SAVED, "0.0000", "12.5000")


@pytest.mark.parametrize(
    ("items", "discount", "grand"),
    [
        ([("10000", "0.04")], "0.45", "399.55"),  # the shop would take 100.00 off: a cent a piece
        ([("1", "107.33"), ("100000", "0.04"), ("3", "45.59")], "1652.12", "2591.98"),
        ([("3", "0.01"), ("3", "0.02")], "0.05", "0.04"),  # and would refuse this one
        ([("3", "10")], "10", "20"),
    ],
)
def test_a_discount_that_no_quantity_divides_takes_a_line_as_one_piece_or_a_few_cents(items, discount, grand):
    lines = [priced(quantity, price, id=f"line-{number}") for number, (quantity, price) in enumerate(items)]
    goods = str(sum(Decimal(quantity) * Decimal(price) for quantity, price in items))
    outcome, held = saved(shop_order(*lines, totals=totals(grand, items=goods, discount=discount)))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert abs(Decimal(held["total"]) - Decimal(grand)) <= Decimal("0.05")


def test_a_shop_that_rounds_pieces_though_the_account_says_it_does_not_is_told_with_what_to_change():
    of = shop_order(product(quantity=Decimal("0.126"), unit_price=Decimal("199.9")), totals=totals("25.19"))
    outcome = run(account(fractions=True).operation(job(snapshot(of))).converse(), SimulatedShopScript())
    assert outcome.reason is Reason.DIFFERS
    assert outcome.message.endswith("or set fractions = false, then replay this.")
