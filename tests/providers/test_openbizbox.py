"""OpenBizBox conversations, driven by replies: what is asked, and what each answer comes to."""

import json
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from schemas.config import Secret
from schemas.delivery import Link
from schemas.event import EventType, Note
from schemas.order import Address, Customer, Discount, Payment, Shipping, TaxLine
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.openbizbox import OpenBizBoxOptions
from tests.fakes.snapshots import action, item, job, order, snapshot, totals
from tests.fakes.wire import converse, open_account, reply
from worker.providers.base import Absent, Found
from worker.providers.openbizbox import OpenBizBox

GOLDEN = Path(__file__).parents[1] / "data" / "providers" / "openbizbox"
TOKEN = {"access_token": "TOKEN-1", "expires_in": 3600, "token_type": "bearer", "scope": "read write"}
MARK = "[ordercast shop/copenhagen#1001]"
SLOT = "openbizbox:token"


def account(*, token="TOKEN-1", **options):
    secrets = {"client_id": Secret("client"), "client_secret": Secret("a&b=c")}
    opened = open_account(OpenBizBox, OpenBizBoxOptions(**secrets, **options))
    if token:
        opened.memory.keep(SLOT, token, 3600)
    return opened


def sold(**changes):
    """An order of one line whose article is known."""
    return order(items=[item(1, variant_id="1001")], **changes)


def held(**changes):
    """The order of ``sold`` as the shop answers it."""
    line = {"order_line_id": 74, "variant_id": 1001, "quantity": 2, "price": 10, "price_with_tax": 10, "tax_rate": 0}
    address = {"name": "Ada Lovelace", "street": "Main Street 1", "city": "London", "zip": ""}
    shown = {
        "id": 777,
        "total": 20,
        "total_with_tax": 20,
        "comment": MARK,
        "created_at": "2026-11-21T10:30:00+0100",
        "customer": {"id": 1511, "email": "ada@example.com", "name": "Ada Lovelace"},
        "billing_address": {**address, "country": {"id": "GBR", "title": "United Kingdom"}},
        "currency": {"code": "EUR", "rate": 1},
        "status": {"id": 4, "title": "Pending"},
        "lines": {"products": [line]},
    }
    return shown | changes


def save(*replies, of=None, link=None, **options):
    provider = account(**options)
    return converse(provider.operation(job(snapshot(of or sold()), link=link)).converse(), *replies)


def search(*replies, of=None, **options):
    operation = account(**options).operation(job(snapshot(of or sold())))
    return converse(operation.look_up(), *replies)


def page(*orders, number=1, pages=1):
    return reply(
        body={"total": 1, "page": number, "limit": 100, "pages": pages, "_embedded": {"resources": list(orders)}}
    )


def body(request):
    return json.loads(request.body)


# what is sent


@pytest.mark.parametrize("kind", [EventType.CREATED, EventType.UPDATED])
def test_a_snapshot_is_sent_as_it_always_was(kind):
    of = order(
        number="1001",
        currency="DKK",
        status="paid",
        language="da",
        comment="Ring twice",
        customer=Customer(email="jane@example.com", first_name="Jane", last_name="Roe"),
        billing_address=Address(address1="Dalbygade 40 A", city="Kolding", postal_code="6000", country="DK", phone="7"),
        items=[
            item(1, variant_id="1001", tax_rate=Decimal("0.25")),
            item(2, variant_id="1002", tax_rate=Decimal("0.25"), weight=Decimal("0.33")),
        ],
        shipping=Shipping(method="flat", title="Flat", price=Decimal(8)),
        payment=Payment(method="card", title="Card"),
        discounts=[Discount(code="SPRING", amount=Decimal(4))],
        tax_lines=[TaxLine(title="Moms", rate=Decimal("0.25"), amount=Decimal(11))],
        totals=totals("55", items="40", shipping="8", discount="4", tax="11"),
    )
    event = snapshot(of, kind=kind)
    link = Link(order_id="51001", line_ids={"line-1": "74", "line-9": "75"})
    answers = [reply(500)] if kind is EventType.CREATED else [reply(body=_older()), reply(500)]
    settings = {"order_id_offset": 50_000, "statuses": {"paid": 5}, "timezone": "Europe/Copenhagen"}
    if kind is EventType.CREATED:
        answers.append(reply(404))
    given = link if kind is EventType.UPDATED else None
    requests, _ = converse(account(**settings).operation(job(event, link=given)).converse(), *answers)
    sent = next(request for request in requests if request.mutating)
    shown = f"{sent.method} {sent.path}\n" + "".join(f"{name}: {text}\n" for name, text in sent.headers.items())
    assert shown + "\n" + sent.body.decode() + "\n" == (GOLDEN / f"{kind}.txt").read_text()


