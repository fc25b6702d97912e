"""OpenBizBox: a 500 that comes each time though the order can be read is the order's own, and is told so."""

import pytest

from schemas.delivery import Link
from schemas.event import Cancellation, EventType
from schemas.order import Note
from schemas.outcome import OutcomeKind
from tests.fakes.openbizbox import LINKED, act, held, save
from tests.fakes.snapshots import DELIVERY_ID, action
from tests.fakes.wire import reply
from worker.providers.openbizbox.journal_link import ENOUGH, FAILING

CANCEL = action(EventType.CANCELLED, cancellation=Cancellation())
NOTE = action(EventType.NOTED, note=Note(text="x"))


def cancelled(link, answer):
    return act(CANCEL, reply(body=held()), answer, link=link)[1]


def noted(link, answer):
    return act(NOTE, reply(body=held()), answer, link=link)[1]


def updated(link, answer):
    return save(reply(body=held(comment="")), answer, link=link)[1]


@pytest.mark.parametrize("call", [cancelled, noted, updated])
def test_the_third_500_in_turn_is_a_refusal_and_the_count_starts_anew(call):
    link = LINKED
    for times in range(1, ENOUGH):
        outcome = call(link, reply(500))
        assert outcome.kind is OutcomeKind.UNKNOWN
        assert outcome.link.notes == {"kept": "yes", FAILING: f"{DELIVERY_ID} {times}"}
        assert outcome.link.line_ids == LINKED.line_ids
        link = outcome.link
    last = call(link, reply(500))
    assert (last.kind, last.link.notes) == (OutcomeKind.REJECTED, {"kept": "yes"})
    assert "HTTP 500, 3 times" in last.message


def test_an_outage_is_counted_by_nobody():
    for status in (502, 503, 504):
        assert cancelled(LINKED, reply(status)).link is None
    assert act(CANCEL, reply(500))[1].kind is OutcomeKind.UNAVAILABLE


def test_another_delivery_starts_its_own_count_and_success_forgets_it():
    link = Link(order_id="777", line_ids={"line-1": "74"}, notes={FAILING: "danother 2"})
    assert cancelled(link, reply(500)).link.notes == {FAILING: f"{DELIVERY_ID} 1"}
    assert cancelled(link, reply(204)).link.notes == {}
    assert save(reply(body=held()), link=link)[1].link.notes == {}
