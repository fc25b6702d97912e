"""OpenBizBox: a refund of a line that went as one piece: money for some of its pieces, never all of it by mistake."""

from decimal import Decimal

import msgspec
import pytest

from schemas.delivery import Link
from schemas.event import EventType, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, item, order, snapshot, totals
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

SCREWS = order(
    items=[
        item(1, variant_id="111", quantity=Decimal(100_000), unit_price=Decimal("0.00125")),
        item(2, variant_id="112"),
    ],
    totals=totals("145"),
)
WEIGHED = order(
    items=[item(1, variant_id="111", quantity=Decimal("0.333"), unit_price=Decimal("29.99"))], totals=totals("9.99")
)


def refund(*lines, event_id="r1"):
    asked = [
        RefundLine(item_id=item_id, **{name: Decimal(text) for name, text in named.items()}) for item_id, named in lines
    ]
    return msgspec.structs.replace(action(EventType.REFUNDED, refund=Refund(lines=asked)), id=event_id)


def opened(of=SCREWS, shop=None):
    lane = Lane(shop)
    assert lane.deliver(snapshot(of)).kind is OutcomeKind.ACCEPTED
    return lane


def given_back(lane):
    """What the shop gave back for each line, by its article."""
    articles = {str(line["order_line_id"]): line["variant_id"] for line in lane.held["lines"]["products"]}
    return [
        {articles[line]: Decimal(str(amount)) for line, amount in part["lines"].items()}
        for part in lane.held["refunds"]
    ]


@pytest.mark.parametrize(
    ("asked", "amount"),
    [
        pytest.param({"quantity": "1000"}, "1.25", id="a hundredth of the pieces: of the price"),
        pytest.param({"quantity": "100000"}, "125.00", id="all pieces: all of it"),
        pytest.param({"quantity": "1000", "amount": "1.20"}, "1.2", id="an amount stands as it is"),
        pytest.param({"amount": "7"}, "7", id="an amount alone"),
        pytest.param({}, "125.00", id="the line"),
    ],
)
@pytest.mark.parametrize("order_is_kept", [True, False])
def test_some_of_the_pieces_are_a_share_of_the_price(asked, amount, order_is_kept):
    lane = opened()
    lane.order = SCREWS if order_is_kept else None
    assert lane.deliver(refund(("line-1", asked))).reason is Reason.SAVED
    assert given_back(lane) == [{111: Decimal(amount)}]


def test_a_line_beside_it_is_refunded_by_its_pieces():
    lane = opened()
    assert lane.deliver(refund(("line-1", {"quantity": "40000"}), ("line-2", {"quantity": "1"}))).reason is Reason.SAVED
    assert given_back(lane) == [{111: 50, 112: 10}]


def test_a_share_of_less_than_a_cent_is_refused_and_nothing_is_written():
    lane = opened()
    outcome = lane.deliver(refund(("line-1", {"quantity": "1"})))
    assert (outcome.kind, outcome.message) == (
        OutcomeKind.REJECTED,
        "So few pieces of item line-1 come to less than a cent: give the refund's lines an amount.",
    )
    assert (lane.held["refunds"], len(lane.notes)) == ([], 1)


def test_a_weighed_line_of_a_shop_of_whole_pieces_is_refunded_by_its_share():
    lane = opened(WEIGHED, Shop(keeps={"quantity": 0}))
    assert lane.deliver(refund(("line-1", {"quantity": "0.111"}))).reason is Reason.SAVED
    assert given_back(lane) == [{111: Decimal("3.33")}]


def test_a_weighed_line_that_the_shop_keeps_is_refunded_by_its_weight():
    lane = opened(WEIGHED)
    assert lane.deliver(refund(("line-1", {"quantity": "0.111"}))).reason is Reason.SAVED
    assert given_back(lane) == [{111: Decimal("3.33")}]


def test_an_order_that_was_linked_by_hand_is_read_for_how_its_line_went():
    lane = opened()
    lane.link = Link(order_id=lane.link.order_id)
    assert lane.deliver(refund(("line-1", {"quantity": "1000"}))).reason is Reason.SAVED
    assert given_back(lane) == [{111: Decimal("1.25")}]


def test_one_piece_of_a_line_of_one_is_that_line():
    lane = opened(order(items=[item(1, variant_id="111", quantity=Decimal(1))], totals=totals("10")))
    assert lane.deliver(refund(("line-1", {"quantity": "1"}))).reason is Reason.SAVED
    assert given_back(lane) == [{111: 10}]


@pytest.mark.parametrize("order_is_kept", [True, False])
def test_more_pieces_than_were_sold_in_one_are_refused_and_nothing_is_written(order_is_kept):
    lane = opened()
    lane.order = SCREWS if order_is_kept else None
    outcome = lane.deliver(refund(("line-1", {"quantity": "60000"}), ("line-1", {"quantity": "40000.5"})))
    assert (outcome.kind, outcome.message) == (
        OutcomeKind.REJECTED,
        "The refund takes back 100000.5 of item line-1, the shop's order has 100000: correct it.",
    )
    assert (lane.held["refunds"], len(lane.notes)) == ([], 1)
