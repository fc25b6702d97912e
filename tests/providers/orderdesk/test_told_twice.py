"""One refund and one invoice, told by two events: money is counted once, and people read of it once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from schemas.delivery import delivery_id
from schemas.event import EventType, Invoice, Refund, RefundLine
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import LINKED, account, held, listed, steps, success
from tests.fakes.orderdesk_played import (
    by_hand,
    create,
    cut_short,
    deliver,
    history_of,
    new_vendor,
    only,
    operation,
    settle_doubt,
)
from tests.fakes.snapshots import PLACED_AT, action, job, order
from tests.fakes.wire import converse, run
from worker.providers.base import Settled

TEN = [RefundLine(item_id="line-1", quantity=Decimal(1), amount=Decimal(10))]


def refunded(event_id, **refund):
    return msgspec.structs.replace(action(EventType.REFUNDED, refund=Refund(**refund)), id=event_id)


def invoiced(event_id, **invoice):
    return msgspec.structs.replace(action(EventType.INVOICED, invoice=Invoice(**invoice)), id=event_id)


def key(event, edit=""):
    return delivery_id("orderdesk", event.source, event.id) + edit


class Told:
    """An order at Order Desk, and what is told of it event by event, as a worker would."""

    def __init__(self):
        self.vendor = new_vendor()
        self.order = order()
        self.link = create(self.vendor, self.order).link

    def tell(self, event, edit=""):
        outcome = deliver(self.vendor, event, link=self.link, order=self.order, key=key(event, edit))
        self.link = outcome.link or self.link
        return outcome

    def look(self, event):
        """What a look-up sees of the event."""
        asked = operation(event, link=self.link, order=self.order, key=key(event))
        return run(asked.look_up(), self.vendor)

    @property
    def given_back(self):
        return only(self.vendor)["refund_total"]


@pytest.fixture
def told():
    return Told()


# refunds


def test_a_second_event_of_one_refund_changes_nothing(told):
    told.tell(refunded("31-b", id="rf-9", lines=TEN))
    before = told.vendor.orders()
    outcome = told.tell(refunded("31-c", id="rf-9", lines=TEN))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert outcome.message == "Order 900001 at Order Desk counts refund rf-9 already, with 10, by event 31-b."
    assert told.vendor.orders() == before
    assert (told.given_back, len(history_of(told.vendor))) == (10, 1)


def test_two_refunds_without_an_id_are_two(told):
    for event_id in ("a", "b"):
        assert told.tell(refunded(event_id, amount=Decimal(4))).reason is Reason.SAVED
    assert (told.given_back, len(history_of(told.vendor))) == (8, 2)


def test_two_refunds_of_two_ids_are_two_though_they_say_the_same(told):
    for event_id, refund_id in (("a", "rf-1"), ("b", "rf-2")):
        assert told.tell(refunded(event_id, id=refund_id, amount=Decimal(4))).reason is Reason.SAVED
    assert (told.given_back, len(history_of(told.vendor))) == (8, 2)


def test_a_refunds_id_and_an_events_id_are_never_taken_for_each_other(told):
    told.tell(refunded("rf-1", amount=Decimal(4)))
    assert told.tell(refunded("b", id="rf-1", amount=Decimal(4))).reason is Reason.SAVED
    assert told.given_back == 8


def test_a_second_event_that_says_another_amount_is_not_counted_and_told(told):
    told.tell(refunded("a", id="rf-9", amount=Decimal(10)))
    outcome = told.tell(refunded("b", id="rf-9", amount=Decimal(12)))
    assert (outcome.kind, outcome.reason, told.given_back) == (OutcomeKind.ACCEPTED, Reason.REMARK, 10)
    assert outcome.message == (
        "Order 900001 at Order Desk counts refund rf-9 already, with 10, by event a. This event says 12: "
        "see which of the two is right."
    )


def test_a_look_up_says_so_too_where_the_two_say_different_amounts(told):
    told.tell(refunded("a", id="rf-9", amount=Decimal(10)))
    seen = [told.look(refunded("b", id="rf-9", amount=Decimal(amount))) for amount in (12, 10)]
    assert [(one.reason, "This event says 12" in one.message) for one in seen] == [
        (Reason.REMARK, True),
        (Reason.EXISTS, False),
    ]


def test_a_corrected_event_counts_the_difference_and_the_other_event_of_that_refund_still_nothing(told):
    told.tell(refunded("a", id="rf-9", amount=Decimal(10)))
    told.tell(refunded("a", id="rf-9", amount=Decimal(7)), edit=".1")
    assert told.given_back == 7
    told.tell(refunded("b", id="rf-9", amount=Decimal(7)))
    assert (told.given_back, len(history_of(told.vendor))) == (7, 2)


def test_the_id_with_any_signs_in_it_is_known_again(told):
    for event_id in ("a", "b"):
        told.tell(refunded(event_id, id="RF & 9 = ü+%26", amount=Decimal(4)))
    assert told.given_back == 4


def test_an_order_that_was_written_before_refunds_had_ids_is_understood(told):
    """By the events' ids alone: the same event is not counted again, and a correction of it by its difference."""
    metadata = {**only(told.vendor)["order_metadata"], "ordercast_refunds": "old=5"}
    by_hand(told.vendor, told.link.order_id, order_metadata=metadata, refund_total=5)
    told.tell(refunded("old", id="rf-9", amount=Decimal(5)))
    assert told.given_back == 5
    told.tell(refunded("old", id="rf-9", amount=Decimal(6)), edit=".1")
    assert told.given_back == 6
    told.tell(refunded("new", id="rf-9", amount=Decimal(6)))
    assert told.given_back == 6


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_a_second_event_broken_off_or_in_doubt_counts_nothing_either(told, calls):
    told.tell(refunded("a", id="rf-9", amount=Decimal(10)))
    second = refunded("b", id="rf-9", amount=Decimal(10))
    more = {"link": told.link, "order": told.order, "key": key(second)}
    cut_short(operation(second, **more).converse(), told.vendor, calls)
    seen = settle_doubt(told.vendor, second, **more)
    assert isinstance(seen, Settled)
    assert "counts refund rf-9 already" in seen.message
    assert (told.given_back, len(history_of(told.vendor))) == (10, 1)


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_the_first_event_broken_off_anywhere_counts_and_tells_once_and_the_second_never(told, calls):
    first, second = (refunded(event_id, id="rf-9", amount=Decimal(10)) for event_id in "ab")
    more = {"link": told.link, "order": told.order, "key": key(first)}
    cut_short(operation(first, **more).converse(), told.vendor, calls)
    settle_doubt(told.vendor, first, **more)
    told.tell(second)
    assert (told.given_back, len(history_of(told.vendor))) == (10, 1)


