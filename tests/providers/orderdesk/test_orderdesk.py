import json
from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.order import Shipment
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.orderdesk import LINKED, account, created, held, listed, save, steps, success, updated
from tests.fakes.snapshots import item, job
from tests.fakes.wire import converse, reply
from worker.providers.base import Absent, Found

# creating


def test_a_created_order_gives_its_id_and_the_ids_of_its_lines():
    requests, outcome = save(created(), reply(201, {"status": "success", "order": held()}), link=Link(notes={"a": "b"}))
    assert steps(requests) == ["POST /orders"]
    assert outcome.link == Link(order_id="925086", line_ids={"line-1": "42286"}, notes={"a": "b"})
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


def test_an_answer_that_shows_no_lines_is_followed_by_a_reading():
    requests, outcome = save(created(), success(order={"id": 925086}), success(order=held()))
    assert steps(requests) == ["POST /orders", "GET /orders/925086"]
    assert outcome.link.line_ids == {"line-1": "42286"}


def test_an_answer_that_shows_no_id_is_followed_by_a_look_up():
    requests, outcome = save(created(), success(message="Order Added"), listed(held()))
    assert steps(requests)[1].startswith("GET /orders?source_id=1001&")
    assert (outcome.kind, outcome.link.order_id) == (OutcomeKind.ACCEPTED, "925086")


def test_an_order_that_was_saved_but_is_not_shown_anywhere_is_in_doubt():
    _, outcome = save(created(), success(), listed())
    assert (outcome.kind, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, True)


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_whatever_stops_us_after_the_order_was_made_leaves_doubt_and_never_a_second_order(status):
    _, outcome = save(created(), success(order={"id": "925086"}), reply(status, {"status": "error"}))
    assert (outcome.kind, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, True)


def test_a_total_that_comes_out_differently_is_remarked():
    _, outcome = save(created(), success(order=held(order_total="19.5")))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "19.5" in outcome.message
    assert outcome.link.order_id == "925086"


def test_an_updated_event_that_knows_no_order_looks_before_it_creates():
    requests, outcome = save(updated(), listed(), success(order=held()))
    assert steps(requests) == ["GET /orders?source_id=1001&order=ASC&limit=100&offset=0", "POST /orders"]
    assert outcome.link.order_id == "925086"


def test_an_updated_event_that_knows_no_order_updates_the_one_it_finds():
    requests, _ = save(updated(), listed(held()), success(order=held()), success(order=held()))
    assert steps(requests)[1:] == ["GET /orders/925086", "PUT /orders/925086"]


# looking up


def test_a_look_up_takes_the_oldest_order_of_our_source_and_number():
    other = held(id="1", order_metadata={"ordercast_source": "shop/oslo", "ordercast_number": "1001"})
    longer = held(id="2", source_id="10011")
    bare = held(id="3", order_metadata=[])
    operation = account().operation(job(link=Link(notes={"a": "b"})))
    first_page = listed(other, longer, bare)
    pages = [json.loads(first_page.body) | {"total_records": 5}, json.loads(listed(held(id="4"), held(id="5")).body)]
    requests, found = converse(operation.look_up(), *(reply(200, page | {"total_records": "5"}) for page in pages))
    assert found == Found(Link(order_id="4", line_ids={"line-1": "42286"}, notes={"a": "b"}))
    assert [request.path[-8:] for request in requests] == ["offset=0", "offset=3"]
    assert operation.on_unknown == "look_up"


def test_a_look_up_that_finds_nothing_of_ours_is_absent():
    operation = account().operation(job())
    assert converse(operation.look_up(), listed())[1] == Absent()
    assert converse(operation.look_up(), listed(held(source_id="1001 ")))[1] == Absent()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500, b""), OutcomeKind.UNAVAILABLE),
        (reply(200, b"<html>"), OutcomeKind.UNREADABLE),
        (reply(200, {"status": "success"}), OutcomeKind.UNREADABLE),
        (reply(401, {"status": "error"}), OutcomeKind.UNAUTHORIZED),
    ],
)
def test_a_look_up_that_is_not_answered_well_does_not_say_absent(answer, kind):
    assert converse(account().operation(job()).look_up(), answer)[1].kind is kind


