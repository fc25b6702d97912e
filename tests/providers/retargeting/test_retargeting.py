from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import Link
from schemas.event import SNAPSHOTS, EventType
from schemas.order import Address, Customer, Discount
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.retargeting import (
    BAD,
    EXISTS,
    OK,
    SERIAL_401,
    SERIAL_EXISTS,
    SERIAL_OK,
    UNAUTHORIZED,
    account,
    outcome_of,
)
from tests.fakes.snapshots import action, item, job, order, snapshot, totals
from tests.fakes.wire import converse, reply
from worker.providers import phpform
from worker.providers.retargeting import Retargeting

WIRE = (
    b"api_key=K&0%5Border_no%5D=1001&0%5Blastname%5D=Doe&0%5Bfirstname%5D=John&0%5Bemail%5D=johndoe%40mail.com"
    b"&0%5Bphone%5D=0722444444&0%5Bstate%5D=GB&0%5Bcity%5D=London&0%5Baddress%5D=Tottenham+Street%2C+no.+11"
    b"&0%5Badress%5D=Tottenham+Street%2C+no.+11&0%5Bdiscount%5D=50&0%5Bdiscount_code%5D%5B0%5D=EEE30PR"
    b"&0%5Bshipping%5D=10.5&0%5Bfees%5D=0&0%5Brebates%5D=0&0%5Btotal%5D=3800&0%5Bbirthday%5D=01-02-1990"
    b"&1%5B0%5D%5Bid%5D=307&1%5B0%5D%5Bquantity%5D=5&1%5B0%5D%5Bprice%5D=500&1%5B0%5D%5Bvariation_code%5D="
    b"&1%5B1%5D%5Bid%5D=105&1%5B1%5D%5Bquantity%5D=2&1%5B1%5D%5Bprice%5D=10&1%5B1%5D%5Bvariation_code%5D=42-B"
)


@pytest.mark.parametrize("kind", [EventType.CREATED, EventType.UPDATED])
def test_a_snapshot_is_sent_as_the_vendors_own_client_sends_it(kind):
    of = order(
        customer=Customer(
            email="johndoe@mail.com", first_name="John", last_name="Doe", phone="0722444444", birthday="1990-02-01"
        ),
        billing_address=Address(address1="Tottenham Street", address2="no. 11", city="London", country="GB"),
        items=[
            item(1, product_id="307", quantity=Decimal(5), unit_price=Decimal(500)),
            item(2, sku="105", variation_code="42-B"),
        ],
        discounts=[Discount(code="EEE30PR", amount=Decimal(50))],
        totals=totals("3800", discount="50", shipping="10.50"),
    )
    requests, outcome = converse(account().operation(job(snapshot(of, kind=kind))).converse(), reply(200, OK))
    (request,) = requests
    assert (request.method, request.path) == ("POST", "/order/save.json")
    assert request.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert request.body == WIRE
    assert request.mutating
    assert outcome.link == Link(order_id="1001")


def nothing_sent(operation):
    requests, outcome = converse(operation.converse())
    assert requests == []
    assert operation.calls == 0
    return outcome.kind, outcome.reason


@pytest.mark.parametrize("kind", list(EventType))
def test_each_type_of_event_comes_to_what_is_offered(kind):
    offer = Retargeting.offers[kind]
    event = snapshot(kind=kind) if kind in SNAPSHOTS else action(kind)
    operation = account().operation(job(event, link=Link(order_id=None if offer.calls else "1001")))
    assert offer.because.endswith(".")
    if offer.calls:
        assert (operation.name, operation.calls) == ("order/save", 1)
        assert offer.calls == ("order/save",)
        return
    assert nothing_sent(operation) == (OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED)
    assert converse(operation.converse())[1].message == offer.because


def test_nobody_can_ask_the_vendor_for_an_order():
    assert account().questions == {}


def test_a_saved_order_cannot_be_updated():
    operation = account().operation(job(snapshot(kind=EventType.UPDATED), link=Link(order_id="1001")))
    assert nothing_sent(operation) == (OutcomeKind.UNSUPPORTED, Reason.CANNOT_UPDATE)


def test_an_order_without_an_email_is_skipped():
    of = order(customer=Customer(first_name="Ada"))
    assert nothing_sent(account().operation(job(snapshot(of)))) == (OutcomeKind.UNSUPPORTED, Reason.NO_EMAIL)


@pytest.mark.parametrize("consent", [None, False])
def test_an_order_without_consent_is_skipped_where_the_account_requires_it(consent):
    event = snapshot(order(customer=Customer(email="a@b.c", first_name="A", marketing_consent=consent)))
    operation = account(require_consent=True).operation(job(event))
    assert nothing_sent(operation) == (OutcomeKind.UNSUPPORTED, Reason.NO_CONSENT)
    assert account().operation(job(event)).calls == 1


def test_an_order_with_consent_is_saved_where_the_account_requires_it():
    event = snapshot(order(customer=Customer(email="a@b.c", first_name="A", marketing_consent=True)))
    assert account(require_consent=True).operation(job(event)).name == "order/save"


def test_an_order_that_lost_all_its_lines_is_skipped():
    operation = account().operation(job(snapshot(order(items=[item(quantity=Decimal(0))]))))
    assert nothing_sent(operation) == (OutcomeKind.UNSUPPORTED, Reason.NEEDS_LINES)


def test_money_in_another_currency_than_the_accounts_is_refused():
    assert nothing_sent(account(currency="RON").operation(job())) == (OutcomeKind.REJECTED, Reason.CURRENCY)
    assert account(currency="EUR").operation(job()).calls == 1


