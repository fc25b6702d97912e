"""How a job's order is found at any vendor: the linked one, else a search; and what reading it may come to."""

from __future__ import annotations

import msgspec
import pytest

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.wire import converse, reply
from worker.providers.answers import read_as
from worker.providers.base import Request
from worker.providers.lookup import gone_is_none, is_not_there, locate

GONE = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message="No such order.")
REFUSED = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message="Not today.")
GARBLED = Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, message="Not what it documents.")


def read(path, found="order"):
    """One request, and what it comes to."""
    yield Request("GET", path, "read")
    return found


def located(link):
    return converse(locate(link, by_id=lambda order_id: read(f"/{order_id}"), search=lambda: read("/all")), reply())


def test_the_linked_order_is_read_and_nothing_is_searched():
    requests, found = located(Link(order_id="7"))
    assert ([request.path for request in requests], found) == (["/7"], "order")


def test_an_order_that_is_not_linked_is_searched_for():
    requests, found = located(Link())
    assert ([request.path for request in requests], found) == (["/all"], "order")


@pytest.mark.parametrize(("came", "comes_to"), [("order", "order"), (GONE, None), (REFUSED, REFUSED)])
def test_only_the_vendors_word_that_it_has_no_such_order_means_none(came, comes_to):
    assert converse(gone_is_none(read("/7", came)), reply())[1] == comes_to


@pytest.mark.parametrize(("came", "says"), [(GONE, True), (REFUSED, False), (None, False), ("order", False)])
def test_an_order_is_not_there_where_it_is_unknown_and_for_no_other_reason(came, says):
    assert is_not_there(came) is says


@pytest.mark.parametrize(("answer", "comes_to"), [({"id": 7}, 7), ({"id": "seven"}, GARBLED), (REFUSED, REFUSED)])
def test_an_answer_is_read_in_the_vendors_shape_or_it_is_unreadable(answer, comes_to):
    def shape(tree):
        return msgspec.convert(tree["id"], int)

    assert read_as(shape, answer, lambda: GARBLED) == comes_to
