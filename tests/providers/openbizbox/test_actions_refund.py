"""OpenBizBox: lines refunded: which lines of the shop they are, and what is asked for them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.event import EventType, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import CANCELLED, LINKED, MARK, account, act, body, calls_of, held, look, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import DELIVERY_ID, action, item, job, order, snapshot
from tests.fakes.wire import converse, reply
from worker.providers.base import Undetermined

BEGUN = f"[ordercast refund {DELIVERY_ID} begun]"
DONE = f"[ordercast refund {DELIVERY_ID} done]"
READ, BEGIN, SHOWN = reply(body=held()), reply(204), reply(body=held(comment=f"{MARK}\n{BEGUN}"))


def refund(*lines, **changes):
    return action(EventType.REFUNDED, refund=Refund(lines=list(lines), **changes))


def line(item_id="line-1", **changes):
    return RefundLine(item_id=item_id, **{name: Decimal(text) for name, text in changes.items()})


def refunded(event, **given):
    """What the shop is asked to refund, and the outcome."""
    requests, outcome = act(event, READ, BEGIN, SHOWN, reply(200, held()), reply(204), **given)
    return body(requests[3])["lines"], outcome


def test_a_refund_is_written_down_read_back_made_and_written_down_again():
    requests, outcome = act(refund(line()), READ, BEGIN, SHOWN, reply(200, held()), reply(204))
    assert calls_of(requests) == [
        "GET /api/v2/orders/777.json",
        "PUT /api/v2/orders/777.json",
        "GET /api/v2/orders/777.json",
        "POST /api/v2/orders/777/refunds.json",
        "PUT /api/v2/orders/777.json",
    ]
    assert body(requests[1]) == {"comment": f"{MARK}\n{BEGUN}"}
    assert body(requests[4]) == {"comment": f"{MARK}\n{DONE}"}
    assert [request.mutating for request in requests] == [False, False, False, True, False]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (line(), {"order_line_id": 74}),
        (line(quantity="1"), {"order_line_id": 74, "quantity": 1}),
        (line(amount="9.90"), {"order_line_id": 74, "amount_with_tax": 9.9}),
        (line(quantity="0.5", amount="1000"), {"order_line_id": 74, "amount_with_tax": 1000, "quantity": 0.5}),
    ],
)
def test_a_line_is_refunded_with_the_amount_and_the_quantity_that_are_named(asked, sent):
    assert refunded(refund(asked))[0] == [sent]


def test_a_line_that_the_link_lacks_is_matched_with_what_the_shop_holds():
    bare = Link(order_id="777")
    assert refunded(refund(line()), link=bare, of=sold())[0] == [{"order_line_id": 74}]
    stale = Link(order_id="777", line_ids={"line-1": "12"})  # the shop has the article on a new line
    assert refunded(refund(line()), link=stale, of=sold())[0] == [{"order_line_id": 74}]


def test_a_line_that_only_the_link_knows_is_refunded_though_a_later_order_dropped_it():
    dropped = order(items=[item(2, variant_id="1002")])
    assert refunded(refund(line()), of=dropped)[0] == [{"order_line_id": 74}]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"link": Link(order_id="777")}, "No line of the shop's order 777 is known for item line-1"),
        ({"link": Link(order_id="777"), "of": order(items=[item(1, variant_id="9")])}, "known for item line-1"),
    ],
)
def test_a_line_that_nobody_can_name_is_refused_and_nothing_is_written(given, word):
    requests, outcome = act(refund(line()), READ, **given)
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.REJECTED)
    assert word in outcome.message


def test_an_item_that_the_order_does_not_have_is_refused_and_nothing_is_written():
    requests, outcome = act(refund(line(), line("line-9")), READ, of=sold())
    assert len(requests) == 1
    assert (outcome.kind, outcome.message) == (
        OutcomeKind.REJECTED,
        "The order has no item line-9: correct the refund's lines.",
    )


@pytest.mark.parametrize(
    "asked",
    [
        [line(quantity="3")],
        [line(quantity="2.5", amount="1")],
        [line(quantity="1"), line(quantity="1.5")],
    ],
)
@pytest.mark.parametrize("of", [sold(), None, order(items=[item(1, variant_id="1001", quantity=Decimal(9))])])
def test_more_pieces_than_the_shops_line_has_are_refused_and_nothing_is_written(asked, of):
    requests, outcome = act(refund(*asked), READ, of=of)
    assert len(requests) == 1
    assert outcome.kind is OutcomeKind.REJECTED
    assert outcome.message.startswith("The refund takes back ")
    assert outcome.message.endswith(" of item line-1, the shop's order has 2: correct it.")


def test_all_pieces_of_the_shops_line_are_refunded_though_a_later_order_has_fewer():
    fewer = order(items=[item(1, variant_id="1001", quantity=Decimal(0))])
    assert refunded(refund(line(quantity="2")), of=fewer)[0] == [{"order_line_id": 74, "quantity": 2}]


@pytest.mark.parametrize("event", [action(EventType.REFUNDED, refund=Refund(amount=Decimal(5))), refund()])
def test_an_amount_alone_needs_lines(event):
    requests, outcome = act(event, of=sold())
    assert (requests, outcome.kind, outcome.reason) == ([], OutcomeKind.REJECTED, Reason.NEEDS_LINES)


def test_nothing_is_left_to_refund_of_a_cancelled_order():
    requests, outcome = act(refund(line()), reply(body=held(status=CANCELLED)))
    assert (len(requests), outcome.kind) == (1, OutcomeKind.REJECTED)
    assert "cancelled" in outcome.message


def test_goods_that_do_not_come_back_cannot_be_told_and_that_is_said():
    _, outcome = refunded(refund(line(), restock=False))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "restock" in outcome.message


def test_what_was_done_already_is_not_done_again():
    requests, outcome = act(refund(line()), reply(body=held(comment=DONE)))
    assert (len(requests), outcome.kind, outcome.reason) == (1, OutcomeKind.ACCEPTED, Reason.EXISTS)
    other = held(comment=f"{MARK}\n[ordercast refund dother done]")
    assert len(act(refund(line()), reply(body=other), BEGIN, SHOWN, reply(204), reply(204))[0]) == 5


def test_a_shop_that_drops_comments_is_found_out_before_the_act():
    requests, outcome = act(refund(line()), READ, BEGIN, READ)
    assert len(requests) == 3
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    assert 'mark = "none"' in outcome.message


def test_an_account_without_marks_refunds_at_once_and_asks_a_person_in_doubt():
    requests, outcome = act(refund(line()), READ, reply(204), mark="none")
    assert calls_of(requests)[1] == "POST /api/v2/orders/777/refunds.json"
    assert outcome.reason is Reason.SAVED
    lane = Lane(mark="none")
    lane.deliver(snapshot(sold()))
    operation = lane.provider.operation(lane.job(refund(line())))
    assert (operation.on_unknown, operation.look_up, operation.calls) == ("ask", None, 2)


@pytest.mark.parametrize("answer", [reply(400, '"no"'), reply(503), reply(429), reply(200, {"errors": "no"})])
def test_a_line_that_cannot_be_written_stops_the_refund_and_leaves_no_doubt(answer):
    requests, outcome = act(refund(line()), READ, answer)
    assert len(requests) == 2
    assert outcome.kind in {OutcomeKind.REJECTED, OutcomeKind.UNAVAILABLE, OutcomeKind.THROTTLED}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(400, '"Amount is greater than what is left of the line"'), OutcomeKind.REJECTED),
        (reply(429), OutcomeKind.THROTTLED),
    ],
)
def test_each_answer_to_a_refund_comes_to_its_outcome(answer, kind):
    requests, outcome = act(refund(line()), READ, BEGIN, SHOWN, answer)
    assert (len(requests), outcome.kind) == (4, kind)


def test_a_refund_that_was_made_is_accepted_though_that_could_not_be_written():
    _, outcome = act(refund(line()), READ, BEGIN, SHOWN, reply(204), reply(503))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "begun still" in outcome.message


def test_the_evidence_of_a_doubtful_refund_names_what_to_compare_and_stays_short():
    shown = held(comment=BEGUN, refunded=0)
    message = look(refund(line(amount="9.90")), reply(body=shown))[1].message
    for word in ("order 777", "all of item line-1 for 9.90", "begun", "status Pending", "20 in total", "0 refunded"):
        assert word in message
    assert "2 of line 74" in message
    many = [line(f"line-{number}-" + "x" * 20, amount="12345.6789", quantity="3") for number in range(100)]
    products = [held()["lines"]["products"][0] | {"order_line_id": 10_000_000 + n} for n in range(100)]
    long = look(refund(*many), reply(body=held(comment=BEGUN, lines={"products": products})))[1].message
    assert len(long) <= 510  # what the engine adds has 90 characters


def test_the_edit_of_a_doubtful_refund_does_not_pass_for_another_one():
    edited = replace(job(refund(line(quantity="2")), link=LINKED), idempotency_key=f"{DELIVERY_ID}.1")
    _, seen = converse(account().operation(edited).look_up(), reply(body=held(comment=BEGUN)))
    assert isinstance(seen, Undetermined)


@pytest.mark.parametrize("of", [None, order(items=[item(n, id=f"{n}" * 255, variant_id="9") for n in range(1, 9)])])
@pytest.mark.parametrize("order_id", [777, "7" * 20, "7" * 4000])
def test_a_line_that_nobody_can_name_is_told_of_in_few_words_whatever_the_ids_are(order_id, of):
    lines = [line(f"{n}" * 255, quantity="1") for n in range(1, 9)]
    _, outcome = act(refund(*lines), reply(body=held(id=order_id)), link=Link(order_id="777"), of=of)
    assert outcome.kind is not OutcomeKind.ACCEPTED
    assert len(outcome.message) < 600


def test_a_line_of_too_few_pieces_is_told_of_in_few_words_whatever_its_id_is():
    long = "x" * 5000
    _, outcome = act(refund(line(long, quantity="9")), READ, link=Link(order_id="777", line_ids={long: "74"}))
    assert outcome.kind is OutcomeKind.REJECTED
    assert len(outcome.message) < 600
