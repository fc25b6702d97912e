"""OpenBizBox: an order invoiced. That it is made once is told in test_journal.py."""

from datetime import UTC, datetime

import pytest

from schemas.event import Cancellation, EventType, Invoice
from schemas.order import Note
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import MARK, act, body, calls_of, held, look, sold
from tests.fakes.openbizbox_lane import Lane
from tests.fakes.snapshots import DELIVERY_ID, action, snapshot
from tests.fakes.wire import reply
from worker.providers.base import Absent, Settled, Undetermined

BEGUN = f"[ordercast invoice {DELIVERY_ID} begun]"
READ, BEGIN, SHOWN = reply(body=held()), reply(204), reply(body=held(comment=f"{MARK}\n{BEGUN}"))


def invoiced(invoice, **options):
    requests, outcome = act(
        action(EventType.INVOICED, invoice=invoice), READ, BEGIN, SHOWN, reply(200, {"id": 1}), reply(204), **options
    )
    assert calls_of(requests)[3] == "POST /api/v2/orders/777/invoice.json"
    return body(requests[3]), outcome


def test_an_invoice_has_the_number_the_time_of_the_shop_and_whether_the_buyer_hears_of_it():
    made = Invoice(number="444", issued_at=datetime(2012, 10, 1, 10, 15, tzinfo=UTC), notify=True)
    sent, outcome = invoiced(made, timezone="Europe/Copenhagen")
    assert sent == {"id": 444, "notify": True, "created_at": "2012-10-01 12:15"}
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


def test_an_invoice_without_a_word_is_the_shops_own_and_mails_nobody():
    assert invoiced(Invoice())[0] == {"notify": False}
    assert invoiced(None)[0] == {"notify": False}


@pytest.mark.parametrize("notify", [True, False])
def test_a_quiet_account_never_has_the_shop_mail_the_buyer(notify):
    assert invoiced(Invoice(number="444", notify=notify), quiet=True)[0] == {"id": 444, "notify": False}
    lane = Lane(quiet=True)
    lane.deliver(snapshot(sold()))
    lane.deliver(action(EventType.INVOICED, invoice=Invoice(notify=notify)))
    assert (len(lane.held["invoices"]), lane.held["mails"]) == (1, 0)


def test_an_invoice_is_the_one_call_that_mails_the_buyer_and_only_where_the_event_says_so():
    lane = Lane(statuses={"paid": 5})
    for event in (
        snapshot(sold()),
        snapshot(sold(status="paid"), kind=EventType.UPDATED, id="u"),
        action(EventType.NOTED, note=Note(text="x")),
        action(EventType.INVOICED, invoice=Invoice()),
        action(EventType.CANCELLED, cancellation=Cancellation()),
    ):
        assert lane.deliver(event).kind is OutcomeKind.ACCEPTED
        assert lane.held["mails"] == 0
    lane = Lane()
    lane.deliver(snapshot(sold()))
    lane.deliver(action(EventType.INVOICED, invoice=Invoice(notify=True)))
    assert lane.held["mails"] == 1


@pytest.mark.parametrize("number", ["INV-7", "0044", "-1", "0", "2147483648", "١٢", "9" * 30])
def test_a_number_that_the_shop_cannot_have_is_left_out_and_that_is_said(number):
    sent, outcome = invoiced(Invoice(number=number))
    assert sent == {"notify": False}
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert number in outcome.message


def test_a_look_up_sees_how_far_an_invoice_came():
    event = action(EventType.INVOICED, invoice=Invoice(number="444"))
    assert look(event, READ)[1] == Absent()
    assert isinstance(look(event, reply(body=held(comment=BEGUN.replace("begun", "done"))))[1], Settled)
    unclear = look(event, SHOWN)[1]
    assert isinstance(unclear, Undetermined)
    for word in ("invoice 444", "begun", "order 777", "its invoices"):
        assert word in unclear.message
    assert look(event, reply(503))[1].kind is OutcomeKind.UNAVAILABLE


def test_the_played_shop_has_the_invoice_that_was_asked_for():
    lane = Lane()
    lane.deliver(snapshot(sold()))
    assert lane.deliver(action(EventType.INVOICED, invoice=Invoice(number="12", notify=True))).link is None
    [invoice] = lane.held["invoices"]
    assert (invoice["id"], invoice["notify"], lane.held["mails"]) == (12, True, 1)
