"""OpenBizBox: refunds of lines, and invoices, over a line that breaks at every call in every way: never twice."""

from decimal import Decimal

import pytest

from schemas.event import EventType, Invoice, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import MARK, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, item, order, snapshot
from worker.providers.base import Settled, Undetermined

REFUND = action(
    EventType.REFUNDED, refund=Refund(lines=[RefundLine(item_id="line-1", amount=Decimal(5), quantity=Decimal(1))])
)
INVOICE = action(EventType.INVOICED, invoice=Invoice(number="444", notify=True))
ACTS = [pytest.param(REFUND, "refunds", id="refund"), pytest.param(INVOICE, "invoices", id="invoice")]
ACT = 4  # read, write, read, act, write
each_act = pytest.mark.parametrize(("event", "made"), ACTS)


def opened():
    lane = Lane()
    lane.deliver(snapshot(sold()))
    return lane


@each_act
def test_an_act_is_made_once_and_says_so(event, made):
    lane = opened()
    assert lane.deliver(event).kind is OutcomeKind.ACCEPTED
    assert lane.notes[1].endswith("done]")
    again = lane.deliver(event)
    assert (again.kind, again.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert len(lane.held[made]) == 1


@each_act
@pytest.mark.parametrize("how", ["before", "after", "late"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_before_the_act_a_break_leaves_no_doubt_and_is_made_good(event, made, call, how):
    lane = opened()
    assert lane.attempt(event, (call, how)) is None
    assert not lane.doubt
    assert lane.attempt(event).kind is OutcomeKind.ACCEPTED
    assert len(lane.held[made]) == 1


@each_act
@pytest.mark.parametrize("how", ["before", "after", "late"])
def test_an_act_without_an_answer_is_for_a_person_and_never_repeated(event, made, how):
    lane = opened()
    end = lane.deliver(event, (ACT, how))
    assert isinstance(end, Undetermined)
    assert isinstance(lane.attempt(event), Undetermined)
    lane.come_in()
    assert len(lane.held[made]) == (how != "before")


@each_act
def test_a_person_who_vouches_has_it_done(event, made):
    lane = opened()
    lane.deliver(event, (ACT, "before"))
    assert lane.attempt(event, forced=True).kind is OutcomeKind.ACCEPTED
    assert len(lane.held[made]) == 1
    assert [line.rpartition(" ")[2] for line in lane.notes[1:]] == ["done]"]


@each_act
@pytest.mark.parametrize(("how", "seen"), [("before", Undetermined), ("after", Settled), ("late", Settled)])
def test_an_act_that_was_answered_is_seen_by_its_line_where_the_line_was_written(event, made, how, seen):
    """The worker is gone before it has settled; or the answer to the last write is."""
    lane = opened()
    lane.attempt(event, (ACT + 1, how))
    assert lane.doubt
    lane.come_in()
    assert isinstance(lane.attempt(event), seen)
    assert len(lane.held[made]) == 1


@each_act
def test_a_store_restored_from_an_older_copy_repeats_nothing_and_asks_nobody(event, made):
    lane = opened()
    lane.deliver(event)
    lane.doubt = True
    assert isinstance(lane.attempt(event), Settled)
    assert len(lane.held[made]) == 1


@each_act
def test_a_store_restored_before_the_act_began_has_it_done(event, made):
    lane = opened()
    lane.doubt = True
    assert lane.attempt(event).kind is OutcomeKind.ACCEPTED
    assert len(lane.held[made]) == 1


def test_a_worker_killed_between_the_line_and_the_act_leaves_it_to_a_person():
    lane = opened()
    lane.attempt(REFUND, (3, "after"))
    lane.doubt = True  # its lease ran out
    assert isinstance(lane.attempt(REFUND), Undetermined)
    assert lane.held["refunds"] == []


def test_later_snapshots_keep_what_the_comment_says_of_acts():
    lane = opened()
    lane.deliver(REFUND)
    lane.deliver(INVOICE)
    later = order(items=[item(1, variant_id="1001")], comment="Ring twice")
    assert lane.deliver(snapshot(later, kind=EventType.UPDATED, id="e9")).kind is OutcomeKind.ACCEPTED
    stages = [line.split()[1] for line in lane.notes if line.endswith(" done]")]
    assert (stages, lane.notes[:2]) == (["refund", "invoice"], ["Ring twice", MARK])
