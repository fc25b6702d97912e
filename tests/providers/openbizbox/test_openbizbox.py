"""OpenBizBox: an order being created, and what each answer comes to."""

import json
from decimal import Decimal

import pytest

from schemas.delivery import Link
from schemas.event import SNAPSHOTS, EventType, Refund
from schemas.order import Customer, Fee, Note
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.openbizbox import LINKED, MARK, account, body, calls_of, held, save, sold
from tests.fakes.snapshots import action, item, job, order, snapshot
from tests.fakes.wire import converse, reply
from worker.providers.openbizbox import OpenBizBox
from worker.providers.openbizbox.limits import LINES_THAT_FIT


def test_a_create_is_accepted_with_every_id_that_was_given():
    requests, outcome = save(reply(201, held()))
    assert [(request.method, request.path, request.mutating) for request in requests] == [
        ("POST", "/api/v2/orders.json", True)
    ]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert outcome.link == Link(order_id="777", contact_id="1511", line_ids={"line-1": "74"})


@pytest.mark.parametrize(
    "created", [reply(200, {"id": 777}), reply(201, b"", {"Location": "https://shop.example/api/v2/orders/777.json"})]
)
def test_an_answer_without_lines_is_followed_by_a_read(created):
    requests, outcome = save(created, reply(body=held()))
    assert (requests[1].method, requests[1].path) == ("GET", "/api/v2/orders/777.json")
    assert outcome.link.line_ids == {"line-1": "74"}


@pytest.mark.parametrize("failure", [reply(500), reply(404), reply(429), reply(403), reply(200, "?")])
def test_a_created_order_is_never_created_again_because_a_read_failed(failure):
    _, outcome = save(reply(201, {"id": 777}), failure)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert outcome.link == Link(order_id="777")


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (reply(200, {"errors": ["no"]}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(200, {"errors": [], "id": 5}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(400, '"customer.email: This value is not valid."'), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(400, b""), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(404), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(409), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(302, b"", {"Location": "https://x.example/"}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(403), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(429, b"", {"Retry-After": "7"}), OutcomeKind.THROTTLED, Reason.THROTTLED),
        (reply(500, '"fatal"'), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(502), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(200, b""), OutcomeKind.UNKNOWN, Reason.UNREADABLE),
        (reply(200, {"ok": True}), OutcomeKind.UNKNOWN, Reason.UNREADABLE),
        (reply(200, "<html>maintenance"), OutcomeKind.UNKNOWN, Reason.UNREADABLE),
        (reply(201, json.dumps(held()), cut=True), OutcomeKind.UNKNOWN, Reason.UNREADABLE),
        (reply(201, "[" * 100_000), OutcomeKind.UNKNOWN, Reason.UNREADABLE),
    ],
)
def test_each_answer_to_a_create_comes_to_its_outcome(answer, kind, reason):
    _, outcome = save(answer)
    assert (outcome.kind, outcome.reason) == (kind, reason)
    assert outcome.message.endswith((".", "?"))


def test_the_shops_own_words_are_told():
    assert '"status": "unknown"' in save(reply(200, {"errors": {"status": "unknown"}}))[1].message
    assert "No such zip" in save(reply(400, '"No such zip."'))[1].message


def test_a_saved_order_that_is_another_one_is_rejected_with_every_difference_and_its_link():
    line = {"order_line_id": 74, "variant_id": 1001, "quantity": 1, "price": 11, "tax_rate": 0}
    wrong = held(total_with_tax=11, currency={"code": "USD"}, lines={"products": [line, {**line, "order_line_id": 75}]})
    _, outcome = save(reply(201, wrong))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    for word in (
        "currency USD for EUR",
        "2 product lines for 1",
        "quantity 1 for 2",
        "price 11 for 10",
        "total with tax 11 for 20",
    ):
        assert word in outcome.message
    assert outcome.link.order_id == "777"


def test_a_sum_that_the_shop_taxes_otherwise_is_a_remark():
    _, outcome = save(reply(201, held(total_with_tax=25)))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "25" in outcome.message


def test_a_taken_id_that_is_this_order_is_edited_to_be_what_the_event_says():
    other = held(id=51001, customer={"id": 1, "email": "ada@example.com", "name": "A. Lovelace"})
    answers = reply(400, '"id: taken"'), reply(body=other), reply(204), reply(body=held(id=51001))
    requests, outcome = save(*answers, order_id_offset=50_000)
    assert [(request.method, request.path) for request in requests] == [
        ("POST", "/api/v2/orders.json"),
        ("GET", "/api/v2/orders/51001.json"),
        ("PUT", "/api/v2/orders/51001.json"),
        ("GET", "/api/v2/orders/51001.json"),
    ]
    assert body(requests[2]) == {"customer": {"email": "ada@example.com", "name": "Ada Lovelace"}}
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_a_taken_id_that_is_this_order_already_is_accepted(status):
    requests, outcome = save(reply(status), reply(body=held(id=51001)), order_id_offset=50_000)
    assert len(requests) == 2
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert outcome.link.order_id == "51001"


@pytest.mark.parametrize(
    "other",
    [
        held(comment="[ordercast shop/malmo#1001]"),
        held(comment="", customer={"email": "bob@example.com"}),
        held(comment="", currency={"code": "SEK"}),
    ],
)
@pytest.mark.parametrize("status", [400, 409])
def test_a_taken_id_costs_the_id_and_not_the_order(other, status):
    answers = reply(status), reply(body=other), reply(201, held())
    requests, outcome = save(*answers, order_id_offset=50_000)
    assert calls_of(requests) == [
        "POST /api/v2/orders.json",
        "GET /api/v2/orders/51001.json",
        "POST /api/v2/orders.json",
    ]
    assert body(requests[2]) == {name: part for name, part in body(requests[0]).items() if name != "id"}
    assert body(requests[2])["comment"] == MARK
    assert (outcome.kind, outcome.reason, outcome.link.order_id) == (OutcomeKind.ACCEPTED, Reason.REMARK, "777")
    assert outcome.message.startswith("Id 51001 was taken by another order of the shop")


def test_a_taken_id_costs_the_order_where_no_mark_would_tell_it():
    other = held(comment="", customer={"email": "bob@example.com"}, id=51001)
    requests, outcome = save(reply(400), reply(body=other), order_id_offset=50_000, mark="none")
    assert len(requests) == 2
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.SOURCE_CONFLICT)
    assert 'set mark = "comment"' in outcome.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(400, '"no"'), OutcomeKind.REJECTED),
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(429), OutcomeKind.THROTTLED),
    ],
)
def test_an_order_without_its_taken_id_may_be_refused_like_any_other(answer, kind):
    other = reply(body=held(comment="[ordercast shop/malmo#1001]"))
    assert save(reply(400), other, answer, order_id_offset=50_000)[1].kind is kind