def test_a_producers_metadata_cannot_pass_for_a_refund_that_was_counted():
    vendor = new_vendor()
    of = order(metadata={"ordercast_refund_ids": "rf-9=x", "ordercast_refunds": "x=5"})
    link = create(vendor, of).link
    deliver(vendor, refunded("a", id="rf-9", amount=Decimal(5)), link=link, order=of)
    assert only(vendor)["refund_total"] == 5


# invoices


def test_a_second_event_of_one_invoice_writes_no_second_note_and_costs_no_call(told):
    told.tell(invoiced("31-e", number="900", issued_at=PLACED_AT))
    second = invoiced("31-f", number="900", issued_at=PLACED_AT + timedelta(seconds=1))
    requests, outcome = converse(operation(second, link=told.link, key=key(second)).converse())
    assert (requests, outcome.kind, outcome.reason) == ([], OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert outcome.message == "The history of order 900001 at Order Desk tells of invoice 900 already, by event 31-e."
    assert len(history_of(told.vendor)) == 1


def test_the_first_telling_of_an_invoice_costs_one_call_as_ever():
    event = invoiced("a", number="900")
    requests, _ = converse(account().operation(job(event, link=LINKED)).converse(), success())
    assert steps(requests) == ["POST /orders/925086/order-history"]


def test_two_invoices_are_two_and_so_are_two_without_a_number(told):
    for event_id, number in (("a", "900"), ("b", "901"), ("c", None), ("d", None)):
        assert told.tell(invoiced(event_id, number=number)).reason is Reason.SAVED
    assert len(history_of(told.vendor)) == 4


def test_a_corrected_invoice_is_told_again(told):
    told.tell(invoiced("a", number="900"))
    told.tell(invoiced("a", number="900", issued_at=PLACED_AT), edit=".1")
    assert len(history_of(told.vendor)) == 2


def test_an_invoice_whose_answer_was_lost_is_known_to_its_second_event(told):
    first = invoiced("a", number="900")
    more = {"link": told.link, "key": key(first)}
    cut_short(operation(first, **more).converse(), told.vendor, calls=1)
    seen = settle_doubt(told.vendor, first, **more)
    assert isinstance(seen, Settled)
    told.link = seen.link
    assert told.tell(invoiced("b", number="900")).reason is Reason.EXISTS
    assert len(history_of(told.vendor)) == 1


@pytest.mark.parametrize(
    ("note", "is_told"),
    [
        ("Invoiced 900 on 2026-11-21 09:30:00 UTC. (Ordercast dother)", True),
        ("Invoiced 900. (Ordercast dother)", True),
        ("Invoiced 9001. (Ordercast dother)", False),
        ("Invoiced 900. says Kim", False),
        ("Invoiced 900. (Ordercast dabcdefghi)", False),  # this delivery's own, before it was corrected
    ],
)
def test_an_invoice_of_an_order_whose_link_was_lost_is_found_in_the_history_that_is_read_with_it(note, is_told):
    event = invoiced("b", number="900")
    there = listed(held(order_history=[{"note": note}]))
    replies = [there] if is_told else [there, success()]
    requests, outcome = converse(account().operation(job(event)).converse(), *replies)
    assert "get_order_history=1" in requests[0].path
    assert outcome.reason is (Reason.EXISTS if is_told else Reason.SAVED)
    assert outcome.link.order_id == "925086"