def test_a_key_goes_into_the_search_encoded():
    requests, _ = converse(account().operation(job(key="A&B/1 ü")).look_up(), listed())
    assert requests[0].path.startswith("/orders?source_id=A%26B%2F1+%C3%BC&")


# answers and refusals


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (reply(200, {"status": "error", "message": "Bad order"}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(201, b"Saved"), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, []), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, {}), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (
            reply(200, b'{"status": "success", "order": {"id": "1"}}', cut=True),
            OutcomeKind.UNREADABLE,
            Reason.UNREADABLE,
        ),
        (reply(200, b""), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(400, {"status": "error", "message": "Bad order"}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(404, b"<html>"), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(422, b"{}"), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(409, b"{}"), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(401, b"{}"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(403, b"{}"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(302, b"", {"Location": "/login"}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(408, b""), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(500, {"status": "error"}), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(504, b"<html>"), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
    ],
)
def test_an_answer_to_a_create_is_read_as_what_it_means(answer, kind, reason):
    _, outcome = save(created(), answer)
    assert (outcome.kind, outcome.reason, outcome.http_status) == (kind, reason, answer.status)
    assert outcome.link is None


def test_the_vendors_words_are_in_the_message_of_a_refusal():
    _, outcome = save(created(), reply(400, {"status": "error", "message": "Invalid folder."}))
    assert outcome.message == "Order Desk refused create order (HTTP 400): Invalid folder."


def test_what_the_vendor_says_at_length_is_one_short_line():
    _, outcome = save(created(), reply(400, {"status": "error", "message": "Bad\nfolder " * 200}))
    assert "\n" not in outcome.message
    assert outcome.message.endswith(".")
    assert len(outcome.message) < 400


def test_remarks_are_told_as_far_as_one_message_holds_them():
    shipments = [Shipment(tracking_number=str(n)) for n in range(9)]
    refused = reply(400, {"status": "error", "message": "No such carrier here, " * 9})
    _, outcome = save(created(shipments=shipments), success(order=held()), *[refused] * 9)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert 200 < len(outcome.message) <= 600
    assert outcome.message.endswith(".")


@pytest.mark.parametrize(("headers", "wait_s"), [({"X-Retry-After": "7"}, 7), ({}, 10)])
def test_a_throttled_delivery_waits_as_long_as_it_was_told(headers, wait_s):
    _, outcome = save(created(), reply(429, b"slow down", {"X-Tokens-Remaining": "0", **headers}))
    assert (outcome.kind, outcome.wait_s, outcome.tokens_left) == (OutcomeKind.THROTTLED, wait_s, 0)


def test_the_tokens_left_of_the_last_answer_are_told():
    shown = {"status": "success", "order": held()}
    answers = [reply(200, shown, {"X-Tokens-Remaining": left}) for left in ("19", "18")]
    assert save(updated(), *answers, link=LINKED)[1].tokens_left == 18


def test_money_in_another_currency_than_the_stores_is_refused():
    requests, outcome = save(created(), currency="USD")
    assert (requests, outcome.kind, outcome.reason) == ([], OutcomeKind.REJECTED, Reason.CURRENCY)


def test_an_order_of_which_no_line_is_left_is_not_created():
    requests, outcome = save(created(items=[item(quantity=Decimal(0))]))
    assert (requests, outcome.reason) == ([], Reason.NEEDS_LINES)


# the test call


def test_the_test_call_proves_the_key_and_the_folders():
    assert converse(account().test(), success(message="Connection Successful"))[1].kind is OutcomeKind.ACCEPTED
    store = success(store={"settings": {"api_key": "K"}, "folders": {"21657": "Canceled"}})
    mapped = account(folders={"cancelled": 21657, "paid": 5})
    requests, outcome = converse(mapped.test(), success(), store)
    assert steps(requests) == ["GET /test", "GET /store"]
    assert (outcome.kind, outcome.message) == (
        OutcomeKind.REJECTED,
        "The store has no folder 5 (paid): correct the provider's folders.",
    )
    assert outcome.excerpt == ""
    assert converse(account(folders={"cancelled": 21657}).test(), success(), store)[1].kind is OutcomeKind.ACCEPTED


def test_a_refused_key_is_told_by_the_test_call():
    assert converse(account().test(), reply(401, b""))[1].kind is OutcomeKind.UNAUTHORIZED
