from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.config import Secret
from schemas.delivery import Link
from schemas.event import Cancellation, EventType
from schemas.order import Address, Customer, Discount, Fee, Payment
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingOptions
from tests.fakes.snapshots import action, item, job, order, snapshot, totals
from tests.fakes.wire import converse, open_account, reply
from worker.providers import phpform
from worker.providers.retargeting import Retargeting

GOLDEN = Path(__file__).parents[2] / "data" / "providers" / "retargeting"
OK = b'{"version":"1.0","status":200,"message":"OK","data":{"success":true}}'
EXISTS = b'{"version":"1.0","status":200,"message":"OK","data":{"error":"Order number exists"}}'
UNAUTHORIZED = b'{"version":"1.0","status":"401","message":"Unauthorized","error":"Invalid Authentication Data"}'
BAD = b'{"version":"1.0","status":"400","message":"Bad Request","error":"Invalid Product ID"}'
# Source: serialize of PHP 8.2, the page's own examples (providers.md 1)
SERIAL_OK = (
    b'a:4:{s:7:"version";s:3:"1.0";s:6:"status";i:200;s:7:"message";s:2:"OK";s:4:"data";a:1:{s:7:"success";b:1;}}'
)
SERIAL_EXISTS = b'a:4:{s:7:"version";s:3:"1.0";s:6:"status";i:200;s:7:"message";s:2:"OK";s:4:"data";a:1:{s:5:"error";s:19:"Order number exists";}}'
SERIAL_401 = b'a:4:{s:7:"version";s:3:"1.0";s:6:"status";s:3:"401";s:7:"message";s:12:"Unauthorized";s:5:"error";s:27:"Invalid Authentication Data";}'


def account(*, currency=None, **options):
    return open_account(Retargeting, RetargetingOptions(api_key=Secret("K"), **options), currency=currency)


def sent(of, **options):
    """The order's own fields as they are sent, by name, and its lines."""
    requests, _ = converse(account(**options).operation(job(snapshot(of))).converse(), reply(200, OK))
    pairs = parse_qsl(requests[0].body.decode(), keep_blank_values=True)
    fields = {name.removeprefix("0[").removesuffix("]"): text for name, text in pairs if name.startswith("0[")}
    return fields, [(name, text) for name, text in pairs if name.startswith("1[")]


def outcome_of(answer, **options):
    return converse(account(**options).operation(job()).converse(), answer)[1]


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
    text = (
        f"{request.method} {request.path}\nContent-Type: {request.headers['Content-Type']}\n\n{request.body.decode()}\n"
    )
    assert text == (GOLDEN / f"{kind}.txt").read_text()
    assert request.mutating
    assert outcome.link == Link(order_id="1001")


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({}, "order_no", "1001"),
        ({"customer": Customer(email="a@b.c", last_name="Doe")}, "firstname", "Doe"),
        ({"customer": Customer(email="a@b.c", first_name="John")}, "lastname", "John"),
        ({"customer": Customer(email="a@b.c"), "billing_address": Address(first_name="Bea")}, "lastname", "Bea"),
        ({"customer": Customer(email="a@b.c"), "billing_address": None, "shipping_address": Address(last_name="Sid")}, "firstname", "Sid"),
        ({"customer": Customer(email="a@b.c", company="Co"), "billing_address": Address(first_name="Bea")}, "firstname", "Bea"),
        ({"customer": Customer(email="a@b.c", company="Co")}, "firstname", "Co"),
        ({"customer": Customer(email="a@b.c", company="Co")}, "lastname", "Co"),
        ({"customer": Customer(email="a@b.c", phone="1"), "billing_address": Address(phone="2")}, "phone", "1"),
        ({"billing_address": Address(phone="2"), "shipping_address": Address(phone="3")}, "phone", "2"),
        ({"shipping_address": Address(phone="3")}, "phone", "3"),
        ({}, "phone", ""),
        ({}, "state", "Greater London"),
        ({"billing_address": Address(country="GB")}, "state", "GB"),
        ({"billing_address": None, "shipping_address": Address(state="Fyn", country="DK")}, "state", "Fyn"),
        ({"billing_address": None}, "state", "-"),
        ({"billing_address": None, "shipping_address": Address(city="Odense")}, "city", "Odense"),
        ({"billing_address": None}, "city", "-"),
        ({"billing_address": Address(address1="A", address2="B", address3="C", address4="D")}, "address", "A, B, C, D"),
        ({"billing_address": Address(address1="A", address4="D")}, "adress", "A, D"),
        ({"billing_address": None}, "address", "-"),
        ({}, "discount", "0"),
        ({"totals": totals("20", discount="1.25")}, "discount", "1.25"),
        ({"totals": totals("20", rounding="-0.02")}, "discount", "0.02"),
        ({"totals": totals("20", rounding="0.02")}, "fees", "0.02"),
        ({"totals": totals("20", handling="3", fees="2")}, "fees", "5"),
        ({"totals": totals("20", fees="2"), "fees": [Fee(title="a", amount=Decimal(5)), Fee(title="b", amount=Decimal(-3))]}, "fees", "5"),
        ({"totals": totals("20", fees="2"), "fees": [Fee(title="a", amount=Decimal(5)), Fee(title="b", amount=Decimal(-3))]}, "discount", "3"),
        ({"totals": totals("20", fees="-2"), "payment": Payment(fee=Decimal(-2))}, "fees", "0"),
        ({"totals": totals("20", fees="-2"), "payment": Payment(fee=Decimal(-2))}, "discount", "2"),
        ({}, "discount_code", ""),
        ({"discounts": [Discount(code="A", amount=Decimal(1)), Discount(code="B", amount=Decimal(0), allocated=True)]}, "discount_code][1", "B"),
        ({"discounts": [Discount(title="no code", amount=Decimal(1))]}, "discount_code", ""),
        ({}, "shipping", "0"),
        ({"totals": totals("20", shipping="4.90")}, "shipping", "4.9"),
        ({}, "rebates", "0"),
        ({"totals": totals("20", rebates="2")}, "rebates", "2"),
        ({"totals": totals("1000.00005")}, "total", "1000"),
        ({"totals": totals("1000.00015")}, "total", "1000.0002"),
        ({"customer": Customer(email="a@b.c", first_name="A", birthday="1990-02-01")}, "birthday", "01-02-1990"),
    ],
)  # fmt: skip
def test_each_field_has_its_source(changes, field, text):
    assert sent(order(**changes))[0][field] == text


