"""What Order Desk's own sum comes to beside what the buyer pays: the same to the cent, or the delivery says what differs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.event import EventType, Refund, RefundLine
from schemas.order import Service
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import LINKED, created, held, save, steps, success, updated
from tests.fakes.orderdesk_played import by_hand, create, deliver, new_vendor, only
from tests.fakes.orderdesk_played import save as save_again
from tests.fakes.snapshots import action, item, order, totals


def shown(held_order):
    return [(line["name"], line["quantity"], line["price"]) for line in held_order["order_items"]]


def priced(quantity, unit_price, **changes):
    return item(quantity=Decimal(quantity), unit_price=Decimal(unit_price), name="Screw", **changes)


# what is bought, what it comes to, and the line that Order Desk holds: by hand from canonical-event.md, "The vendor's sum is ours"
LINES = {
    "a price finer than four decimals": (priced("100000", "0.00123"), "123", ("100000 × Screw", 1, 123)),
    "a price of a tenth of a cent": (priced("100000", "0.001"), "100", ("Screw", 100000, 0.001)),
    "a part of a piece": (priced("0.333", "29.99"), "9.99", ("0.333 × Screw", 1, 9.9867)),
    "a line of another sum than its pieces": (
        priced("3", "3.33", subtotal=Decimal("10.00")),
        "10",
        ("3 × Screw", 1, 10),
    ),
    "a line of just the sum of its pieces": (priced("3", "3.33", subtotal=Decimal("9.99")), "9.99", ("Screw", 3, 3.33)),
    "one piece of a finer price": (priced("1", "2.00006"), "2", ("Screw", 1, 2.0001)),
    "a part of a piece and a sum of its own": (
        priced("0.333", "29.99", subtotal=Decimal("9.99")),
        "9.99",
        ("0.333 × Screw", 1, 9.99),
    ),
}


@pytest.mark.parametrize(("bought", "grand", "line"), LINES.values(), ids=LINES)
def test_a_line_that_cannot_be_said_piece_by_piece_is_one_piece_at_its_price(bought, grand, line):
    vendor = new_vendor()
    outcome = create(vendor, order(items=[bought], totals=totals(grand)))
    assert shown(only(vendor)) == [line]
    assert only(vendor)["order_total"] == float(grand)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


@pytest.mark.parametrize(("unit_price", "weight"), [("0.5", 0.25), ("0.50006", 50)])
def test_a_line_that_goes_as_one_piece_weighs_what_all_its_pieces_weigh(unit_price, weight):
    vendor = new_vendor()
    bought = priced("200", unit_price, weight=Decimal("0.25"))
    create(vendor, order(items=[bought], totals=totals(str(bought.total))))
    assert (only(vendor)["order_items"][0]["weight"], only(vendor)["weight_total"]) == (weight, 50)


def test_a_service_of_a_price_finer_than_four_decimals_is_one_piece_too():
    vendor = new_vendor()
    services = [Service(service_id="w", name="Coating", price=Decimal("0.00005"))]
    create(vendor, order(items=[priced("1000", "1", services=services)], totals=totals("1000.05")))
    assert shown(only(vendor)) == [("Screw", 1000, 1), ("1000 × Coating", 1, 0.05)]
    assert only(vendor)["order_total"] == 1000.05


def test_a_line_becomes_one_piece_and_pieces_again_as_its_price_changes():
    vendor = new_vendor()
    link = create(vendor, order(items=[priced("200", "0.5")], totals=totals("100"))).link
    for bought, grand, line in (
        (priced("200", "0.50006"), "100.01", ("200 × Screw", 1, 100.012)),
        (priced("200", "0.5"), "100", ("Screw", 200, 0.5)),
    ):
        outcome = save_again(vendor, order(items=[bought], totals=totals(grand)), link=link)
        assert (outcome.reason, outcome.link) == (Reason.SAVED, link)
        assert shown(only(vendor)) == [line]
        assert only(vendor)["order_total"] == float(grand)


@pytest.mark.parametrize(
    ("bought", "quantity", "worth"),
    [
        (priced("100000", "0.00123"), "50000", 61.5),
        (priced("3", "3.33", subtotal=Decimal("10.00")), "3", 10),
        (priced("3", "3.33", subtotal=Decimal("10.00")), "1", 3.33),
        (priced("0.5", "7.99", subtotal=Decimal("4.00")), None, 4),
    ],
)
def test_a_refund_of_a_line_that_went_as_one_piece_is_its_share_of_the_lines_price(bought, quantity, worth):
    vendor = new_vendor()
    of = order(items=[bought], totals=totals(str(bought.total)))
    link = create(vendor, of).link
    part = RefundLine(item_id="line-1", quantity=quantity and Decimal(quantity))
    deliver(vendor, action(EventType.REFUNDED, refund=Refund(lines=[part])), link=link, order=of)
    assert only(vendor)["refund_total"] == worth


# what differs is told


def test_a_vendor_that_keeps_fewer_decimals_is_told_of_after_a_create_and_after_an_update():
    """Two decimals of 0.0004 are 0.00: of 1,000 pieces nothing, and not 0.40."""
    vendor = new_vendor(decimals="2")
    of = order(items=[priced("1000", "0.0004")], totals=totals("0.4"))
    first = create(vendor, of)
    said = "Order 900001 at Order Desk comes to 0, ours to 0.4: 0.4 less."
    for outcome in (first, save_again(vendor, of, link=first.link)):
        assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
        assert said in outcome.message


def test_a_sum_that_people_changed_there_is_told_after_an_update_and_left_as_it_is():
    vendor = new_vendor()
    link = create(vendor, order()).link
    [line] = only(vendor)["order_items"]
    by_hand(vendor, link.order_id, order_items=[line, {"name": "By hand", "price": 4.01, "quantity": 1}])
    outcome = save_again(vendor, order(comment="later"), link=link)
    assert only(vendor)["order_total"] == 24.01
    assert outcome.message == "Order 900001 at Order Desk comes to 24.01, ours to 20: 4.01 more."


@pytest.mark.parametrize(
    ("total", "reason"), [("20.005", Reason.SAVED), ("19.995", Reason.SAVED), ("20.0051", Reason.REMARK)]
)
@pytest.mark.parametrize("step", ["create", "update"])
def test_half_a_cent_is_the_most_that_is_not_told(step, total, reason):
    answer = success(order=held(order_total=total))
    if step == "create":
        _, outcome = save(created(), answer)
    else:
        _, outcome = save(updated(), success(order=held()), answer, link=LINKED)
    assert outcome.reason is reason


def test_an_answer_that_shows_no_sum_costs_no_call_and_is_judged_by_what_was_sent():
    foreign = {"id": "9", "name": "By hand", "price": "4", "quantity": 1, "metadata": [], "variation_list": []}
    with_theirs = held()
    with_theirs["order_items"].append(foreign)
    requests, outcome = save(updated(), success(order=with_theirs), success(), link=LINKED)
    assert steps(requests) == ["GET /orders/925086", "PUT /orders/925086"]
    assert outcome.message == "Order 925086 at Order Desk comes to 24, ours to 20: 4 more."
    _, clean = save(updated(), success(order=held()), success(), link=LINKED)
    assert (clean.reason, clean.message) == (Reason.SAVED, "")


# what nothing in the order gives a reason for


@pytest.mark.parametrize(
    ("grand", "handling", "discounts", "said"),
    [
        ("15", 0, [("Discount", 5)], "a discount of 5"),
        ("22.5", 2.5, [], "handling of 2.5"),
        ("19.94", 0, [("Discount", 0.06)], "a discount of 0.06"),
        ("19.95", 0, [("Rounding", 0.05)], None),
        ("20.05", 0.05, [], None),
    ],
)
def test_what_makes_the_sum_up_beyond_rounding_is_told(grand, handling, discounts, said):
    """Only an account that checks no totals lets such orders in, or one of many lines, each of which may be rounded."""
    vendor = new_vendor()
    outcome = create(vendor, order(totals=totals(grand, items="20")))
    there = only(vendor)
    assert there["order_total"] == float(grand)
    assert there["handling_total"] == handling
    assert [(part["name"], part["amount"]) for part in there["discount_list"]] == discounts
    assert (outcome.reason is Reason.REMARK) is (said is not None)
    if said is not None:
        assert outcome.message == (
            f"To come to {grand} at Order Desk the order was given {said} that none of its own parts accounts for: "
            "correct its totals."
        )
    assert save_again(vendor, order(totals=totals(grand, items="20")), link=outcome.link).message == outcome.message


@pytest.mark.parametrize(("rounding", "discounts", "handling"), [("-0.4", [("Rounding", 0.4)], 0), ("0.4", [], 0.4)])
def test_rounding_that_the_order_itself_declares_needs_no_remark_however_much_it_is(rounding, discounts, handling):
    vendor = new_vendor()
    grand = Decimal(20) + Decimal(rounding)
    outcome = create(vendor, order(totals=totals(str(grand), items="20", rounding=rounding)))
    there = only(vendor)
    assert [(part["name"], part["amount"]) for part in there["discount_list"]] == discounts
    assert (there["handling_total"], outcome.reason) == (handling, Reason.SAVED)


def test_declared_rounding_and_what_nobody_declared_are_two_entries():
    vendor = new_vendor()
    outcome = create(vendor, order(totals=totals("16.6", items="20", rounding="-0.4")))
    told = [(part["name"], part["amount"]) for part in only(vendor)["discount_list"]]
    assert told == [("Rounding", 0.4), ("Discount", 3)]
    assert "a discount of 3 " in outcome.message