@pytest.mark.parametrize(
    ("lines", "limit", "fits"),
    [(240, 1000, True), (241, 1000, False), (241, 5000, True), (15, 100, True), (16, 100, False)],
)
def test_more_lines_than_php_reads_are_refused_before_they_are_sent(lines, limit, fits):
    event = snapshot(order(items=[item(n) for n in range(lines)]))
    operation = account(max_input_vars=limit).operation(job(event))
    if fits:
        requests, _ = converse(operation.converse(), reply(200, OK))
        assert requests[0].body.count(b"&") < limit
    else:
        assert nothing_sent(operation) == (OutcomeKind.REJECTED, Reason.TOO_MANY_LINES)


def test_codes_count_among_the_variables_too():
    discounts = [Discount(code=f"C{n}", amount=Decimal(0)) for n in range(50)]
    of = order(items=[item(n) for n in range(240)], discounts=discounts)
    assert nothing_sent(account().operation(job(snapshot(of)))) == (OutcomeKind.REJECTED, Reason.TOO_MANY_LINES)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (reply(200, OK), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(201, OK), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(200, OK.replace(b"200", b'"200"')), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(200, b"\xef\xbb\xbf" + OK + b"\n"), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(404, OK), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(200, EXISTS), OutcomeKind.ACCEPTED, Reason.EXISTS),
        (reply(409, EXISTS), OutcomeKind.ACCEPTED, Reason.EXISTS),
        (reply(500, EXISTS), OutcomeKind.ACCEPTED, Reason.EXISTS),
        (reply(200, UNAUTHORIZED), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(401, UNAUTHORIZED), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(200, UNAUTHORIZED.replace(b'"401"', b"401")), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(500, UNAUTHORIZED), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(401, b"<html>"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(200, BAD), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(400, BAD), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(200, BAD.replace(b'"400"', b"400")), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(200, BAD.replace(b'"400"', b"200")), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(500, BAD), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(200, BAD.replace(b"400", b"422")), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(200, BAD.replace(b"400", b"503")), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(200, EXISTS.replace(b"exists", b"is odd")), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(404, b"<html>"), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(302, b"", {"Location": "https://elsewhere/"}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(429, b""), OutcomeKind.THROTTLED, Reason.THROTTLED),
        (reply(500, b"<html>"), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(502, b""), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(503, OK), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(200, b""), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b"<html>"), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, OK[:30]), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, OK, cut=True), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b"[" * 200_000), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b"{" * 200_000), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b'{"a":' * 100_000), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b'{"status":200,"data":[]}'), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b'{"status":200,"data":{"success":false}}'), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b'{"data":{"success":true}}'), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b'{"status":null}'), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b'{"\xff":1}'), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b"N;"), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b"a:1:{i:0;i:1;}"), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, SERIAL_OK), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(200, SERIAL_OK.replace(b"i:200", b's:3:"200"')), OutcomeKind.ACCEPTED, Reason.SAVED),
        (reply(200, SERIAL_401.replace(b's:3:"401"', b"i:401")), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(200, SERIAL_EXISTS), OutcomeKind.ACCEPTED, Reason.EXISTS),
        (reply(200, SERIAL_401), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(200, SERIAL_OK[:-1]), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
        (reply(200, b'O:8:"stdClass":0:{}'), OutcomeKind.UNREADABLE, Reason.UNREADABLE),
    ],
)  # fmt: skip
def test_an_answer_is_read_body_first_and_status_second(answer, kind, reason):
    outcome = outcome_of(answer)
    assert (outcome.kind, outcome.reason, outcome.http_status) == (kind, reason, answer.status)
    assert (outcome.link == Link(order_id="1001")) is (kind is OutcomeKind.ACCEPTED)
    assert outcome.excerpt == answer.excerpt
    assert outcome.message or outcome.reason is Reason.SAVED


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_answer_breaks_the_reading(body, status):
    assert outcome_of(reply(status, body)).kind is not OutcomeKind.ACCEPTED


def test_a_throttled_save_waits_as_long_as_it_was_told():
    assert outcome_of(reply(429, b"", {"Retry-After": "17"})).wait_s == 17


def test_an_error_that_the_account_knows_to_pass_is_tried_again():
    busy = EXISTS.replace(b"Order number exists", b"Try again later")
    assert outcome_of(reply(200, busy)).kind is OutcomeKind.REJECTED
    assert outcome_of(reply(200, busy), retry_errors=("Try again later",)).kind is OutcomeKind.UNAVAILABLE


def test_the_vendors_own_words_reach_ops_on_one_line():
    answer = EXISTS.replace(b"Order number exists", b"Bad\\n  " + b"x" * 500)
    assert outcome_of(reply(200, answer)).message == "Retargeting refused the order: Bad " + "x" * 196 + "."


def test_what_may_have_been_done_is_sent_again():
    assert account().operation(job()).on_unknown == "resend"


def test_serialize_is_asked_for_where_the_account_says_so():
    requests, outcome = converse(account(format="serial").operation(job()).converse(), reply(200, SERIAL_OK))
    assert requests[0].path == "/order/save.serial"
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_the_key_is_masked_and_the_vendor_has_no_harmless_call():
    assert account().secrets == ("K",)
    assert account().test() is None


def test_the_key_travels_in_the_body_alone():
    requests, _ = converse(account().operation(job()).converse(), reply(200, OK))
    assert requests[0].body.startswith(phpform.encode({"api_key": "K"}))
    assert list(requests[0].headers) == ["Content-Type"]