def test_the_placeholder_is_a_setting():
    assert sent(order(billing_address=None), placeholder="n/a")[0]["city"] == "n/a"


def test_no_birthday_and_no_callback_are_sent_where_there_is_none():
    assert not {"birthday", "callback_function"} & sent(order())[0].keys()


def test_a_line_carries_its_product_else_its_sku_else_its_own_id():
    lines = [item(1, product_id="P", sku="S", variation_code="M"), item(2, sku="S"), item(3, quantity=Decimal("0.500"))]
    assert sent(order(items=lines))[1] == [
        ("1[0][id]", "P"), ("1[0][quantity]", "2"), ("1[0][price]", "10"), ("1[0][variation_code]", "M"),
        ("1[1][id]", "S"), ("1[1][quantity]", "2"), ("1[1][price]", "10"), ("1[1][variation_code]", ""),
        ("1[2][id]", "line-3"), ("1[2][quantity]", "0.5"), ("1[2][price]", "10"), ("1[2][variation_code]", ""),
    ]  # fmt: skip


def test_a_line_that_an_update_took_away_is_not_sent():
    assert len(sent(order(items=[item(1, quantity=Decimal(0)), item(2)]))[1]) == 4


def nothing_sent(operation):
    requests, outcome = converse(operation.converse())
    assert requests == []
    assert operation.calls == 0
    return outcome.kind, outcome.reason


@pytest.mark.parametrize("kind", [kind for kind in EventType if kind not in {"order.created", "order.updated"}])
def test_an_action_is_skipped_as_the_vendor_has_no_call_for_it(kind):
    operation = account().operation(job(action(kind, cancellation=Cancellation())))
    assert nothing_sent(operation) == (OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED)


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
    assert nothing_sent(operation) == (OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED)


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
        (reply(401, b"<html>"), OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (reply(200, BAD), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(400, BAD), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(200, BAD.replace(b"400", b"422")), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(200, BAD.replace(b"400", b"503")), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (reply(200, EXISTS.replace(b"exists", b"is odd")), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(404, b"<html>"), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(302, b"", {"Location": "https://elsewhere/"}), OutcomeKind.REJECTED, Reason.REJECTED),
        (reply(429, b""), OutcomeKind.THROTTLED, Reason.THROTTLED),
        (reply(500, b"<html>"), OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
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
