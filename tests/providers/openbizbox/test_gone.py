"""OpenBizBox: an order is gone where the shop says so, and not where something in front of it knows no such address."""

import pytest

from schemas.event import Cancellation, EventType, Note, Refund
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import LINKED, act, held, look, page, save, search, sold
from tests.fakes.snapshots import action
from tests.fakes.wire import reply
from worker.providers.base import Absent, Settled

CANCEL = action(EventType.CANCELLED, cancellation=Cancellation())
HTML = {"Content-Type": "text/html"}
THE_SHOPS = [reply(404, {"code": 404, "message": "Not Found"}), reply(404, '"Not found."'), reply(404)]
ANOTHERS = [
    reply(404, "<html><h1>404 Not Found</h1>nginx</html>", HTML),
    reply(404, "<html>404</html>"),
    reply(404, b"", HTML),
    reply(404, b"", {"Content-Length": "0"}),
    reply(404, '{"code": 404, "mess', cut=True),
]


@pytest.mark.parametrize("answer", THE_SHOPS)
def test_a_cancellation_of_an_order_that_the_shop_says_is_gone_is_delivered(answer):
    _, outcome = act(CANCEL, answer)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert isinstance(look(CANCEL, answer)[1], Settled)


@pytest.mark.parametrize("answer", ANOTHERS)
def test_a_cancellation_is_tried_again_where_another_than_the_shop_knows_no_such_address(answer):
    _, outcome = act(CANCEL, answer)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNREADABLE, Reason.UNREADABLE)
    assert "base_url" in outcome.message
    assert look(CANCEL, answer)[1].kind is OutcomeKind.UNREADABLE


@pytest.mark.parametrize("answer", ANOTHERS)
def test_a_refund_that_such_an_answer_came_to_is_in_doubt(answer):
    _, outcome = act(CANCEL, reply(body=held()), answer)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.UNREADABLE)


@pytest.mark.parametrize("answer", ANOTHERS)
@pytest.mark.parametrize(
    "event",
    [action(EventType.REFUNDED, refund=Refund(whole=True)), action(EventType.NOTED, note=Note(text="x"))],
)
def test_no_action_is_refused_for_such_an_answer(event, answer):
    assert act(event, answer)[1].kind is OutcomeKind.UNREADABLE


@pytest.mark.parametrize("answer", ANOTHERS)
def test_a_save_takes_no_such_answer_for_an_id_that_is_free_or_an_order_that_is_gone(answer):
    assert save(answer, link=LINKED)[1].kind is OutcomeKind.UNREADABLE
    assert save(reply(400, '"no"'), answer, order_id_offset=50_000)[1].kind is OutcomeKind.UNREADABLE
    assert search(answer, order_id_offset=50_000)[1].kind is OutcomeKind.UNREADABLE


@pytest.mark.parametrize("answer", THE_SHOPS)
def test_a_look_up_takes_the_shops_own_answer_for_an_id_that_is_free(answer):
    assert search(answer, page(), page(), order_id_offset=50_000)[1] == Absent()
    assert save(answer, of=sold(), link=LINKED)[1].reason is Reason.UNKNOWN_ORDER
