"""A cancellation ends, whatever it finds; what it closed is opened by the shop alone; and nobody's move is undone in silence."""

from __future__ import annotations

import pytest

from schemas.event import Cancellation, EventType
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk_played import (
    by_hand,
    create,
    cut_short,
    deliver,
    history_of,
    new_vendor,
    only,
    operation,
    save,
    settle_doubt,
)
from tests.fakes.orderdesk_store import call
from tests.fakes.snapshots import action, order, snapshot

PAID, SHIPPED, CANCELED = 21655, 21656, 21657  # as the account maps them: paid, shipped, cancelled
CANCELLED = action(EventType.CANCELLED, cancellation=Cancellation(reason="Payment late"))
UNMAPPED = {"folders": {"paid": PAID}}


@pytest.fixture
def vendor():
    return new_vendor()


def paid(**changes):
    return order(status="paid", **changes)


def folder(vendor):
    return only(vendor)["folder_id"]


# a cancellation that finds it done


def remove(vendor, link):
    assert call(vendor, "DELETE", f"/orders/{link.order_id}")[0] == 200


@pytest.mark.parametrize("options", [{}, UNMAPPED], ids=["moved", "told"])
def test_a_cancellation_of_an_order_that_is_gone_is_delivered(vendor, options):
    link = create(vendor, paid()).link
    remove(vendor, link)
    outcome = deliver(vendor, CANCELLED, link=link, **options)
    assert (outcome.kind, outcome.reason, outcome.link) == (OutcomeKind.ACCEPTED, Reason.EXISTS, link)
    assert outcome.message == "Order 900001 is not at Order Desk any more: nothing is left to cancel."


def test_a_cancellation_of_an_order_that_lies_among_the_cancelled_is_delivered(vendor):
    link = create(vendor, paid()).link
    by_hand(vendor, link.order_id, folder_id=CANCELED)
    outcome = deliver(vendor, CANCELLED, link=link)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert outcome.message == "Order 900001 lies in the folder for cancelled orders (21657) already."


def test_a_cancellation_of_an_order_that_was_never_there_waits_for_it(vendor):
    outcome = deliver(vendor, CANCELLED)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


# reopened


@pytest.mark.parametrize(
    ("status", "lies_in", "reason"),
    [
        ("paid", PAID, Reason.SAVED),
        ("shipped", SHIPPED, Reason.SAVED),
        ("cancelled", CANCELED, Reason.SAVED),
        ("pending", CANCELED, Reason.REMARK),
        (None, CANCELED, Reason.REMARK),
    ],
)
def test_what_a_cancellation_of_ours_closed_is_opened_by_a_status_that_has_a_folder(vendor, status, lies_in, reason):
    link = create(vendor, paid()).link
    link = deliver(vendor, CANCELLED, link=link).link
    assert folder(vendor) == CANCELED
    outcome = save(vendor, order(status=status, comment="reopened"), link=link)
    assert (folder(vendor), outcome.kind, outcome.reason) == (lies_in, OutcomeKind.ACCEPTED, reason)
    assert only(vendor)["checkout_data"]["Comment"] == "reopened"


def test_an_order_that_stays_closed_is_told_with_what_to_do(vendor):
    link = deliver(vendor, CANCELLED, link=create(vendor, paid()).link).link
    outcome = save(vendor, order(status="pending"), link=link)
    assert outcome.message == (
        "Order 900001 stays in Order Desk's folder for cancelled orders (21657), though its status is pending: move it "
        "out by hand if it is open, or give its status a folder in the account's folders."
    )


def test_the_same_status_opens_an_order_though_a_snapshot_without_a_folder_came_between(vendor):
    link = deliver(vendor, CANCELLED, link=create(vendor, paid()).link).link
    link = save(vendor, order(status="pending"), link=link).link
    assert folder(vendor) == CANCELED
    assert save(vendor, paid(), link=link).reason is Reason.SAVED
    assert folder(vendor) == PAID


def test_a_cancellation_whose_answer_was_lost_is_ours_all_the_same(vendor):
    link = create(vendor, paid()).link
    assert cut_short(operation(CANCELLED, link=link).converse(), vendor, calls=1)
    assert folder(vendor) == CANCELED
    again = settle_doubt(vendor, CANCELLED, link=link)
    assert again.reason is Reason.EXISTS
    save(vendor, paid(), link=again.link)
    assert folder(vendor) == PAID


# people's moves


def test_what_people_closed_stays_closed_and_is_told(vendor):
    link = create(vendor, paid()).link
    by_hand(vendor, link.order_id, folder_id=CANCELED)
    outcome = save(vendor, paid(comment="later"), link=link)
    assert (folder(vendor), outcome.kind, outcome.reason) == (CANCELED, OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.message == (
        "Order 900001 stays in Order Desk's folder for cancelled orders (21657), though its status is paid: move it "
        "out by hand if it is open."
    )


def test_what_people_closed_moves_when_the_status_moves_at_our_side(vendor):
    link = create(vendor, paid()).link
    by_hand(vendor, link.order_id, folder_id=CANCELED)
    assert save(vendor, order(status="shipped"), link=link).reason is Reason.SAVED
    assert folder(vendor) == SHIPPED


def test_what_people_moved_out_and_in_again_is_theirs(vendor):
    link = deliver(vendor, CANCELLED, link=create(vendor, paid()).link).link
    by_hand(vendor, link.order_id, folder_id=21654)
    link = save(vendor, paid(comment="a"), link=link).link
    assert folder(vendor) == 21654
    by_hand(vendor, link.order_id, folder_id=CANCELED)
    assert save(vendor, paid(comment="b"), link=link).reason is Reason.REMARK
    assert folder(vendor) == CANCELED


def test_an_order_opened_again_may_be_closed_and_opened_once_more(vendor):
    link = create(vendor, paid()).link
    for _ in range(2):
        link = deliver(vendor, CANCELLED, link=link).link
        assert folder(vendor) == CANCELED
        link = save(vendor, paid(), link=link).link
        assert folder(vendor) == PAID
    by_hand(vendor, link.order_id, folder_id=CANCELED)
    assert save(vendor, paid(comment="x"), link=link).reason is Reason.REMARK


def test_without_a_folder_for_the_cancelled_nothing_is_closed(vendor):
    link = create(vendor, paid()).link
    link = deliver(vendor, CANCELLED, link=link, **UNMAPPED).link
    assert history_of(vendor)[0].startswith("Cancelled: Payment late.")
    assert save(vendor, paid(comment="x"), link=link).reason is Reason.SAVED


# gone


def test_an_update_of_an_order_that_is_gone_is_told_with_what_to_do_and_makes_no_other(vendor):
    link = deliver(vendor, CANCELLED, link=create(vendor, paid()).link).link
    remove(vendor, link)
    outcome = save(vendor, paid(), link=link)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)
    assert outcome.message.startswith("Order 900001 is not at Order Desk any more, and an update makes no other")
    assert vendor.orders() == []


def test_a_status_that_is_mapped_to_the_folder_of_the_cancelled_lies_there_rightly(vendor):
    folders = {"paid": PAID, "cancelled": CANCELED, "refunded": CANCELED}
    link = create(vendor, paid()).link
    link = deliver(vendor, CANCELLED, link=link, folders=folders).link
    assert (
        deliver(vendor, snapshot(order(status="refunded"), kind=EventType.UPDATED), link=link, folders=folders).reason
        is Reason.SAVED
    )
    assert folder(vendor) == CANCELED
