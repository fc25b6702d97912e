"""The vendor's own answer (page "Order", "Response example", 2020-02-20), read whole."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.providers.openbizbox import read_instant, read_json, read_order

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