def _older():
    """An order that still has a line we dropped, another price and status, and no second line of ours."""
    gone = {"order_line_id": 75, "variant_id": 9, "quantity": 1, "price": 5, "price_with_tax": 5, "tax_rate": 0}
    line = {"order_line_id": 74, "variant_id": 1001, "quantity": 1, "price": 10, "tax_rate": 0.25}
    return held(id=51001, lines={"products": [gone, line], "shipping": {"title": "Flat", "price": 8}})


def test_a_token_is_asked_for_as_a_form_and_kept_a_little_shorter_than_it_lasts():
    provider = account(token=None)
    create = provider.operation(job(snapshot(sold()))).converse()
    requests, outcome = converse(create, reply(body=TOKEN), reply(201, held()))
    assert (requests[0].method, requests[0].path) == ("POST", "/oauth/v2/token")
    assert parse_qs(requests[0].body.decode()) == {
        "client_id": ["client"],
        "client_secret": ["a&b=c"],
        "grant_type": ["client_credentials"],
    }
    assert not requests[0].mutating
    assert requests[1].headers["Authorization"] == "Bearer TOKEN-1"
    assert provider.memory.kept[SLOT] == ("TOKEN-1", 3540)
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_a_token_that_went_stale_is_renewed_once_and_the_call_made_again():
    renewed = TOKEN | {"access_token": "TOKEN-2"}
    requests, outcome = save(reply(401), reply(body=renewed), reply(201, held()))
    assert [request.headers.get("Authorization") for request in requests] == ["Bearer TOKEN-1", None, "Bearer TOKEN-2"]
    assert requests[0].body == requests[2].body
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_a_second_401_is_about_our_credentials_and_its_token_is_forgotten():
    provider = account()
    create = provider.operation(job(snapshot(sold()))).converse()
    _, outcome = converse(create, reply(401), reply(body=TOKEN | {"access_token": "TOKEN-2"}), reply(401))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS)
    assert provider.memory.recall(SLOT) is None


def test_a_token_that_another_conversation_renewed_is_taken():
    provider = account()
    conversation = provider.operation(job(snapshot(sold()))).converse()
    next(conversation)
    provider.memory.keep(SLOT, "TOKEN-3", 3600)
    assert conversation.send(reply(401)).headers["Authorization"] == "Bearer TOKEN-3"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(400, {"error": "invalid_client"}), OutcomeKind.UNAUTHORIZED),
        (reply(401), OutcomeKind.UNAUTHORIZED),
        (reply(503), OutcomeKind.UNAVAILABLE),
        (reply(429), OutcomeKind.THROTTLED),
        (reply(200, "<html>"), OutcomeKind.UNREADABLE),
        (reply(200, {"access_token": "two\r\nlines"}), OutcomeKind.UNREADABLE),
        (reply(200, []), OutcomeKind.UNREADABLE),
    ],
)
def test_without_a_token_nothing_is_sent(answer, kind):
    requests, outcome = save(answer, token=None)
    assert [request.path for request in requests] == ["/oauth/v2/token"]
    assert outcome.kind is kind


# which article


