"""canonical-event.md, "Order Desk": where each sum goes, so that the vendor's own total comes out as ours."""

from decimal import Decimal

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.contract.orderdesk.desk import action, at, open_desk, snapshot

CODES = [{"code": "A", "title": "Loyal", "amount": "1"}, {"code": "B", "amount": "2"}, {"title": "C", "amount": "3"}]
FEES = [{"title": "Wrapping", "amount": "5"}, {"title": "Voucher", "amount": "-3"}]
INSIDE = {"items.0.discount_total": "1.25", "items.1.discount_total": "0.50"}
INSIDE |= {
    "discounts": [{"code": "A", "amount": "1.25", "allocated": True}, {"code": "B", "amount": "0.5", "allocated": True}]
}

# canonical fields below data.order, of an order of 25.50; the vendor's field; its value
ROWS = {
    "shipping_total from the price": ({"shipping": {"price": "4.90"}, "totals.grand": "30.40"}, "shipping_total", 4.9),
    "shipping_total from totals": ({"totals": {"grand": "30.40", "shipping": "4.90"}}, "shipping_total", 4.9),
    "no shipping_total": ({}, "shipping_total", 0),
    "handling_total from handling": ({"totals": {"grand": "26", "handling": "0.50"}}, "handling_total", 0.5),
    "handling_total from a payment fee": ({"payment": {"fee": "2"}, "totals.grand": "27.50"}, "handling_total", 2),
    "handling_total from fees above zero": ({"fees": FEES, "totals.grand": "27.50"}, "handling_total", 5),
    "a fee below zero is a discount": ({"fees": FEES, "totals.grand": "27.50"}, "discount_list.0.name", "Voucher"),
    "and its amount is positive": ({"fees": FEES, "totals.grand": "27.50"}, "discount_list.0.amount", 3),
    "tax_total from tax lines": (
        {"tax_lines": [{"title": "VAT", "rate": "0.25", "amount": "6.38"}], "totals.grand": "31.88"},
        "tax_total",
        6.38,
    ),
    "tax_total is nothing where prices carry it": (
        {"totals": {"grand": "25.50", "tax": "5.10", "tax_included": True}},
        "tax_total",
        0,
    ),
    "a discount's name from the title": ({"discounts": CODES, "totals.grand": "19.50"}, "discount_list.0.name", "Loyal"),
    "a discount's code": ({"discounts": CODES, "totals.grand": "19.50"}, "discount_list.0.code", "A"),
    "a discount's name from the code": ({"discounts": CODES, "totals.grand": "19.50"}, "discount_list.1.name", "B"),
    "a discount without a code": ({"discounts": CODES, "totals.grand": "19.50"}, "discount_list.2.code", ""),
    "a discount's amount is positive": ({"discounts": CODES, "totals.grand": "19.50"}, "discount_list.2.amount", 3),
    "a discount without any name": (
        {"discounts": [{"amount": "1"}], "totals.grand": "24.50"},
        "discount_list.0.name",
        "Discount",
    ),
    "item discounts are one line": ({**INSIDE, "totals.grand": "23.75"}, "discount_list.0.name", "Item discounts"),
    "of their sum": ({**INSIDE, "totals.grand": "23.75"}, "discount_list.0.amount", 1.75),
    "with the allocated codes": ({**INSIDE, "totals.grand": "23.75"}, "discount_list.0.code", "A, B"),
    "a rebate": ({"totals": {"grand": "23.50", "rebates": "2"}}, "discount_list.0.name", "Rebate"),
    "and its amount": ({"totals": {"grand": "23.50", "rebates": "2"}}, "discount_list.0.amount", 2),
    "rounding down": ({"totals": {"grand": "25.48", "rounding": "-0.02"}}, "discount_list.0.name", "Rounding"),
    "rounding up": ({"totals": {"grand": "25.52", "rounding": "0.02"}}, "handling_total", 0.02),
    "four decimals at most": ({"shipping": {"price": "4.00005"}, "totals.grand": "29.50"}, "shipping_total", 4),
    "half to even": ({"shipping": {"price": "4.00015"}, "totals.grand": "29.50"}, "shipping_total", 4.0002),
    "a price of five decimals is one piece": (
        {"items.0.unit_price": "10.00005", "totals.grand": "25.50"},
        "order_items.0.price",
        20.0001,
    ),
    "a line's own sum is one piece": (
        {"items.0.unit_price": "3.33", "items.0.subtotal": "6.67", "totals.grand": "12.17"},
        "order_items.0.price",
        6.67,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "path", "told"), ROWS.values(), ids=ROWS)