def test_a_refusal_of_an_order_whose_id_is_free_stays_a_refusal():
    _, outcome = save(reply(400, '"status: not valid"'), reply(404), order_id_offset=50_000)
    assert outcome.reason is Reason.REJECTED
    assert "status: not valid" in outcome.message


def test_every_type_of_event_comes_to_what_is_offered():
    parts = {"refund": Refund(whole=True), "note": Note(text="x")}
    for event_type, offer in OpenBizBox.offers.items():
        event = snapshot(sold(), kind=event_type) if event_type in SNAPSHOTS else action(event_type, **parts)
        for link in (Link(), LINKED):
            operation = account(order_id_offset=1).operation(job(event, link=link))
            assert operation.name in (offer.calls or ("none",))
    assert OpenBizBox.offers.keys() == set(EventType)


def test_a_deleted_order_is_skipped_and_the_reason_is_the_one_that_is_offered():
    requests, outcome = converse(account().operation(job(action(EventType.DELETED), link=LINKED)).converse())
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED)
    assert outcome.message == OpenBizBox.offers[EventType.DELETED].because


def test_an_order_without_an_email_is_refused_before_sending():
    requests, outcome = save(of=sold(customer=Customer(first_name="Ada")))
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_EMAIL)


def test_every_save_in_doubt_is_looked_up():
    create = account().operation(job(snapshot(sold())))
    assert (create.name, create.on_unknown) == ("orders/create", "look_up")
    edit = account().operation(job(snapshot(sold()), link=LINKED))
    assert (edit.name, edit.on_unknown) == ("orders/update", "look_up")


def test_the_harmless_call_lists_one_order():
    requests, outcome = converse(account().test(), reply(body=[]))
    assert [(request.method, request.path) for request in requests] == [("GET", "/api/v2/orders.json?limit=1")]
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert converse(account().test(), reply(403))[1].kind is OutcomeKind.UNAUTHORIZED
    assert converse(account().test(), reply(200, "?"))[1].kind is OutcomeKind.UNREADABLE


def test_the_secrets_of_an_account_are_named_for_masking():
    assert set(account().secrets) == {"a&b=c"}


def test_an_order_whose_answer_could_not_be_read_is_refused_before_it_is_sent():
    items = [item(n, variant_id=str(1000 + n)) for n in range(LINES_THAT_FIT)]
    assert account().operation(job(snapshot(order(items=items)))).calls
    fee = Fee(title="Wrapping", amount=Decimal(1))
    requests, outcome = save(of=order(items=items, fees=[fee]))
    assert requests == []
    assert (outcome.reason, outcome.message[:45]) == (
        Reason.TOO_MANY_LINES,
        "The order has 4001 lines; 4000 fit into an an",
    )