def test_skus_are_asked_for_once_and_kept_for_a_day():
    provider = account()
    of = order(items=[item(1, sku="v512"), item(2, sku="v512", variant_id="7"), item(3, variant_id="x", sku="m2")])
    mapping = [{"model": "v512", "product_id": 1, "variant_id": 1014}, {"model": "m2", "variant_id": 1015}]
    requests, _ = converse(
        provider.operation(job(snapshot(of))).converse(), reply(body=mapping), reply(201, {"id": 1}), reply(404)
    )
    assert (requests[0].path, body(requests[0])) == ("/api/v3/products/mapping.json", {"models": ["v512", "m2"]})
    assert [line["product_article_id"] for line in body(requests[1])["lines"]["products"]] == [1014, 7, 1015]
    assert provider.memory.kept["openbizbox:article:v512"] == ("1014", 86_400)
    requests, _ = converse(provider.operation(job(snapshot(of))).converse(), reply(201, {"id": 1}), reply(404))
    assert requests[0].path == "/api/v2/orders.json"


@pytest.mark.parametrize(
    "mapping", [[], [{"model": "other", "variant_id": 1}], [{"model": "A", "variant_id": n} for n in (1, 2)]]
)
def test_a_sku_without_a_single_article_is_refused(mapping):
    requests, outcome = save(reply(body=mapping), of=order(items=[item(1, sku="A")]))
    assert not any(request.mutating for request in requests)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_ARTICLE)
    assert "line-1 (sku A)" in outcome.message


def test_an_item_with_neither_article_nor_sku_is_refused_without_a_request():
    requests, outcome = save(of=order(items=[item(1)]))
    assert requests == []
    assert outcome.reason is Reason.NO_ARTICLE


def test_kept_articles_are_asked_for_again_after_a_refusal():
    provider = account()
    provider.memory.keep("openbizbox:article:A", "5", 86_400)
    create = provider.operation(job(snapshot(order(items=[item(1, sku="A")])))).converse()
    converse(create, reply(400, '"product_article_id: This value is not valid."'))
    assert provider.memory.recall("openbizbox:article:A") is None


# what a create's answer comes to


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
    wrong = held(total=11, currency={"code": "USD"}, lines={"products": [line, {**line, "order_line_id": 75}]})
    _, outcome = save(reply(201, wrong))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)
    for word in ("currency USD for EUR", "2 product lines for 1", "quantity 1 for 2", "price 11 for 10", "total 11"):
        assert word in outcome.message
    assert outcome.link.order_id == "777"


def test_a_sum_that_the_shop_taxes_otherwise_is_a_remark():
    _, outcome = save(reply(201, held(total_with_tax=25)))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "25" in outcome.message


# an id of our choice


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
def test_a_taken_id_that_is_another_order_is_a_conflict(other):
    _, outcome = save(reply(400), reply(body=other), order_id_offset=50_000)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.SOURCE_CONFLICT)


def test_a_refusal_of_an_order_whose_id_is_free_stays_a_refusal():
    _, outcome = save(reply(400, '"status: not valid"'), reply(404), order_id_offset=50_000)
    assert outcome.reason is Reason.REJECTED
    assert "status: not valid" in outcome.message


# looking up


def test_a_look_up_reads_the_id_of_our_choice():
    requests, found = search(reply(body=held(id=51001)), order_id_offset=50_000)
    assert [(request.method, request.path) for request in requests] == [("GET", "/api/v2/orders/51001.json")]
    assert found == Found(Link(order_id="51001", contact_id="1511", line_ids={"line-1": "74"}))
    assert search(reply(404), order_id_offset=50_000)[1] == Absent()
    assert search(reply(body=held(comment="[ordercast x#1]")), order_id_offset=50_000)[1] == Absent()
    assert search(reply(503), order_id_offset=50_000)[1].kind is OutcomeKind.UNAVAILABLE


def test_a_look_up_without_an_id_searches_the_buyers_orders_since_the_day_before():
    requests, found = search(page(held(id=776, comment=""), held()), of=sold())
    asked = parse_qs(urlsplit(requests[0].path).query)
    assert urlsplit(requests[0].path).path == "/api/v3/orders.json"
    assert asked == {
        "filter": ["email==ada@example.com;created_at=gte=2026-11-20"],
        "page": ["1"],
        "limit": ["100"],
    }
    assert found == Found(Link(order_id="777", contact_id="1511", line_ids={"line-1": "74"}))