def test_a_sum_goes_where_the_mapping_says(changes, path, told):
    assert at(open_desk().save(changes), path) == told


@pytest.mark.parametrize("changes", [changes for changes, _, _ in ROWS.values()], ids=ROWS)
def test_the_vendors_own_total_comes_out_as_what_the_buyer_pays(changes):
    grand = snapshot(changes).order.totals.grand
    assert Decimal(str(open_desk().save(changes)["order_total"])) == grand


def test_discounts_that_are_inside_the_lines_are_not_taken_off_twice():
    held = open_desk().save({**INSIDE, "totals.grand": "23.75"})
    assert [part["name"] for part in held["discount_list"]] == ["Item discounts"]


@pytest.mark.parametrize(("currency", "kind"), [("EUR", OutcomeKind.ACCEPTED), ("USD", OutcomeKind.REJECTED)])
def test_money_in_another_currency_than_the_accounts_is_rejected(currency, kind):
    """Order Desk has no field for a currency."""
    desk = open_desk(currency=currency)
    outcome = desk.cast(snapshot())
    assert outcome.kind is kind
    assert (outcome.reason is Reason.CURRENCY) == (kind is OutcomeKind.REJECTED)
    assert bool(desk.requests) == (kind is OutcomeKind.ACCEPTED)


# a refund: refund_total counts up, each event once


def refunded(desk, event_id, **refund):
    return desk.cast(action("order.refunded", {"id": event_id, "data": {"refund": refund}}))


def test_refund_total_counts_each_refund_once_and_payment_status_follows():
    desk = open_desk()
    desk.save()
    told = []
    for event_id, amount in (("r1", "5"), ("r2", "10.50"), ("r1", "5"), ("r3", "10")):
        assert refunded(desk, event_id, amount=amount).kind is OutcomeKind.ACCEPTED
        told.append((desk.held["refund_total"], desk.held["payment_status"]))
    assert told == [
        (5, "Partially Refunded"),
        (15.5, "Partially Refunded"),
        (15.5, "Partially Refunded"),
        (25.5, "Fully Refunded"),
    ]
    assert [step for step in desk.held["moved"] if step[0] == "refund"] == [
        ["refund", "5", "Partially Refunded"],
        ["refund", "10.5", "Partially Refunded"],
        ["refund", "10", "Fully Refunded"],
    ]


def test_a_whole_refund_is_all_that_is_left():
    desk = open_desk()
    desk.save()
    refunded(desk, "r1", amount="5")
    refunded(desk, "r2", whole=True)
    assert (desk.held["refund_total"], desk.held["payment_status"]) == (25.5, "Fully Refunded")


def test_a_refund_is_told_in_the_history_and_kept_by_its_id():
    desk = open_desk()
    desk.save()
    refunded(desk, "r1", amount="5", reason="Broken mug")
    assert "Broken mug" in desk.held["order_history"][0]["note"]
    assert "r1" in str(desk.held["order_metadata"])


def test_an_update_after_a_refund_leaves_what_was_given_back():
    desk = open_desk()
    desk.save()
    refunded(desk, "r1", amount="5")
    held = desk.save({"comment": "Later"}, "order.updated")
    assert (held["refund_total"], held["payment_status"]) == (5, "Partially Refunded")
