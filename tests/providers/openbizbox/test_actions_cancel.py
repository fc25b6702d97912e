"""OpenBizBox: all of an order refunded, which cancels it: once, by whichever event comes first."""

import pytest

from schemas.delivery import Link
from schemas.event import Cancellation, EventType, Refund
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import CANCELLED, LINKED, MARK, act, calls_of, held, look, page, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, snapshot
from tests.fakes.wire import reply
from worker.providers.base import Absent, Settled, Undetermined
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

CANCEL = action(EventType.CANCELLED, cancellation=Cancellation())
WHOLE = action(EventType.REFUNDED, refund=Refund(whole=True))
SEEN = "Order 777 of the shop is cancelled already (status Cancelled)."
both = pytest.mark.parametrize("event", [CANCEL, WHOLE, action(EventType.CANCELLED)])


@both
def test_the_order_is_read_and_then_refunded_by_an_empty_post(event):
    requests, outcome = act(event, reply(body=held()), reply(204))
    assert calls_of(requests) == ["GET /api/v2/orders/777.json", "POST /api/v2/orders/777/refunds.json"]
    assert (requests[1].body, requests[1].headers["Content-Length"], requests[1].mutating) == (b"", "0", True)
    assert "Content-Type" not in requests[1].headers
    assert (outcome.kind, outcome.reason, outcome.link) == (OutcomeKind.ACCEPTED, Reason.SAVED, None)


@pytest.mark.parametrize(
    "event",
    [
        action(EventType.CANCELLED, cancellation=Cancellation(restock=False)),
        action(EventType.REFUNDED, refund=Refund(whole=True, restock=False)),
    ],
)
def test_goods_that_do_not_come_back_are_not_restocked(event):
    requests, _ = act(event, reply(body=held()), reply(200, held()))
    assert requests[1].body == b'{"restock":false}'


@both
def test_an_order_that_is_cancelled_already_is_not_cancelled_again(event):
    requests, outcome = act(event, reply(body=held(status=CANCELLED)))
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason, outcome.message) == (OutcomeKind.ACCEPTED, Reason.EXISTS, SEEN)


REFUSALS = [reply(400, '"Not now"'), reply(400), reply(200, {"errors": ["Not now"]})]
refused = pytest.mark.parametrize("refusal", REFUSALS)


@refused
def test_a_refusal_of_what_was_done_meanwhile_is_no_refusal(refusal):
    requests, outcome = act(CANCEL, reply(body=held()), refusal, reply(body=held(status=CANCELLED)))
    assert len(requests) == 3
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)


@refused
@pytest.mark.parametrize("running", [reply(body=held(refunded=0)), reply(body=held(refunded=19.99)), reply(404)])
def test_a_refusal_of_an_order_that_is_not_refunded_stays_one(refusal, running):
    requests, outcome = act(CANCEL, reply(body=held()), refusal, reply(body=held()), running)
    assert calls_of(requests[3:]) == ["GET /api/v3/orders/777.json"]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.REJECTED)
    assert act(CANCEL, reply(body=held()), refusal, reply(503), reply(503))[1].kind is OutcomeKind.REJECTED


REFUNDED = "Order 777 of the shop is refunded already: nothing is left to cancel; its status (Pending) stays."


@both
@refused
def test_an_order_whose_money_was_given_back_by_hand_needs_no_cancellation(event, refusal):
    _, outcome = act(event, reply(body=held()), refusal, reply(body=held()), reply(body=held(refunded=20)))
    assert (outcome.kind, outcome.reason, outcome.message) == (OutcomeKind.ACCEPTED, Reason.EXISTS, REFUNDED)


def test_the_shops_own_word_that_it_is_refunded_is_taken():
    """Of money that no gateway captured no version of the API shows that it was given back."""
    said = reply(400, '"Order is already refunded"')
    requests, outcome = act(CANCEL, reply(body=held()), said, reply(body=held()))
    assert (len(requests), outcome.reason, outcome.message) == (3, Reason.EXISTS, REFUNDED)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(504), OutcomeKind.UNKNOWN),
        (reply(429), OutcomeKind.THROTTLED),
        (reply(403), OutcomeKind.UNAUTHORIZED),
    ],
)
def test_each_answer_to_a_cancellation_comes_to_its_outcome(answer, kind):
    assert act(CANCEL, reply(body=held()), answer)[1].kind is kind


@both
def test_a_look_up_tells_by_the_orders_own_flag(event):
    assert look(event, reply(body=held(status=CANCELLED)))[1] == Settled(SEEN)
    assert look(event, reply(body=held()))[1] == Absent()
    assert look(event, reply(503))[1].kind is OutcomeKind.UNAVAILABLE
    assert look(event, reply(body=held(comment="[ordercast shop/malmo#1001]")))[1] == Absent()


