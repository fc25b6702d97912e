"""The vendor's own answer (page "Order", "Response example", 2020-02-20), read whole."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.outcome import OutcomeKind, Reason
from schemas.providers.openbizbox import read_amount, read_id, read_instant, read_json, read_order
from tests.fakes.openbizbox import LINKED, account, held, save, sold
from tests.fakes.snapshots import job, snapshot
from tests.fakes.wire import reply

PAGE = Path(__file__).parents[2] / "data" / "providers" / "openbizbox" / "response_example.json"


@pytest.fixture
def tree():
    return read_json(PAGE.read_bytes())


def test_the_order_of_the_page_is_read_whole(tree):
    held = read_order(tree)
    assert (held.id, held.customer_id, held.email, held.currency) == ("1015", "1511", "janeroe@openbizbox.com", "DKK")
    assert (held.total, held.total_with_tax, held.refunded) == (Decimal("2317.79"), Decimal("2351.54"), None)
    assert held.created_at == datetime(2017, 6, 3, 13, 7, 36, tzinfo=timezone(timedelta(hours=2)))
    assert (held.comment, held.whole) == ("", True)


def test_objects_are_the_ids_that_a_request_would_have(tree):
    held = read_order(tree)
    assert (held.sections["status"], held.status_title, held.is_cancelled) == (4, "Pending", False)
    assert held.sections["billing_address"]["country"] == "DNK"
    assert held.sections["shipping_address"]["country"] == "DNK"


@pytest.mark.parametrize(
    ("flag", "is_cancelled"), [(True, True), (1, True), ("1", True), (False, False), (None, False)]
)
def test_a_cancelled_status_is_read_by_its_flag(tree, flag, is_cancelled):
    assert read_order(tree | {"status": tree["status"] | {"is_cancelled": flag}}).is_cancelled is is_cancelled
    assert read_order(tree | {"status": 8}).is_cancelled is False


def test_every_line_of_the_page_is_read_and_discounts_are_positive(tree):
    held = read_order(tree)
    assert [(line.id, line.article, line.model, line.quantity, line.price) for line in held.products] == [
        ("74", 1014, "v512", 1, 150),
        ("75", 1016, "", 1, 0),
        ("76", 1023, "", 1, 2420),
    ]
    [discount] = held.discounts
    assert (discount.price, discount.price_with_tax, discount.tax_rate) == (257, Decimal("260.75"), Decimal("0.0146"))
    assert held.shipping.price == Decimal("0.99")
    assert held.payment.title == "Payment Type Charge (1,45\N{NO-BREAK SPACE}DKK + 0,10%)"
    assert held.fees == []


def test_no_date_is_none(tree):
    assert read_instant(tree["customer"]["created_at"]) is None
    assert read_order(tree | {"created_at": "-0001-11-30T00:00:00+0100"}).created_at is None


def test_what_an_answer_leaves_out_or_writes_as_an_empty_list_is_nothing(tree):
    held = read_order({"id": "1015", "status": [], "lines": [], "customer": []})
    assert (held.products, held.customer_id, held.status_title, held.is_cancelled) == ([], None, "", False)
    assert read_order({name: part for name, part in tree.items() if name != "id"}) is None


HUGE = ["1E+999999", "-1E+400", "1E+999999999999999999", "9" * 5000]
EXTREME = [*HUGE, "1E-999999", "0." + "1" * 5000]


@pytest.mark.parametrize("text", [*EXTREME, "0E+999999999", "1E+99999999999999999999", "NaN", "Infinity", "x"])
def test_an_amount_that_is_no_orders_is_unreadable(text):
    assert read_amount(text) is None


@pytest.mark.parametrize("text", ["0", "-12.50", "1E+3", "0.30000000000000004", "123456789012.1234"])
def test_an_amount_of_an_order_is_read_as_it_is(text):
    assert read_amount(text) == Decimal(text)


@pytest.mark.parametrize("number", ["9" * 5000, 10**1000, "1" * 21])
def test_an_id_of_more_digits_than_an_id_has_is_none(number):
    assert read_id(number) is None
    assert read_order({"id": number}) is None
    line = {"order_line_id": number, "variant_id": number, "quantity": 2, "price": 10}
    assert [(one.id, one.article) for one in read_order(held(lines={"products": [line]})).products] == [(None, None)]


def of_the_shop(**numbers):
    """An answer with these numbers in it, written as they are."""
    marked = {name: f"<{text}>" for name, text in numbers.items()}
    line = {"order_line_id": 74, "variant_id": 1001, "quantity": 2, "price": 10, "tax_rate": 0}
    line |= {name: text for name, text in marked.items() if name in line}
    shown = held(lines={"products": [line]}) | {name: text for name, text in marked.items() if name not in line}
    return json.dumps(shown).replace('"<', "").replace('>"', "")


def ended(conversation, first):
    """What a conversation comes to whose every request after the first is refused."""
    next(conversation)
    answer = first
    while True:
        try:
            conversation.send(answer)
        except StopIteration as end:
            return end.value
        answer = reply(400)


@pytest.mark.parametrize("text", [text for text in EXTREME if not text.isdecimal()])
@pytest.mark.parametrize("name", ["price", "price_with_tax", "quantity", "tax_rate", "total_with_tax", "total"])
def test_a_save_comes_to_an_end_whatever_number_the_shop_shows(name, text):
    outcome = ended(account().operation(job(snapshot(sold()))).converse(), reply(201, of_the_shop(**{name: text})))
    assert outcome.kind in {OutcomeKind.ACCEPTED, OutcomeKind.REJECTED}
    assert len(outcome.message) < 600


@pytest.mark.parametrize("text", ["9" * 5000, "1E+99999999999999999999"])
def test_an_answer_with_a_number_that_no_program_reads_is_unreadable(text):
    _, outcome = save(reply(body=of_the_shop(total=text)), link=LINKED)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNREADABLE, Reason.UNREADABLE)
