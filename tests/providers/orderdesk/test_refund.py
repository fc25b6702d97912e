"""A refund is counted once, whatever was refunded before, and told in the history once."""

from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.event import EventType, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import LINKED, body_of, held, line, listed, steps, success
from tests.fakes.orderdesk_played import operation
from tests.fakes.snapshots import action, order
from tests.fakes.wire import converse, reply
from worker.providers.base import Absent, Settled

SIGN = "(Ordercast dabcdefghi)"
COUNTED = {"ordercast_source": "shop/copenhagen", "ordercast_number": "1001", "ordercast_refunds": "e2=5"}


def refunded(**refund):
    return action(EventType.REFUNDED, refund=Refund(**refund))


FIVE = refunded(amount=Decimal(5), id="R-7", reason="Damaged")


def refund(event, *replies, link=LINKED, of=None, key=None):
    return converse(operation(event, link=link, order=of, key=key).converse(), *replies)


def counted(**changes):
    return success(order=held(order_metadata=COUNTED, refund_total=5, payment_status="Partially Refunded", **changes))


def test_a_refund_reads_counts_and_tells():
    requests, outcome = refund(FIVE, success(order=held(refund_total=0)), success(), success(), of=order())
    assert steps(requests) == ["GET /orders/925086", "PUT /orders/925086", "POST /orders/925086/order-history"]
    sent = body_of(requests[1])
    assert (sent["refund_total"], sent["payment_status"]) == (5, "Partially Refunded")
    assert sent["order_metadata"]["ordercast_refunds"] == "e2=5"
    assert body_of(requests[2])["note"] == f"Refunded 5 EUR (R-7): Damaged. Given back in all: 5. {SIGN}"
    assert (outcome.kind, outcome.reason, outcome.link) == (OutcomeKind.ACCEPTED, Reason.SAVED, LINKED)


def test_the_whole_order_goes_back_with_the_refund_in_it():
    theirs = {"tag_name": "vip", "folder_id": 21655, "email": "by-hand@example.com", "cc_number_masked": "xxxx4242"}
    lines = [line(), line("9", None, name="By hand")]
    shown = success(order=held(*lines, order_metadata={"packed": "yes"}, discount_list=[{"name": "D"}], **theirs))
    requests, _ = refund(FIVE, shown, success(), success())
    sent = body_of(requests[1])
    assert {name: sent[name] for name in ("tag_name", "folder_id", "email")} == {
        name: theirs[name] for name in ("tag_name", "folder_id", "email")
    }
    assert [(part["id"], part["name"]) for part in sent["order_items"]] == [("42286", "Product 1"), ("9", "By hand")]
    assert (sent["cc_number"], sent["discount_list"]) == ("4242", [{"name": "D"}])
    assert sent["order_metadata"] == {
        "packed": "yes",
        "ordercast_refunds": "e2=5",
        "ordercast_refund_ids": "R-7=e2",
    }
    assert not {"id", "order_total", "order_shipments"} & sent.keys()


@pytest.mark.parametrize(
    ("event", "before", "of", "total", "status"),
    [
        (FIVE, 0, order(), 5, "Partially Refunded"),
        (FIVE, "15.00", order(), 20, "Fully Refunded"),
        (FIVE, 14.99, order(), 19.99, "Partially Refunded"),
        (FIVE, 15, None, 20, "Fully Refunded"),
        (refunded(whole=True), 0, order(), 20, "Fully Refunded"),
        (refunded(whole=True), 12.5, None, 20, "Fully Refunded"),
        (refunded(whole=True), 25, order(), 25, "Fully Refunded"),
        (refunded(lines=[RefundLine(item_id="line-1", quantity=Decimal(1))]), 1, order(), 11, "Partially Refunded"),
    ],
)
def test_refunds_add_up_until_all_is_given_back(event, before, of, total, status):
    requests, _ = refund(event, success(order=held(refund_total=before)), success(), success(), of=of)
    sent = body_of(requests[1])
    assert (sent["refund_total"], sent["payment_status"]) == (total, status)


