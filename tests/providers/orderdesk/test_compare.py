"""Order Desk's order beside a snapshot of ours: what differs, and what is people's own and therefore does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from schemas.event import EventType
from schemas.order import Note
from schemas.outcome import Reason
from tests.fakes.orderdesk_played import account, by_hand, create, new_vendor, save
from tests.fakes.orderdesk_store import call
from tests.fakes.snapshots import action, item, job, order, snapshot, totals
from tests.fakes.wire import run
from worker.providers.base import Difference

TWO = order(items=[item(1), item(2)], totals=totals("40"))


@pytest.fixture
def vendor():
    return new_vendor()


def compared(vendor, of, link):
    """What the account says of the order as its question shows it."""
    read = run(account().questions["order"].ask(link.order_id, {}, None), vendor)
    return account().compare(job(snapshot(of), link=link), read.tree)


def test_an_order_that_is_there_as_it_was_sent_differs_in_nothing(vendor):
    assert compared(vendor, TWO, create(vendor, TWO).link) == []


def test_what_people_changed_stays_theirs_and_is_no_difference(vendor):
    link = create(vendor, TWO).link
    by_hand(vendor, link.order_id, email="eve@example.com", shipping_method="By hand")
    assert compared(vendor, TWO, link) == []


def test_a_line_that_is_gone_there_is_a_difference_and_so_is_the_total(vendor):
    link = create(vendor, TWO).link
    call(vendor, "DELETE", f"/orders/{link.order_id}/order-items/{link.line_ids['line-2']}")
    assert compared(vendor, TWO, link) == [
        Difference(f"Order {link.order_id} at Order Desk lacks 1 of our lines and still holds 0 that are gone."),
        Difference(f"Order {link.order_id} at Order Desk comes to 20, ours to 40: 20 less.", Reason.REMARK),
    ]


def test_an_older_snapshot_there_is_told_by_the_fields_and_lines_that_changed_since(vendor):
    link = create(vendor, TWO).link
    dearer = item(2, unit_price=Decimal(15))
    newer = order(items=[item(1), dearer], totals=totals("50"), comment="Ring twice")
    said = compared(vendor, newer, link)
    assert said[0] == Difference(
        f"Order {link.order_id} at Order Desk was last sent with other content: checkout_data/Comment, line line-2."
    )
    assert [difference.reason for difference in said] == [Reason.DIFFERS, Reason.REMARK]
    linked = save(vendor, newer, link=link).link
    assert compared(vendor, newer, linked) == []


def test_an_action_is_compared_by_the_order_as_it_was_last_accepted(vendor):
    link = create(vendor, TWO).link
    read = run(account().questions["order"].ask(link.order_id, {}, None), vendor)
    note = replace(job(action(EventType.NOTED, note=Note(text="Rang twice")), link=link), order=TWO)
    assert account().compare(note, read.tree) == []
    assert account().compare(replace(note, order=None), read.tree) is None


def test_what_is_no_order_cannot_be_compared():
    for tree in ({"order": "?"}, ["?"], {"id": []}):
        assert account().compare(job(snapshot(TWO)), tree) is None
