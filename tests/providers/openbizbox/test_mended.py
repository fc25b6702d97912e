"""OpenBizBox: the edit that mends what the shop has rounded, where it is turned away, fails, or cannot be read back."""

from decimal import Decimal

import msgspec
import pytest

from schemas.event import EventType, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import LINKED, held, save, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, item, order, snapshot, totals
from tests.fakes.wire import reply
from worker.sandbox.base import VendorAnswer
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

SCREWS = order(
    items=[
        item(1, variant_id="111", quantity=Decimal(100_000), unit_price=Decimal("0.012")),
        item(2, variant_id="112", quantity=Decimal(20), unit_price=Decimal(10)),
    ],
    totals=totals("1400"),
)
WEIGHED = order(
    items=[item(1, variant_id="111", quantity=Decimal("7.25"), unit_price=Decimal(10))], totals=totals("72.5")
)


class FailsOnce(Shop):
    """Keeps prices to a cent and quantities whole; the first such call after the first save is answered so instead."""

    def __init__(self, method, status, *, is_done=False):
        self.failure = (method, VendorAnswer(status, b"", {"retry-after": "5"}), is_done)
        super().__init__(keeps={"price": 2, "quantity": 0})

    def answer(self, call):
        if self.failure and self.orders() and "/orders/" in call.path:
            method, failing, is_done = self.failure
            if call.method == method and (method == "PUT" or self.orders()[0]["saves"][1:]):
                self.failure = None
                if is_done:
                    super().answer(call)
                return failing
        return super().answer(call)


def refund_of(quantity, event_id="r1"):
    lines = [RefundLine(item_id="line-1", quantity=Decimal(quantity))]
    return msgspec.structs.replace(action(EventType.REFUNDED, refund=Refund(lines=lines)), id=event_id)


def money_back(lane):
    return [Decimal(str(given["amount"])) for given in lane.held["refunds"]]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, OutcomeKind.THROTTLED),
        (403, OutcomeKind.UNAUTHORIZED),
        (500, OutcomeKind.UNKNOWN),
        (503, OutcomeKind.UNKNOWN),
        (404, OutcomeKind.UNKNOWN),
    ],
)
def test_a_mended_order_that_cannot_be_read_is_in_doubt_and_linked_with_its_line_in_one_piece(status, kind):
    lane = Lane(FailsOnce("GET", status))
    outcome = lane.attempt(snapshot(SCREWS))
    assert (outcome.kind, outcome.link.order_id) == (kind, str(lane.held["id"]))
    assert outcome.link.notes == {"in_one": '{"line-1": "100000"}'}
    assert "1000.00" not in outcome.message  # the sum of before the mending
    assert lane.attempt(refund_of(100)).reason is Reason.SAVED
    assert money_back(lane) == [Decimal("1.2")]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, OutcomeKind.THROTTLED),
        (403, OutcomeKind.UNAUTHORIZED),
        (503, OutcomeKind.UNKNOWN),
    ],
)
@pytest.mark.parametrize("is_done", [True, False])
def test_a_mending_that_is_turned_away_or_in_doubt_is_made_by_the_next_attempt(status, kind, is_done):
    lane = Lane(FailsOnce("PUT", status, is_done=is_done))
    outcome = lane.attempt(snapshot(WEIGHED))
    assert (outcome.kind, outcome.link.order_id) == (kind, str(lane.held["id"]))
    assert lane.attempt(snapshot(WEIGHED)).kind is OutcomeKind.ACCEPTED
    assert (lane.held["total_with_tax"], [line["quantity"] for line in lane.held["lines"]["products"]]) == (
        "72.50",
        [1],
    )


def finer(quantity):
    """An order whose line is one piece from the start: its price has too many decimals."""
    line = item(1, variant_id="1001", quantity=Decimal(quantity), unit_price=Decimal("0.00125"))
    return order(items=[line], totals=totals(str(line.total)))


def test_an_order_that_was_created_and_not_read_says_which_line_is_one_piece():
    _, outcome = save(reply(201, {"id": 777}), reply(503), of=finer(100_000))
    assert (outcome.kind, outcome.link.notes) == (OutcomeKind.ACCEPTED, {"in_one": '{"line-1": "100000"}'})


@pytest.mark.parametrize("status", [429, 503])
def test_an_order_that_was_edited_and_not_read_says_which_line_is_one_piece(status):
    known = msgspec.structs.replace(LINKED, notes={"in_one": '{"line-1": "100000"}', "kept": "yes"})
    _, outcome = save(reply(body=held()), reply(204), reply(status), of=finer(90_000), link=known)
    notes = {"in_one": '{"line-1": "90000"}', "kept": "yes"}
    assert outcome.link == msgspec.structs.replace(known, notes=notes)
    _, outcome = save(reply(body=held()), reply(204), reply(status), of=sold(comment="x"), link=known)
    assert outcome.link.notes == {"kept": "yes"}


def test_a_mending_that_the_shop_refuses_leaves_the_order_as_it_is_held():
    outcome = Lane(FailsOnce("PUT", 400)).attempt(snapshot(WEIGHED))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)


def test_a_line_of_one_piece_that_no_note_tells_of_is_what_the_order_says_it_is():
    lane = Lane(Shop(keeps={"price": 2}))
    lane.deliver(snapshot(SCREWS))
    lane.link = msgspec.structs.replace(lane.link, notes={})
    assert lane.deliver(refund_of(100)).reason is Reason.SAVED
    assert money_back(lane) == [Decimal("1.2")]


def test_a_line_of_one_piece_at_the_price_of_a_piece_is_that_piece_whatever_the_order_says_since():
    one = order(items=[item(1, variant_id="111", quantity=Decimal(1))], totals=totals("10"))
    lane = Lane()
    lane.deliver(snapshot(one))
    lane.order = replace_quantity(one, 4)
    assert lane.deliver(refund_of(1)).reason is Reason.SAVED
    assert money_back(lane) == [Decimal(10)]


def replace_quantity(of, quantity):
    items = [msgspec.structs.replace(line, quantity=Decimal(quantity)) for line in of.items]
    return msgspec.structs.replace(of, items=items)
