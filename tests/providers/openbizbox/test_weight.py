"""OpenBizBox: the weight of a line that was one piece, and so had the weight of all, when it is there by its pieces."""

from decimal import Decimal

import pytest

from schemas.event import EventType
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import item, order, snapshot, totals


def bought(quantity, price, total, **changes):
    line = item(1, variant_id="111", quantity=Decimal(quantity), unit_price=Decimal(price), **changes)
    return order(items=[line], totals=totals(total))


def weighs(lane):
    return [(line["quantity"], Decimal(str(line["weight"]))) for line in lane.held["lines"]["products"]]


def screws():
    """An order whose line went as one piece, at the weight of all."""
    lane = Lane()
    lane.deliver(snapshot(bought(100_000, "0.00125", "125", weight=Decimal("0.5"))))
    assert weighs(lane) == [(1, 50_000)]
    return lane


@pytest.mark.parametrize(("sent", "held"), [({}, "0"), ({"weight": Decimal("0.25")}, "0.25")])
def test_a_line_that_is_there_by_its_pieces_again_does_not_have_the_weight_of_all_on_each(sent, held):
    lane = screws()
    lane.deliver(snapshot(bought(3, "10", "30", **sent), kind=EventType.UPDATED, id="u"))
    assert weighs(lane) == [(3, Decimal(held))]


def test_a_line_that_stays_one_piece_keeps_the_weight_that_the_event_leaves_out():
    lane = screws()
    lane.deliver(snapshot(bought(100_000, "0.00124", "124"), kind=EventType.UPDATED, id="u"))
    assert weighs(lane) == [(1, 50_000)]


def test_a_line_by_its_pieces_keeps_the_weight_that_the_event_leaves_out():
    lane = Lane()
    lane.deliver(snapshot(bought(2, "10", "20", weight=Decimal("0.5"))))
    lane.deliver(snapshot(bought(3, "10", "30"), kind=EventType.UPDATED, id="u"))
    assert weighs(lane) == [(3, Decimal("0.5"))]
