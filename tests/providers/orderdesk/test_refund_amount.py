"""How much a refund gives back: by amount, by lines, or the whole."""

from decimal import Decimal

import msgspec
import pytest

from schemas.event import Refund, RefundLine
from schemas.order import Discount, Service
from tests.fakes.snapshots import item, order, totals
from worker.providers.orderdesk.actions_refund import worth_of

TAXED = totals("25", items="20", tax="5")


def worth(refund, of=None, *, total=Decimal(20), before=Decimal(0)):
    return worth_of(refund, of, total, before)


def by_line(of, **line):
    return worth(Refund(lines=[RefundLine(item_id="line-1", **line)]), of)


def test_an_amount_is_what_is_given_back():
    assert worth(Refund(amount=Decimal("7.50"))) == Decimal("7.5")


@pytest.mark.parametrize(("before", "rest"), [("0", "20"), ("5.5", "14.5"), ("20", "0"), ("21", "0")])
def test_a_whole_refund_gives_back_the_rest(before, rest):
    assert worth(Refund(whole=True), before=Decimal(before)) == Decimal(rest)


def test_the_whole_of_an_unknown_total_is_not_known():
    assert "amount" in worth(Refund(whole=True), total=None)


def test_a_line_with_an_amount_needs_no_order():
    lines = [RefundLine(item_id="a", amount=Decimal("1.25")), RefundLine(item_id="b", amount=Decimal(2))]
    assert worth(Refund(lines=lines)) == Decimal("3.25")


def test_lines_are_added_up():
    of = order(items=[item(1), item(2)])
    lines = [RefundLine(item_id="line-1"), RefundLine(item_id="line-2", quantity=Decimal(1))]
    assert worth(Refund(lines=lines), of) == 30


@pytest.mark.parametrize(
    ("of", "quantity", "amount"),
    [
        (order(), None, "20"),
        (order(), "1", "10"),
        (order(items=[item(discount_total=Decimal(3))]), "1", "8.5"),
        (order(items=[item(unit_price=Decimal(10), quantity=Decimal(3), discount_total=Decimal(1))]), "1", "9.67"),
        (order(items=[item(tax_rate=Decimal("0.25"))], totals=TAXED), "1", "12.5"),
        (order(items=[item(tax_rate=Decimal("0.25"))], totals=msgspec.structs.replace(TAXED, tax_included=True)), "1", "10"),
        (order(items=[item(services=[Service(service_id="w", price=Decimal(3), discount_total=Decimal(1))])]), "1", "12.5"),
        (order(discounts=[Discount(amount=Decimal(5))], totals=totals("15", items="20", discount="5")), "1", "7.5"),
        (order(items=[item(1), item(2)], totals=totals("30", items="40", discount="10")), None, "15"),
        (order(totals=totals("18", items="20", rebates="2")), None, "18"),
        (order(items=[item(discount_total=Decimal(20))], totals=totals("0", items="20", discount="20")), None, "0"),
        (order(currency="JPY", items=[item(unit_price=Decimal("10.4"), quantity=Decimal(1))]), None, "10"),
    ],
    ids=[
        "the whole line", "one of two pieces", "a discount of its own", "rounded to cents", "tax comes on top",
        "tax is in the price", "with its services", "a share of a discount on the order", "shared between lines",
        "rebates are a discount too", "a free line", "yen have no decimals",
    ],
)  # fmt: skip
def test_a_line_without_an_amount_is_worth_what_was_paid_for_it(of, quantity, amount):
    assert by_line(of, quantity=quantity and Decimal(quantity)) == Decimal(amount)


@pytest.mark.parametrize(
    ("of", "line", "said"),
    [
        (None, {}, "no longer kept"),
        (order(items=[item(2)]), {}, "no line line-1"),
        (order(items=[item(quantity=Decimal(0))]), {}, "no line line-1"),
        (order(), {"quantity": Decimal(3)}, "takes back 3 of line line-1, the order has 2"),
        (order(totals=TAXED), {}, "tax of line line-1 is not known"),
    ],
)
def test_what_cannot_be_known_is_said_and_never_guessed(of, line, said):
    worth_or_sentence = by_line(of, **line)
    assert isinstance(worth_or_sentence, str)
    assert said in worth_or_sentence
    assert worth_or_sentence.endswith(".")


def test_one_line_that_is_not_known_makes_the_refund_unknown():
    lines = [RefundLine(item_id="line-1"), RefundLine(item_id="line-9")]
    assert "no line line-9" in worth(Refund(lines=lines), order())
