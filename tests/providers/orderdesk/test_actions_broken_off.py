"""An action that is broken off anywhere and taken up again is done once, as a worker would do it: look up, then act."""

from decimal import Decimal

import msgspec
import pytest

from schemas.event import Cancellation, Deletion, EventType, Invoice, Refund, RefundLine
from schemas.order import Note
from schemas.outcome import OutcomeKind
from tests.fakes.orderdesk_played import (
    create,
    cut_short,
    deliver,
    history_of,
    new_vendor,
    only,
    operation,
    settle_doubt,
)
from tests.fakes.snapshots import action, order
from worker.providers.base import Settled
from worker.sandbox.base import Vendor

ACTIONS = {
    "cancelled": action(EventType.CANCELLED, cancellation=Cancellation(reason="Out of stock")),
    "noted": action(EventType.NOTED, note=Note(text="Call first.")),
    "invoiced": action(EventType.INVOICED, invoice=Invoice(number="F-7")),
    "refunded": action(EventType.REFUNDED, refund=Refund(lines=[RefundLine(item_id="line-1", quantity=Decimal(1))])),
    "refunded whole": action(EventType.REFUNDED, refund=Refund(whole=True)),
}
every_action = pytest.mark.parametrize("event", ACTIONS.values(), ids=ACTIONS)
linked_or_not = pytest.mark.parametrize("is_linked", [True, False], ids=["linked", "found by its key"])
MOST_CALLS = 5


def state(vendor: Vendor):
    """What an action may change, without when."""
    held = only(vendor)
    told = [held[name] for name in ("folder_id", "refund_total", "payment_status")]
    return told, held["order_metadata"].get("ordercast_refunds"), history_of(vendor)


@every_action
@linked_or_not
@pytest.mark.parametrize("folders", [{}, {"cancelled": 21657}], ids=["told", "moved"])
@pytest.mark.parametrize("calls", range(1, MOST_CALLS))
def test_an_action_broken_off_anywhere_is_done_once(event, is_linked, folders, calls):
    vendors = [new_vendor(), new_vendor()]
    links = [create(vendor, order()).link for vendor in vendors]
    quiet, broken = ({"link": link if is_linked else None, "order": order(), "folders": folders} for link in links)
    deliver(vendors[0], event, **quiet)
    cut_short(operation(event, **broken).converse(), vendors[1], calls)
    settle_doubt(vendors[1], event, **broken)
    assert state(vendors[1]) == state(vendors[0])
    assert state(vendors[0]) != state_of_a_new_order()


def state_of_a_new_order():
    vendor = new_vendor()
    create(vendor, order())
    return state(vendor)


@linked_or_not
@pytest.mark.parametrize("calls", [1, 2])
def test_a_deletion_broken_off_anywhere_is_done(is_linked, calls):
    vendor, event = new_vendor(), action(EventType.DELETED, deletion=Deletion())
    made = create(vendor, order()).link
    link = made if is_linked else None
    cut_short(operation(event, link=link).converse(), vendor, calls)
    outcome = settle_doubt(vendor, event, link=link)
    assert isinstance(outcome, Settled) or outcome.kind is OutcomeKind.ACCEPTED
    assert vendor.orders() == []


@every_action
def test_an_action_that_was_done_is_seen_to_be_done(event):
    vendor = new_vendor()
    link = create(vendor, order()).link
    deliver(vendor, event, link=link, order=order(), folders={})
    before = vendor.orders()
    assert isinstance(settle_doubt(vendor, event, link=link, order=order(), folders={}), Settled)
    assert vendor.orders() == before


def test_every_refund_of_an_order_is_counted_once_and_each_is_told():
    vendor = new_vendor()
    link = create(vendor, order()).link
    for number in (1, 2, 3):
        event = action(EventType.REFUNDED, refund=Refund(amount=Decimal("2.5")))
        again = {"link": link, "order": order(), "key": f"d{number}aaaaaaaaaaaaaaaaaaaaaaaa"}
        for turn in (1, 2):
            deliver(vendor, msgspec.structs.replace(event, id=f"e{number}"), **again)
            assert (only(vendor)["refund_total"], len(history_of(vendor)), turn) == (2.5 * number, number, turn)
