"""OpenBizBox: an order that is cancelled in the shop: no call opens it again, and whatever is saved there says so."""

import pytest

from schemas.event import Cancellation, EventType, Refund
from schemas.order import Payment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import CANCELLED, LINKED, body, calls_of, held, save, sold
from tests.fakes.openbizbox_lane import NOW, Lane
from tests.fakes.snapshots import action, snapshot
from tests.fakes.wire import exchange, reply
from worker.providers.base import Request, Settled
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

STATUSES = {"paid": 5, "processing": 5, "shipped": 6, "completed": 7}
CANCEL = action(EventType.CANCELLED, cancellation=Cancellation(reason="payment late"))
WHOLE = action(EventType.REFUNDED, refund=Refund(whole=True))
SAYS = "The order is cancelled in the shop (status Cancelled): what was sent was saved there, and its state was left."


def later(**changes):
    return snapshot(sold(**changes), kind=EventType.UPDATED, id="e3")


def test_case_15_a_reopened_order_stays_cancelled_and_the_delivery_says_so():
    lane = Lane(statuses=STATUSES)
    lane.deliver(snapshot(sold(status="pending")))
    lane.deliver(CANCEL)
    outcome = lane.deliver(later(status="processing", comment="reopened: money came"))
    assert (outcome.kind, outcome.reason, outcome.message) == (OutcomeKind.ACCEPTED, Reason.REMARK, SAYS)
    assert lane.held["status"]["title"] == "Cancelled"
    assert lane.notes[0] == "reopened: money came"
    assert len(lane.held["refunds"]) == 1


def test_a_status_is_not_sent_to_a_cancelled_order_whose_money_was_given_back():
    now = held(status=CANCELLED, comment="")
    requests, outcome = save(
        reply(body=now),
        reply(204),
        reply(body=held(status=CANCELLED)),
        of=sold(status="paid"),
        link=LINKED,
        statuses=STATUSES,
    )
    assert body(requests[1]).keys() == {"comment"}
    assert outcome.message == SAYS


@pytest.mark.parametrize("status", ["paid", "cancelled", None])
def test_a_snapshot_that_changes_nothing_of_a_cancelled_order_says_so_too(status):
    requests, outcome = save(reply(body=held(status=CANCELLED)), of=sold(status=status), link=LINKED, statuses=STATUSES)
    assert calls_of(requests) == ["GET /api/v2/orders/777.json"]
    assert (outcome.kind, outcome.reason, outcome.message) == (OutcomeKind.ACCEPTED, Reason.REMARK, SAYS)


def test_an_order_that_is_open_there_is_saved_without_a_word():
    lane = Lane(statuses=STATUSES)
    lane.deliver(snapshot(sold(status="pending")))
    outcome = lane.deliver(later(status="processing"))
    assert (outcome.reason, outcome.message, lane.held["status"]["id"]) == (Reason.SAVED, "", 5)


@pytest.mark.parametrize("event", [CANCEL, WHOLE])
@pytest.mark.parametrize("refuses", ["text", "errors"])
def test_an_order_that_the_owner_refunded_by_hand_needs_no_cancellation(event, refuses):
    lane = Lane(Shop(refuses=refuses))
    lane.deliver(snapshot(sold()))
    lane.shop.give_back(1001)
    outcome = lane.deliver(event)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert "refunded already" in outcome.message
    assert [part["amount"] for part in lane.held["refunds"]] == ["20.00"]
    assert lane.held["status"]["title"] == "Pending"


def captured(till):
    """The lane of an order whose money the shop's gateway has taken."""
    lane = Lane(till)
    lane.deliver(snapshot(sold(payment=Payment(method="card"))))
    till.authorize(1001, "T-1")
    [token] = [value for name, (value, _) in lane.provider.memory.kept.items() if ":token:" in name]
    write = {"Authorization": f"Bearer {token}", "Content-Length": "0"}
    assert exchange(Request("POST", "/api/v3/orders/1001/capture.json", "capture", write), till, NOW).status == 204
    return lane


def test_money_that_was_captured_and_given_back_is_seen_though_the_shop_refuses_without_a_word():
    lane = captured(Shop(refuses="empty"))
    lane.shop.give_back(1001)
    outcome = lane.deliver(CANCEL)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert len(lane.held["refunds"]) == 1


def test_a_refusal_without_a_word_of_an_order_that_nobody_refunded_is_one():
    lane = Lane(Shop(refuses="empty"))
    lane.deliver(snapshot(sold()))
    lane.shop.give_back(1001)  # money that no gateway had: nothing shows that it went back
    assert lane.deliver(CANCEL).kind is OutcomeKind.REJECTED


@pytest.mark.parametrize("in_doubt", [False, True])
def test_an_order_that_the_owner_deleted_needs_no_cancellation(in_doubt):
    lane = Lane()
    lane.deliver(snapshot(sold()))
    lane.shop.delete(1001)
    lane.doubt = in_doubt
    end = lane.deliver(CANCEL)
    assert isinstance(end, Settled) if in_doubt else (end.kind, end.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert end.message == "Order 1001 is gone from the shop: nothing is left to cancel."


def test_the_money_of_an_order_that_the_owner_deleted_is_a_persons_to_look_for():
    lane = Lane()
    lane.deliver(snapshot(sold()))
    lane.shop.delete(1001)
    outcome = lane.deliver(WHOLE)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
