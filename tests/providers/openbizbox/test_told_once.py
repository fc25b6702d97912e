"""OpenBizBox: one refund, or one invoice, that two events tell of moves money or paper once; two of them do so twice."""

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from schemas.event import EventType, Invoice, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, item, order, snapshot
from worker.providers.base import Undetermined

TEN = [RefundLine(item_id="line-1", quantity=Decimal(1), amount=Decimal(10))]


def refund(event_id, act_id=None):
    return msgspec.structs.replace(action(EventType.REFUNDED, refund=Refund(id=act_id, lines=TEN)), id=event_id)


def invoice(event_id, number=None):
    return msgspec.structs.replace(action(EventType.INVOICED, invoice=Invoice(number=number)), id=event_id)


def opened(**options):
    lane = Lane(**options)
    lane.deliver(snapshot(sold()))
    return lane


@pytest.mark.parametrize("mark", ["comment", "none"])
@pytest.mark.parametrize("act_id", ["rf-9", "rf 9]", "Rückzahlung 9", "x" * 300, "re#9\n[ordercast refund d1 done]"])
def test_case_31_one_refund_told_twice_gives_the_money_back_once(act_id, mark):
    lane = opened(mark=mark)
    assert lane.deliver(refund("31-b", act_id)).reason is Reason.SAVED
    again = lane.deliver(refund("31-c", act_id))
    assert (again.kind, again.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert again.message
    assert [part["amount"] for part in lane.held["refunds"]] == [10]


@pytest.mark.parametrize("mark", ["comment", "none"])
@pytest.mark.parametrize("number", ["900", "INV-900"])
def test_case_31_one_invoice_told_twice_is_made_once(number, mark):
    lane = opened(mark=mark)
    assert lane.deliver(invoice("31-e", number)).kind is OutcomeKind.ACCEPTED
    assert lane.deliver(invoice("31-f", number)).reason is Reason.EXISTS
    assert len(lane.held["invoices"]) == 1


@pytest.mark.parametrize("mark", ["comment", "none"])
@pytest.mark.parametrize("ids", [(None, None), ("rf-9", "rf-10"), ("rf-9", None), (None, "rf-9")])
def test_two_refunds_are_two(ids, mark):
    lane = opened(mark=mark)
    for event_id, act_id in zip(("a", "b"), ids, strict=True):
        assert lane.deliver(refund(event_id, act_id)).reason is Reason.SAVED
    assert [part["amount"] for part in lane.held["refunds"]] == [10, 10]


def test_a_refund_and_an_invoice_of_one_name_are_two_acts():
    lane = opened()
    assert lane.deliver(refund("a", "9")).reason is Reason.SAVED
    assert lane.deliver(invoice("b", "9")).reason is Reason.SAVED


def test_the_comment_names_the_act_and_the_delivery():
    lane = opened()
    lane.deliver(refund("a", "rf-9"))
    [*_, line] = lane.notes
    identity = lane.job(refund("a")).delivery_id
    assert line == f"[ordercast refund {identity} rf-9 done]"


@pytest.mark.parametrize("stage", ["begun", "done"])
def test_a_line_of_before_that_names_the_delivery_alone_is_understood(stage):
    lane = opened()
    event = refund("a", "rf-9")
    [kept] = lane.shop._orders.by_id.values()
    kept.comment += f"\n[ordercast refund {lane.job(event).delivery_id} {stage}]"
    lane.doubt = stage == "begun"
    end = lane.deliver(event)
    assert isinstance(end, Undetermined) if stage == "begun" else end.reason is Reason.EXISTS
    assert lane.held["refunds"] == []


def test_a_begun_line_of_before_becomes_done_where_a_person_vouches():
    lane = opened()
    event = refund("a", "rf-9")
    [kept] = lane.shop._orders.by_id.values()
    kept.comment += f"\n[ordercast refund {lane.job(event).delivery_id} begun]"
    lane.doubt = True
    assert lane.attempt(event, forced=True).reason is Reason.SAVED
    assert [line.rpartition(" ")[2] for line in lane.notes[1:]] == ["done]"]


def test_an_act_that_another_delivery_has_begun_asks_a_person_and_is_made_where_one_vouches():
    lane = opened()
    assert isinstance(lane.deliver(refund("a", "rf-9"), (4, "before")), Undetermined)
    lane.doubt = False  # the first delivery is discarded
    first = lane.attempt(refund("b", "rf-9"))
    assert (first.kind, first.reason) == (OutcomeKind.UNKNOWN, Reason.UNKNOWN)
    assert "was begun" in first.message
    assert isinstance(lane.attempt(refund("b", "rf-9")), Undetermined)
    assert lane.held["refunds"] == []
    assert lane.attempt(refund("b", "rf-9"), forced=True).reason is Reason.SAVED
    assert len(lane.held["refunds"]) == 1


def test_an_edited_replay_under_another_id_does_not_pass_for_another_act():
    lane = opened()
    assert isinstance(lane.deliver(refund("a", "rf-9"), (4, "after")), Undetermined)
    edited = refund("a", "rf-10")
    operation = lane.provider.operation(replace(lane.job(edited), idempotency_key="edited"))
    assert isinstance(lane._hold(operation.look_up()), Undetermined)
    assert len(lane.held["refunds"]) == 1


@pytest.mark.parametrize("mark", ["comment", "none"])
@pytest.mark.parametrize(
    "since",
    [
        pytest.param([item(2, variant_id="702")], id="dropped"),
        pytest.param([item(1, variant_id="1001", quantity=Decimal(0)), item(2, variant_id="702")], id="none left"),
    ],
)
def test_a_refund_that_was_made_is_known_though_its_line_is_gone_since(since, mark):
    lane = opened(mark=mark)
    assert lane.deliver(refund("a", "rf-9")).reason is Reason.SAVED
    lane.deliver(snapshot(order(items=since), kind=EventType.UPDATED, id="u"))
    again = lane.deliver(refund("b", "rf-9"))
    assert (again.kind, again.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert lane.deliver(refund("c", "rf-10")).kind is OutcomeKind.REJECTED
    assert len(lane.held["refunds"]) == 1