def test_a_refund_that_is_counted_and_told_is_neither_counted_nor_told_again():
    history = [{"note": f"Refunded 5 EUR. {SIGN}"}]
    requests, outcome = refund(FIVE, counted(order_history=history), of=order())
    assert steps(requests) == ["GET /orders/925086"]
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_a_refund_that_is_counted_and_not_told_is_told():
    requests, _ = refund(FIVE, counted(), listed(held(order_history=[])), success(), of=order())
    assert steps(requests)[2:] == ["POST /orders/925086/order-history"]


def test_two_refunds_are_counted_each_by_its_event():
    other = {"ordercast_refunds": "e%261=3.5"}
    requests, _ = refund(FIVE, success(order=held(order_metadata=other, refund_total=3.5)), success(), success())
    sent = body_of(requests[1])
    assert (sent["refund_total"], sent["order_metadata"]["ordercast_refunds"]) == (8.5, "e%261=3.5&e2=5")


def test_a_refund_corrected_after_it_was_counted_counts_the_difference():
    shown, history = counted(), listed(held(order_history=[{"note": f"Refunded 5 EUR. {SIGN}"}]))
    edited = "dabcdefghijklmnopqrstuvwxy.1"
    requests, _ = refund(refunded(amount=Decimal(7)), shown, success(), history, success(), of=order(), key=edited)
    sent = body_of(requests[1])
    assert (sent["refund_total"], sent["order_metadata"]["ordercast_refunds"]) == (7, "e2=7")
    assert body_of(requests[3])["note"].endswith("(Ordercast dabcdefghi.1)")


def test_a_refund_whose_worth_nobody_knows_is_refused_before_anything_is_changed():
    event = refunded(lines=[RefundLine(item_id="line-1")])
    requests, outcome = refund(event, success(order=held()))
    assert steps(requests) == ["GET /orders/925086"]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.REJECTED)
    assert "amount" in outcome.message
    requests, outcome = refund(event, counted(order_history=[{"note": SIGN}]))
    assert (len(requests), outcome.kind) == (1, OutcomeKind.ACCEPTED)


def test_a_refund_total_that_the_vendor_does_not_keep_is_remarked():
    _, outcome = refund(FIVE, success(order=held()), success(order=held(refund_total=0)), success())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message == "Order 925086 at Order Desk keeps refund_total at 0, not 5."


def test_more_given_back_than_was_paid_is_remarked():
    _, outcome = refund(FIVE, success(order=held(refund_total=18)), success(), success(), of=order())
    assert outcome.reason is Reason.REMARK
    assert "more than the order" in outcome.message


def test_a_note_that_is_refused_does_not_undo_the_refund_and_one_in_doubt_leaves_it_in_doubt():
    answers = [success(order=held()), success()]
    refused = reply(400, {"status": "error", "message": "No history"})
    assert refund(FIVE, *answers, refused)[1].reason is Reason.REMARK
    assert refund(FIVE, *answers, reply(500))[1].kind is OutcomeKind.UNKNOWN
    assert refund(FIVE, success(order=held()), reply(500))[1].kind is OutcomeKind.UNKNOWN


def test_a_refund_of_an_order_without_a_link_finds_it_and_needs_no_second_reading():
    requests, outcome = refund(FIVE, listed(held()), success(), success(), link=None)
    assert steps(requests)[1:] == ["PUT /orders/925086", "POST /orders/925086/order-history"]
    assert outcome.link == Link(order_id="925086")
    assert refund(FIVE, listed(), link=None)[1].reason is Reason.UNKNOWN_ORDER


# in doubt


def look(*replies):
    return converse(operation(FIVE, link=LINKED).look_up(), *replies)[1]


def test_a_refund_is_settled_only_where_it_is_counted_and_told():
    told = listed(held(order_history=[{"note": f"x {SIGN}"}]))
    seen = look(counted(), told)
    assert isinstance(seen, Settled)
    assert "refund_total of 5" in seen.message
    assert look(counted(), listed(held(order_history=[]))) == Absent()
    assert look(success(order=held(refund_total=5))) == Absent()
    assert look(reply(404, {"status": "error"})) == Absent()


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_look_up_that_is_not_answered_well_settles_nothing(status):
    assert look(reply(status)).kind is not OutcomeKind.ACCEPTED
    assert look(counted(), reply(status)).kind is not OutcomeKind.ACCEPTED
