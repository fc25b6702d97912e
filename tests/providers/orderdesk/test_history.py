"""Actions that come to a note in the order's history: a note, an invoice, a cancellation without a folder."""

from datetime import UTC, datetime

import pytest

from schemas.event import Cancellation, EventType, Invoice
from schemas.order import Note
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import LINKED, account, body_of, held, listed, steps, success
from tests.fakes.orderdesk_played import operation
from tests.fakes.snapshots import action, job
from tests.fakes.wire import converse, reply
from worker.providers.base import Absent, Settled, Undetermined

AT = datetime(2026, 11, 21, 9, 10, tzinfo=UTC)
SIGN = "(Ordercast dabcdefghi)"
NOTED = action(EventType.NOTED, note=Note(text="Call first.", author="Kim", created_at=AT))


def tell(event, *replies, link=LINKED, **options):
    return converse(account(**options).operation(job(event, link=link)).converse(), *replies)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (NOTED, "Kim, 2026-11-21 09:10:00 UTC: Call first."),
        (action(EventType.NOTED, note=Note(text="Call")), "2026-11-21 09:30:00 UTC: Call"),
        (
            action(EventType.INVOICED, invoice=Invoice(number="F-7", issued_at=AT)),
            "Invoiced F-7 on 2026-11-21 09:10:00 UTC.",
        ),
        (action(EventType.INVOICED, invoice=Invoice()), "Invoiced."),
        (action(EventType.CANCELLED, cancellation=Cancellation(reason="Out of stock")), "Cancelled: Out of stock."),
        (action(EventType.CANCELLED, cancellation=Cancellation()), "Cancelled."),
    ],
)
def test_an_action_is_told_in_the_history_and_names_its_delivery(event, text):
    requests, outcome = tell(event, success())
    assert steps(requests) == ["POST /orders/925086/order-history"]
    assert body_of(requests[0]) == {"note": f"{text} {SIGN}", "source_name": "Ordercast"}
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert (outcome.link.order_id, outcome.link.line_ids) == (LINKED.order_id, LINKED.line_ids)


def test_the_accounts_source_name_tells():
    requests, _ = tell(NOTED, success(), source_name="Shopify")
    assert body_of(requests[0])["source_name"] == "Shopify"


def test_an_invoice_of_which_the_buyer_shall_be_told_is_remarked():
    _, outcome = tell(action(EventType.INVOICED, invoice=Invoice(notify=True)), success())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "notifies nobody" in outcome.message


def test_an_order_whose_id_is_not_known_is_found_by_its_key_first():
    requests, outcome = tell(NOTED, listed(held(id="1", source_id="10011"), held()), success(), link=None)
    assert steps(requests)[0].startswith("GET /orders?source_id=1001&")
    assert steps(requests)[1:] == ["POST /orders/925086/order-history"]
    assert outcome.link.order_id == "925086"


def test_an_order_that_is_not_there_is_told_with_what_to_do():
    requests, outcome = tell(NOTED, listed(), link=None)
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert "replay" in outcome.message


def test_a_refusal_is_the_vendors_and_the_tokens_left_are_told():
    answer = reply(400, {"status": "error", "message": "Too long"}, {"X-Tokens-Remaining": "7"})
    _, outcome = tell(NOTED, answer)
    assert (outcome.kind, outcome.tokens_left) == (OutcomeKind.REJECTED, 7)
    assert "Too long" in outcome.message


NOT_THERE = reply(404, {"status": "error", "message": "Order not found"})
CANCELLED = action(EventType.CANCELLED, cancellation=Cancellation())


def test_a_cancellation_is_over_where_a_reading_shows_that_the_order_is_gone():
    requests, outcome = tell(CANCELLED, NOT_THERE, NOT_THERE)
    assert steps(requests)[1:] == ["GET /orders/925086"]
    assert (outcome.kind, outcome.reason, outcome.link) == (OutcomeKind.ACCEPTED, Reason.EXISTS, LINKED)


def test_a_note_that_finds_no_order_is_a_refusal_and_so_is_a_cancellation_while_the_order_is_there():
    assert tell(NOTED, NOT_THERE)[1].kind is OutcomeKind.REJECTED
    _, outcome = tell(CANCELLED, NOT_THERE, success(order=held()))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


# in doubt


def look(*replies, link=LINKED, key=None):
    return converse(operation(NOTED, link=link, key=key).look_up(), *replies)


def test_a_note_that_stands_in_the_history_is_settled():
    shown = listed(held(id="1"), held(order_history=[{"note": f"Call first. {SIGN}"}]))
    requests, seen = look(success(order=held()), shown)
    assert steps(requests)[0] == "GET /orders/925086"
    assert "source_id=1001&get_order_history=1" in requests[1].path
    assert isinstance(seen, Settled)
    assert SIGN in seen.message
    assert seen.link == LINKED


@pytest.mark.parametrize("link", [LINKED, None])
def test_a_note_that_does_not_stand_there_is_absent(link):
    shown = listed(held(order_history=[{"note": "Call first. (Ordercast dabcdefghj)"}]))
    replies = [success(order=held()), shown] if link else [shown]
    assert look(*replies, link=link)[1] == Absent()


def test_an_edited_note_is_another_note():
    shown = success(order=held(order_history=[{"note": f"Call first. {SIGN}"}]))
    assert look(shown, key="dabcdefghijklmnopqrstuvwxy.1")[1] == Absent()


@pytest.mark.parametrize("gone", [listed(), reply(404, {"status": "error", "message": "Order not found"})])
def test_an_order_that_is_gone_has_no_note(gone):
    assert look(gone, link=LINKED if gone.status == 404 else None)[1] == Absent()


def test_a_history_that_is_not_shown_is_for_a_person_to_compare():
    _, seen = look(success(order=held()), listed(held()))
    assert isinstance(seen, Undetermined)
    assert SIGN in seen.message
    assert "925086" in seen.message


def test_an_order_that_the_list_lacks_leaves_the_doubt():
    _, seen = look(success(order=held()), listed())
    assert (seen.kind, seen.reason) == (OutcomeKind.UNAVAILABLE, Reason.TOO_EARLY)


@pytest.mark.parametrize("place", [0, 1])
def test_a_look_up_that_is_throttled_says_for_how_long(place):
    late = reply(429, b"", {"X-Retry-After": "4", "X-Tokens-Remaining": "0"})
    _, seen = look(*[success(order=held()), late][1 - place :])
    assert (seen.kind, seen.wait_s, seen.tokens_left) == (OutcomeKind.THROTTLED, 4, 0)
