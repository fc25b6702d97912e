"""Cancelled: the order goes to its folder. Deleted: it goes away."""

import msgspec
import pytest

from schemas.delivery import Link
from schemas.event import Cancellation, Deletion, EventType
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import LINKED, account, body_of, held, listed, steps, success
from tests.fakes.snapshots import action, job
from tests.fakes.wire import converse, reply
from worker.providers.base import Absent, Settled

CANCELLED = action(EventType.CANCELLED, cancellation=Cancellation())
DELETED = action(EventType.DELETED, deletion=Deletion())
NOT_THERE = reply(404, {"status": "error", "message": "Order not found"})


def operation(event, link=LINKED):
    return account(folders={"cancelled": 21657}).operation(job(event, link=link))


def act(event, *replies, link=LINKED):
    return converse(operation(event, link).converse(), *replies)


def moved(message="Order Moved to Canceled Folder", order_id=925086):
    return success(message="1 Orders Moved", results=[{"order_id": order_id, "message": message}])


@pytest.mark.parametrize("order_id", [925086, "925086"])
def test_a_cancelled_order_is_moved_by_whole_numbers(order_id):
    requests, outcome = act(CANCELLED, moved(order_id=order_id))
    assert steps(requests) == ["POST /move-orders"]
    assert body_of(requests[0]) == {"order_id_list": [925086], "destination_folder_id": 21657}
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert outcome.link == msgspec.structs.replace(LINKED, notes={"kept": "yes", "cancelled_into": "21657"})
    assert (operation(CANCELLED).name, operation(CANCELLED).on_unknown) == ("move-orders", "resend")


def test_an_id_that_is_no_whole_number_cannot_be_moved():
    requests, outcome = act(CANCELLED, link=Link(order_id="A-7"))
    assert (requests, outcome.kind) == ([], OutcomeKind.REJECTED)
    assert "A-7" in outcome.message


@pytest.mark.parametrize("answer", [moved("Folder is locked."), moved(order_id=1), success(message="0 Orders Moved")])
def test_a_success_that_did_not_move_the_order_is_a_refusal(answer):
    requests, outcome = act(CANCELLED, answer, success(order=held(folder_id="21654")))
    assert steps(requests)[1:] == ["GET /orders/925086"]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.REJECTED)
    assert outcome.message.startswith("Order Desk left order 925086 in folder 21654")
    assert ("locked" in outcome.message) == (b"locked" in answer.body)


@pytest.mark.parametrize("folder_id", [21657, "21657"])
def test_an_order_that_is_in_the_folder_already_is_as_it_shall_be(folder_id):
    _, outcome = act(CANCELLED, moved("Order Already There"), success(order=held(folder_id=folder_id)))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert outcome.link.notes["cancelled_into"] == "21657"


@pytest.mark.parametrize("answer", [success(results=[]), NOT_THERE], ids=["no result", "404"])
def test_a_cancellation_is_over_where_a_reading_shows_that_the_order_is_gone(answer):
    requests, outcome = act(CANCELLED, answer, NOT_THERE)
    assert steps(requests)[1:] == ["GET /orders/925086"]
    assert (outcome.kind, outcome.reason, outcome.link) == (OutcomeKind.ACCEPTED, Reason.EXISTS, LINKED)


def test_a_move_that_is_not_found_is_a_refusal_while_the_order_is_there():
    _, outcome = act(CANCELLED, NOT_THERE, success(order=held(folder_id="21654")))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


def test_an_order_that_was_never_there_cannot_be_moved():
    requests, outcome = act(CANCELLED, listed(), link=None)
    assert (len(requests), outcome.reason) == (1, Reason.UNKNOWN_ORDER)


def test_an_order_without_a_link_is_found_and_moved():
    requests, outcome = act(CANCELLED, listed(held()), moved(), link=None)
    assert (len(requests), outcome.link.order_id) == (2, "925086")


# deleted


def test_a_deleted_order_is_deleted_and_stays_linked_so_that_no_update_makes_it_again():
    requests, outcome = act(DELETED, success(message="Order Deleted"))
    assert steps(requests) == ["DELETE /orders/925086"]
    assert requests[0].mutating
    assert (outcome.kind, outcome.link) == (OutcomeKind.ACCEPTED, LINKED)
    assert operation(DELETED).on_unknown == "resend"


def test_an_order_that_is_gone_already_is_deleted():
    _, outcome = act(DELETED, NOT_THERE)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)


@pytest.mark.parametrize(("status", "kind"), [(500, OutcomeKind.UNKNOWN), (400, OutcomeKind.REJECTED)])
def test_a_deletion_that_goes_wrong_is_told(status, kind):
    assert act(DELETED, reply(status, {"status": "error"}))[1].kind is kind


def test_an_order_without_a_link_is_found_before_it_is_deleted():
    requests, outcome = act(DELETED, listed(held()), success(), link=None)
    assert steps(requests)[1:] == ["DELETE /orders/925086"]
    assert outcome.link.order_id == "925086"
    assert act(DELETED, listed(), link=None)[1].reason is Reason.UNKNOWN_ORDER


def test_a_deletion_in_doubt_is_settled_by_an_order_that_is_not_found_any_more():
    look_up = operation(DELETED, None).look_up
    assert isinstance(converse(look_up(), listed())[1], Settled)
    assert converse(look_up(), listed(held()))[1] == Absent()
    assert converse(look_up(), reply(500))[1].kind is OutcomeKind.UNAVAILABLE