def test_a_mark_is_read_in_a_comment_that_the_shop_or_a_person_has_worked_on():
    shown = held(comment=f"Ring &amp; wait\n  {MARK}\nCalled the customer /bo")
    assert isinstance(search(page(shown))[1], Found)


def test_a_list_that_shows_less_is_completed_by_reads():
    requests, found = search(page({"id": 777}, {"id": 778}), reply(404), reply(body=held(id=778)))
    assert [request.path for request in requests[1:]] == ["/api/v2/orders/777.json", "/api/v2/orders/778.json"]
    assert found.link.order_id == "778"


def test_a_search_goes_on_to_its_last_page():
    requests, found = search(page(held(comment="[ordercast x#1]"), pages=2), page(held(id=778), number=2, pages=2))
    assert len(requests) == 2
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
    ],
)
def test_orders_that_cannot_be_ours_leave_it_absent(other):
    assert search(page(other))[1] == Absent()
    assert search(page())[1] == Absent()


@pytest.mark.parametrize(
    "alike",
    [
        held(comment="", created_at="2026-11-21T11:30:00+0100"),  # same lines and total, at another time
        held(comment="", lines={"products": []}, total=1, total_with_tax=1),  # made for the same minute
        held(comment="", created_at="-0001-11-30T00:00:00+0100"),
    ],
)
def test_an_alike_order_without_a_mark_leaves_it_open(alike):
    _, outcome = search(page(alike))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.UNANSWERED_LOOK_UP)
    assert "777" in outcome.message


def test_an_email_that_would_change_the_filter_leaves_it_open():
    of = sold(customer=Customer(email="a;id=gte=1@example.com"))
    requests, outcome = search(of=of)
    assert requests == []
    assert outcome.reason is Reason.UNANSWERED_LOOK_UP


def test_more_pages_than_we_read_leave_it_open():
    answers = [page(number=number, pages=99) for number in range(1, 21)]
    assert search(*answers)[1].reason is Reason.UNANSWERED_LOOK_UP


@pytest.mark.parametrize("answer", [reply(200, "?"), page(number=2), reply(200, []), reply(200, {"page": 1})])
def test_a_search_that_is_answered_otherwise_is_unreadable(answer):
    assert search(answer)[1].kind is OutcomeKind.UNREADABLE


# editing

LINKED = Link(order_id="777", line_ids={"line-1": "74"}, notes={"kept": "yes"})


def edited(now, of=None, link=LINKED, saved=None):
    """The body of the PUT that follows from what is held now."""
    requests, outcome = save(reply(body=now), reply(204), reply(body=saved or now), of=of, link=link)
    return body(requests[1]), outcome


def test_an_edit_of_what_is_there_already_writes_nothing():
    requests, outcome = save(reply(body=held()), link=LINKED)
    assert [request.method for request in requests] == ["GET"]
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    assert outcome.link == Link(order_id="777", contact_id="1511", line_ids={"line-1": "74"}, notes={"kept": "yes"})


def test_an_edit_reads_writes_and_reads_again():
    now = held(lines={"products": [held()["lines"]["products"][0] | {"quantity": 1}]}, total=10)
    requests, outcome = save(reply(body=now), reply(204), reply(body=held()), link=LINKED)
    assert [(request.method, request.path, request.mutating) for request in requests] == [
        ("GET", "/api/v2/orders/777.json", False),
        ("PUT", "/api/v2/orders/777.json", True),
        ("GET", "/api/v2/orders/777.json", False),
    ]
    assert body(requests[1]) == {"lines": {"products": [{"quantity": 2}]}}
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)


def test_an_edit_that_did_not_take_is_rejected():
    now = held(lines={"products": [held()["lines"]["products"][0] | {"quantity": 1}]}, total=10)
    _, outcome = edited(now)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.DIFFERS)


