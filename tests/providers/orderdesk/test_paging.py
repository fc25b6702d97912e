"""A list is read to its end or not believed: what could not be read may hold the order, so that none is made for it."""

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import account, held, steps, success, updated
from tests.fakes.snapshots import job
from tests.fakes.wire import converse, reply
from worker.providers.base import Absent, Found
from worker.providers.orderdesk.api import MOST_PAGES

ENDLESS = 10**9
UNREADABLE = (OutcomeKind.UNREADABLE, Reason.UNREADABLE)


def page(*ids, total, **changes):
    """A page of other people's orders, of a list that is said to have this many."""
    return success(orders=[held(id=str(name), order_metadata=[], **changes) for name in ids], total_records=total)


def look_up(*pages):
    return converse(account().operation(job()).look_up(), *pages)


def test_a_list_without_an_end_is_given_up_after_so_many_pages_and_cannot_tell():
    requests, outcome = look_up(*[page(number, total=ENDLESS) for number in range(MOST_PAGES)])
    assert len(requests) == MOST_PAGES
    assert (outcome.kind, outcome.reason) == UNREADABLE
    assert outcome.message.startswith(f"Order Desk's list of orders has no end in {MOST_PAGES} pages")


def test_as_many_pages_as_are_read_are_read_to_the_end():
    ours = success(orders=[held(id="9000")], total_records=MOST_PAGES)
    _, found = look_up(*[page(number, total=MOST_PAGES) for number in range(MOST_PAGES - 1)], ours)
    assert (type(found), found.link.order_id) == (Found, "9000")


@pytest.mark.parametrize("total", [4, ENDLESS])
def test_an_answer_that_ignores_the_offset_is_asked_twice_and_is_not_believed(total):
    requests, outcome = look_up(page(1, 2, total=total), page(1, 2, total=total))
    assert [request.path[-8:] for request in requests] == ["offset=0", "offset=2"]
    assert (outcome.kind, outcome.reason) == UNREADABLE
    assert outcome.message.startswith("Order Desk lists the same orders on each page")


def test_an_order_that_moved_to_the_next_page_meanwhile_is_read_once_and_ends_nothing():
    _, found = look_up(page(1, 2, total=4), page(2, 3, total=5), page(4, total=5))
    assert found == Absent()


def test_a_page_without_orders_is_the_end():
    assert look_up(page(1, total=ENDLESS), page(total=ENDLESS))[1] == Absent()


def test_no_order_is_made_for_one_that_may_be_past_what_could_be_read():
    order = account().operation(job(updated()))
    requests, outcome = converse(order.converse(), page(1, total=ENDLESS), page(1, total=ENDLESS))
    assert [step for step in steps(requests) if not step.startswith("GET ")] == []
    assert outcome.kind is OutcomeKind.UNREADABLE


@pytest.mark.parametrize("total", ["9" * 5000, "-1", "1e9", "many", "٣"])
def test_a_total_that_is_no_count_is_an_unreadable_answer(total):
    requests, outcome = look_up(page(1, total=total))
    assert len(requests) == 1
    assert (outcome.kind, outcome.reason) == UNREADABLE


def test_a_number_of_five_thousand_digits_is_an_unreadable_answer_too():
    requests, outcome = look_up(reply(200, b'{"status": "success", "orders": [], "total_records": %s}' % (b"9" * 5000)))
    assert (len(requests), outcome.kind) == (1, OutcomeKind.UNREADABLE)


def test_a_list_that_says_no_total_is_one_page():
    assert look_up(success(orders=[held()]))[1].link.order_id == "925086"
