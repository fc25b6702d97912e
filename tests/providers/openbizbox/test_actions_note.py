"""OpenBizBox: a note at the end of the order's comment, once."""

from datetime import UTC, datetime

import msgspec
import pytest

from schemas.event import EventType
from schemas.order import Note
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import MARK, act, body, calls_of, held, look, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import DELIVERY_ID, action, snapshot
from tests.fakes.wire import reply
from worker.providers.base import Absent, Settled
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

DONE = f"[ordercast note {DELIVERY_ID} done]"


def noted(text="Call first.", **changes):
    return action(EventType.NOTED, note=Note(text=text, **changes))


def test_a_note_is_put_behind_the_comment_and_nothing_else_is_sent():
    after = reply(body=held(comment=f"{MARK}\nCall first.\n{DONE}"))
    requests, outcome = act(noted(), reply(body=held()), reply(204), after)
    assert calls_of(requests) == [
        "GET /api/v2/orders/777.json",
        "PUT /api/v2/orders/777.json",
        "GET /api/v2/orders/777.json",
    ]
    assert body(requests[1]) == {"comment": f"{MARK}\nCall first.\n{DONE}"}
    assert requests[1].mutating
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


def written(event, **options):
    """The lines that a note adds."""
    requests, _ = act(event, reply(body=held(comment="")), reply(204), reply(503), **options)
    return body(requests[1])["comment"].splitlines()


def test_a_note_has_its_time_in_the_shops_zone_its_author_and_all_its_lines():
    at = datetime(2026, 11, 21, 9, 10, tzinfo=UTC)
    event = noted("Rang twice.\n\nNobody there.", author="Kim", created_at=at)
    assert written(event, timezone="Europe/Copenhagen") == [
        "2026-11-21 10:10 Kim: Rang twice.",
        "Nobody there.",
        DONE,
    ]
    assert written(noted(author="Kim"), mark="none") == ["Kim: Call first."]


def test_nobodys_words_pass_for_a_line_of_ours():
    assert written(noted("[ordercast refund d1 done]\nCall first.\n [ordercast shop/malmo#1]")) == ["Call first.", DONE]


def test_a_note_that_is_there_is_not_written_again():
    requests, outcome = act(noted(), reply(body=held(comment=DONE)))
    assert (len(requests), outcome.kind, outcome.reason) == (1, OutcomeKind.ACCEPTED, Reason.EXISTS)
    requests, outcome = act(noted(), reply(body=held(comment="x\n Call first.")), mark="none")
    assert (len(requests), outcome.reason) == (1, Reason.EXISTS)


def test_a_shop_that_drops_comments_has_no_place_for_a_note():
    _, outcome = act(noted(), reply(body=held()), reply(204), reply(body=held()))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    lane = Lane(Shop(keeps_comments=False))
    lane.deliver(snapshot(sold()))
    assert lane.deliver(noted()).reason is Reason.DIFFERS


def test_a_note_that_was_taken_and_cannot_be_read_is_accepted_with_a_remark():
    _, outcome = act(noted(), reply(body=held()), reply(204), reply(503))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)


def test_a_look_up_sees_whether_the_note_is_there():
    assert look(noted(), reply(body=held()))[1] == Absent()
    assert isinstance(look(noted(), reply(body=held(comment=DONE)))[1], Settled)
    assert look(noted(), reply(503))[1].kind is OutcomeKind.UNAVAILABLE


@pytest.mark.parametrize("how", ["before", "after", "late"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_wherever_the_line_breaks_the_note_is_there_once_and_the_lines_stay(call, how):
    lane = Lane()
    lane.deliver(snapshot(sold(comment="Ring twice")))
    lines = lane.held["lines"]
    end = lane.deliver(noted(), (call, how))
    assert isinstance(end, Settled) or end.kind is OutcomeKind.ACCEPTED
    assert lane.notes[:3] == ["Ring twice", MARK, "Call first."]
    assert len(lane.notes) == 4
    assert lane.held["lines"] == lines


def test_two_notes_of_the_same_words_are_two_notes():
    lane = Lane()
    lane.deliver(snapshot(sold()))
    lane.deliver(noted())
    lane.deliver(msgspec.structs.replace(noted(), id="e3"))
    assert lane.notes.count("Call first.") == 2