def test_an_order_that_is_gone_is_an_unknown_one():
    _, outcome = save(reply(404), link=LINKED)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


def test_a_linked_order_with_the_mark_of_another_is_not_touched():
    requests, outcome = save(reply(body=held(comment="[ordercast shop/malmo#1001]")), link=LINKED)
    assert [request.method for request in requests] == ["GET"]
    assert outcome.reason is Reason.SOURCE_CONFLICT


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(400, '"no"'), OutcomeKind.REJECTED),
        (reply(200, {"errors": "no"}), OutcomeKind.REJECTED),
        (reply(429), OutcomeKind.THROTTLED),
    ],
)
def test_each_answer_to_an_edit_comes_to_its_outcome(answer, kind):
    assert save(reply(body=held(total=20, comment="")), answer, link=LINKED)[1].kind is kind


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(500), OutcomeKind.UNKNOWN),
        (reply(404), OutcomeKind.UNKNOWN),
        (reply(200, "?"), OutcomeKind.UNKNOWN),
        (reply(429), OutcomeKind.THROTTLED),
    ],
)
def test_an_edit_that_cannot_be_compared_may_have_been_done(answer, kind):
    _, outcome = save(reply(body=held(comment="")), reply(204), answer, link=LINKED)
    assert outcome.kind is kind
    assert outcome.may_have_been_done


def test_the_mark_is_added_to_an_order_that_lacks_it_and_a_persons_words_stay():
    sent, _ = edited(held(comment="Called the customer /bo"))
    assert sent == {"comment": f"Called the customer /bo\n{MARK}"}


def test_only_sections_that_differ_are_sent_and_titles_zips_and_objects_are_read_as_what_they_are():
    of = sold(
        status="shipped",
        billing_address=Address(address1="A & B Street", postal_code="DK-6000", country="DK"),
        payment=Payment(method="Fee \N{NO-BREAK SPACE}1", fee=Decimal(0)),
    )
    address = {
        "name": "Ada Lovelace",
        "street": "A &amp; B Street",
        "zip": "6000",
        "country": {"id": "DNK", "title": "D"},
    }
    lines = held()["lines"] | {"payment": {"title": "Fee &nbsp;1", "price": 0}}
    now = held(billing_address=address, status={"id": 4, "title": "Pending"}, lines=lines)
    requests, _ = save(reply(body=now), reply(204), reply(body=now), of=of, link=LINKED, statuses={"shipped": 6})
    assert body(requests[1]) == {"status": 6}


# what the adapter does not do


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (action(EventType.CANCELLED), Reason.NOT_YET),
        (action(EventType.NOTED, note=Note(text="x")), Reason.NOT_YET),
        (action(EventType.DELETED), Reason.UNSUPPORTED),
    ],
)
def test_actions_are_not_sent(event, reason):
    requests, outcome = converse(account().operation(job(event)).converse())
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNSUPPORTED, reason)


def test_an_order_without_an_email_is_refused_before_sending():
    requests, outcome = save(of=sold(customer=Customer(first_name="Ada")))
    assert requests == []
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_EMAIL)


def test_a_create_in_doubt_is_looked_up_and_an_edit_is_sent_again():
    create = account().operation(job(snapshot(sold())))
    assert (create.name, create.on_unknown) == ("orders/create", "look_up")
    edit = account().operation(job(snapshot(sold()), link=LINKED))
    assert (edit.name, edit.on_unknown, edit.look_up) == ("orders/update", "resend", None)


def test_the_harmless_call_lists_one_order():
    requests, outcome = converse(account().test(), reply(body=[]))
    assert [(request.method, request.path) for request in requests] == [("GET", "/api/v2/orders.json?limit=1")]
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert converse(account().test(), reply(403))[1].kind is OutcomeKind.UNAUTHORIZED
    assert converse(account().test(), reply(200, "?"))[1].kind is OutcomeKind.UNREADABLE


def test_the_secrets_of_an_account_are_named_for_masking():
    assert set(account().secrets) == {"client", "a&b=c"}
