"""OpenBizBox: is the order there already? Only what is provably ours counts."""

from urllib.parse import parse_qs, urlsplit

import pytest

from schemas.delivery import Link
from schemas.order import Customer
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import MARK, held, page, search, sold
from tests.fakes.wire import reply
from worker.providers.base import Absent, Found

NEAR = "created_at=gte=2026-11-21 09:29;created_at=lte=2026-11-21 09:31"
SINCE = "created_at=gte=2026-11-20"


def asked(requests):
    """The conditions that the shop's search was asked for, of all pages."""
    return [parse_qs(urlsplit(request.path).query)["filter"][0] for request in requests if "/v3/orders" in request.path]


def test_a_look_up_reads_the_id_of_our_choice():
    requests, found = search(reply(body=held(id=51001)), order_id_offset=50_000)
    assert [(request.method, request.path) for request in requests] == [("GET", "/api/v2/orders/51001.json")]
    assert found == Found(Link(order_id="51001", contact_id="1511", line_ids={"line-1": "74"}))
    assert search(reply(503), order_id_offset=50_000)[1].kind is OutcomeKind.UNAVAILABLE


@pytest.mark.parametrize("taken", [reply(404), reply(body=held(comment="[ordercast x#1]"))])
def test_where_the_id_of_our_choice_is_free_or_anothers_the_mark_is_looked_for(taken):
    requests, found = search(taken, page(held(id=778)), order_id_offset=50_000)
    assert (asked(requests), found.link.order_id) == ([NEAR], "778")
    assert search(taken, page(), page(), order_id_offset=50_000)[1] == Absent()


@pytest.mark.parametrize("taken", [reply(404), reply(body=held(comment="", customer={"email": "bob@example.com"}))])
def test_without_marks_the_id_of_our_choice_tells_alone(taken):
    assert search(taken, order_id_offset=50_000, mark="none")[1] == Absent()


def test_an_order_of_the_same_buyer_under_our_id_is_not_ours_where_nothing_of_it_is_alike():
    """The shop's own numbers ran into the range that was to be ours."""
    own = held(id=51001, comment="", created_at="2026-11-21T17:30:00+0100", total=99, total_with_tax=99)
    assert search(reply(body=own), page(), page(), order_id_offset=50_000)[1] == Absent()


def test_a_look_up_without_an_id_searches_by_the_time_that_we_sent_and_names_nobody():
    requests, found = search(page(held(id=776, comment=""), held()), of=sold(), timezone="Europe/Copenhagen")
    query = parse_qs(urlsplit(requests[0].path).query)
    assert urlsplit(requests[0].path).path == "/api/v3/orders.json"
    assert query == {
        "filter": ["created_at=gte=2026-11-21 10:29;created_at=lte=2026-11-21 10:31"],
        "page": ["1"],
        "limit": ["100"],
    }
    assert found == Found(Link(order_id="777", contact_id="1511", line_ids={"line-1": "74"}))


def test_a_shop_that_dates_orders_itself_is_searched_since_the_day_before():
    requests, found = search(page(), page(held()))
    assert (asked(requests), found.link.order_id) == ([NEAR, SINCE], "777")


def test_the_email_is_asked_for_only_where_the_shop_has_too_many_orders_of_that_time():
    requests, found = search(page(), page(pages=4), page(held()))
    assert asked(requests) == [NEAR, SINCE, f"email==ada@example.com;{SINCE}"]
    assert "ada" not in repr(requests)
    assert found.link.order_id == "777"
    for few in (page(), page(held(comment="[ordercast x#1]"), pages=1)):
        requests, _ = search(few, few)
        assert not [request.path for request in requests if "ada" in request.path]


def test_a_shop_whose_search_takes_no_time_of_day_is_asked_by_the_day():
    requests, found = search(reply(400, '"filter: not valid"'), page(held()))
    assert (asked(requests), found.link.order_id) == ([NEAR, SINCE], "777")


def test_a_mark_is_read_in_a_comment_that_the_shop_or_a_person_has_worked_on():
    shown = held(comment=f"Ring &amp; wait\n  {MARK}\nCalled the customer /bo")
    assert isinstance(search(page(shown))[1], Found)


def test_a_list_that_shows_less_is_completed_by_reads():
    requests, found = search(page({"id": 777}, {"id": 778}), reply(404), reply(body=held(id=778)))
    assert [request.path for request in requests[1:]] == ["/api/v2/orders/777.json", "/api/v2/orders/778.json"]
    assert found.link.order_id == "778"


def test_a_search_goes_on_to_its_last_page():
    requests, found = search(page(held(comment="[ordercast x#1]"), pages=2), page(held(id=778), number=2, pages=2))
    assert asked(requests) == [NEAR, NEAR]
    assert found.link.order_id == "778"


def test_of_two_orders_with_our_mark_the_first_one_is_ours():
    assert search(page(held(id=900), held(id=899)))[1].link.order_id == "899"


@pytest.mark.parametrize(
    "other",
    [
        held(comment="[ordercast shop/copenhagen#1002]"),
        held(comment="", created_at="2026-11-21T11:30:00+0100", lines={"products": []}),
        held(comment="", created_at="2026-11-21T11:30:00+0100", total=21, total_with_tax=21),
        held(comment="", currency={"code": "SEK"}),
        held(comment="", customer={"email": "bob@example.com"}),  # made for the same minute, for another buyer
    ],
)
def test_orders_that_cannot_be_ours_leave_it_absent(other):
    assert search(page(other), page(other))[1] == Absent()
    assert search(page(), page())[1] == Absent()


@pytest.mark.parametrize(
    "alike",
    [
        held(comment="", created_at="2026-11-21T11:30:00+0100"),  # same lines and total, at another time
        held(comment="", lines={"products": []}, total=1, total_with_tax=1),  # made for the same minute
        held(comment="", created_at="-0001-11-30T00:00:00+0100"),
    ],
)
def test_an_alike_order_without_a_mark_leaves_it_open(alike):
    _, outcome = search(page(alike), page(alike))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.UNANSWERED_LOOK_UP)
    assert "777" in outcome.message


def test_an_email_that_would_change_the_filter_leaves_it_open():
    of = sold(customer=Customer(email="a;id=gte=1@example.com", last_name="Holm"))
    requests, outcome = search(page(pages=9), page(pages=9), of=of)
    assert asked(requests) == [NEAR, SINCE]
    assert outcome.reason is Reason.UNANSWERED_LOOK_UP


def test_more_pages_than_we_read_leave_it_open():
    requests, outcome = search(page(pages=99), page(pages=99), page(pages=99))
    assert (len(requests), outcome.reason) == (3, Reason.UNANSWERED_LOOK_UP)


@pytest.mark.parametrize("answer", [reply(200, "?"), page(number=2), reply(200, []), reply(200, {"page": 1})])
def test_a_search_that_is_answered_otherwise_is_unreadable(answer):
    assert search(answer)[1].kind is OutcomeKind.UNREADABLE