GONE = "Order 777 is gone from the shop: nothing is left to cancel."


def test_nobody_can_tell_of_the_money_of_an_order_that_is_gone():
    _, seen = look(WHOLE, reply(404))
    assert isinstance(seen, Undetermined)
    assert "777" in seen.message
    assert look(CANCEL, reply(404))[1] == Settled(GONE)


def test_an_order_that_is_not_linked_is_looked_up_by_our_key_and_the_link_is_learned():
    requests, outcome = act(CANCEL, page(held()), reply(204), link=None, of=sold())
    assert requests[0].path.startswith("/api/v3/orders.json?filter=created_at%3Dgte%3D2026-11-21+09%3A29")
    assert outcome.link == Link(order_id="777", contact_id="1511")
    requests, outcome = act(CANCEL, reply(body=held(id=51001)), reply(204), link=None, order_id_offset=50_000)
    assert requests[1].path == "/api/v2/orders/51001/refunds.json"
    assert outcome.link.order_id == "51001"


@pytest.mark.parametrize(
    ("replies", "given", "of"),
    [
        ([page(), page()], {}, sold()),
        ([page(held(comment="")), page(held(comment=""))], {}, sold()),  # alike, and without a mark
        ([reply(404)], {"order_id_offset": 50_000}, None),
        ([reply(body=held(comment=""))], {"order_id_offset": 50_000}, None),
        ([], {}, None),
    ],
)
def test_an_order_that_is_not_there_is_an_unknown_one_and_the_way_on_is_told(replies, given, of):
    requests, outcome = act(CANCEL, *replies, link=None, of=of, **given)
    assert len(requests) == len(replies)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert outcome.message.endswith("then replay this.")


def test_a_look_up_of_an_order_that_is_not_linked_says_what_it_can():
    assert look(CANCEL, page(), page(), link=None, of=sold())[1] == Absent()
    alike = page(held(comment=""))
    assert isinstance(look(CANCEL, alike, alike, link=None, of=sold())[1], Undetermined)
    settled = look(CANCEL, page(held(status=CANCELLED)), link=None, of=sold())[1]
    assert settled.link == Link(order_id="777", contact_id="1511")


def test_a_linked_order_with_the_mark_of_another_is_not_cancelled():
    requests, outcome = act(CANCEL, reply(body=held(comment="[ordercast shop/malmo#1001]")))
    assert (len(requests), outcome.reason) == (1, Reason.SOURCE_CONFLICT)
    assert act(CANCEL, reply(body=held(comment=f"[ordercast refund d1 begun]\n{MARK}")), reply(204))[1].reason is (
        Reason.SAVED
    )
    assert act(CANCEL, reply(body=held(comment="[ordercast refund d1 begun]")), reply(204))[1].reason is Reason.SAVED


def test_an_order_that_is_gone_needs_no_cancellation_and_its_money_is_a_persons_to_look_for():
    outcome = act(CANCEL, reply(404))[1]
    assert (outcome.kind, outcome.reason, outcome.message) == (OutcomeKind.ACCEPTED, Reason.EXISTS, GONE)
    late = act(CANCEL, reply(body=held()), reply(404), reply(404))[1]
    assert (late.kind, late.message) == (OutcomeKind.ACCEPTED, GONE)
    assert act(WHOLE, reply(404))[1].reason is Reason.UNKNOWN_ORDER


@pytest.mark.parametrize("refuses", ["text", "empty", "errors"])
@pytest.mark.parametrize("how", ["before", "after", "late"])
@pytest.mark.parametrize("call", [1, 2])
def test_wherever_the_line_breaks_the_order_is_refunded_once(call, how, refuses):
    lane = Lane(Shop(refuses=refuses))
    lane.deliver(snapshot(sold()))
    end = lane.deliver(CANCEL, (call, how))
    assert isinstance(end, Settled) or end.kind is OutcomeKind.ACCEPTED
    assert [refund["whole"] for refund in lane.held["refunds"]] == [True]
    second = lane.deliver(WHOLE)
    assert (second.kind, second.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert len(lane.held["refunds"]) == 1
    assert lane.notes == [MARK]


def test_what_was_learned_before_stays_in_the_link():
    known = Link(order_id="777", contact_id="1", line_ids={"line-1": "74"}, notes={"failing": "x 1", "kept": "yes"})
    outcome = act(CANCEL, reply(body=held()), reply(204), link=known)[1]
    assert outcome.link == Link(order_id="777", contact_id="1511", line_ids={"line-1": "74"}, notes={"kept": "yes"})
    assert LINKED.notes == {"kept": "yes"}
