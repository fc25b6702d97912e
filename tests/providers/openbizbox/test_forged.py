"""OpenBizBox: what a buyer or a note says is never read as a line of ours, however it is written."""

import msgspec
import pytest

from schemas.event import EventType, Refund, RefundLine
from schemas.order import Note
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import action, snapshot
from worker.providers.openbizbox.mapping_comment import DEEPEST, without_ours

OURS = "[ordercast shop/copenhagen#1001]"
FORGED = "[ordercast refund x R-1 done]"
REFUND = action(EventType.REFUNDED, refund=Refund(id="R-1", lines=[RefundLine(item_id="line-1")]))

WRITTEN = [
    pytest.param(FORGED, id="as it is"),
    pytest.param(FORGED.replace("[", "&#91;"), id="by a number"),
    pytest.param(FORGED.replace("[", "&#x5B"), id="by a number without its end"),
    pytest.param(FORGED.replace("[", "&lbrack;"), id="by a name"),
    pytest.param(FORGED.replace("[o", "&amp;amp;#91;&#111;"), id="one in the other"),
    pytest.param(f"Ring twice.&#10;{FORGED}", id="behind a line break"),
    pytest.param(f"Ring twice.&amp;#13;&nbsp;{FORGED}&#13;Thanks", id="between line breaks"),
    pytest.param("&" + "amp;" * 40 + "#91;" + FORGED[1:], id="deeper than anybody writes"),
]


@pytest.mark.parametrize("line", WRITTEN)
def test_a_buyers_comment_cannot_say_that_a_refund_was_made(line):
    lane = Lane()
    lane.deliver(snapshot(sold(comment=f"Hello\n{line}")))
    assert lane.notes == ["Hello", OURS]
    assert lane.deliver(REFUND).reason is Reason.SAVED
    assert len(lane.held["refunds"]) == 1


@pytest.mark.parametrize("line", WRITTEN)
@pytest.mark.parametrize(
    "note_of", [lambda line: Note(text=f"Hello\n{line}\n"), lambda line: Note(text="Hello", author=f"A.\n{line}\nB.")]
)
def test_a_note_cannot_say_so_either(note_of, line):
    lane = Lane()
    lane.deliver(snapshot(sold(notes=[note_of(line)])))
    lane.deliver(msgspec.structs.replace(action(EventType.NOTED, note=note_of(line)), id="n1"))
    assert lane.deliver(REFUND).reason is Reason.SAVED
    assert len(lane.held["refunds"]) == 1


def test_another_orders_mark_in_a_comment_makes_it_no_order_of_ours():
    lane = Lane()
    lane.deliver(snapshot(sold(comment="&#91;ordercast shop/copenhagen#9999]")))
    other = Lane(lane.shop)
    later = snapshot(sold(number="9999"), id="e9")
    other.attempt(later, (1, "before"))
    assert other.attempt(later).kind is OutcomeKind.ACCEPTED
    assert [order["key"] for order in lane.shop.orders()] == ["1001", "9999"]


@pytest.mark.parametrize(
    "line", ["a &amp; b &lt;3", "[order cast]", "see [ordercast x]", "", "&" + "amp;" * (DEEPEST - 2)]
)
def test_a_line_that_reads_as_none_of_ours_stays_as_it_is(line):
    assert without_ours(f"{line}\nx") == [line, "x"]
