"""canonical-event.md, "Retargeting": each canonical field goes where the mapping says, with its fallbacks."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from schemas.delivery import Link
from schemas.event import EventType
from schemas.order import Address, Customer, Discount, Fee, Payment, Service
from schemas.outcome import OutcomeKind, Reason
from tests.fakes.retargeting import OK, account, sent
from tests.fakes.snapshots import action, item, job, order, snapshot, totals
from tests.fakes.wire import converse, reply

ADA = Customer(email="a@b.c", first_name="Ada", last_name="Lovelace")
NOBODY = Customer(email="a@b.c")
FEE, REBATE = Fee(title="Wrapping", amount=Decimal(5)), Fee(title="Voucher", amount=Decimal(-3))
CODES = [Discount(code="A", amount=Decimal(1)), Discount(code="B", amount=Decimal(0), allocated=True)]

# canonical fields and their values, the vendor's field, its text
ROWS = {
    "order_no from the key": ({"number": "A-7"}, "order_no", "A-7"),
    "lastname from the customer": ({"customer": ADA}, "lastname", "Lovelace"),
    "firstname from the customer": ({"customer": ADA}, "firstname", "Ada"),
    "firstname from a last name alone": ({"customer": Customer(email="a@b.c", last_name="Doe")}, "firstname", "Doe"),
    "lastname from a first name alone": ({"customer": Customer(email="a@b.c", first_name="Jo")}, "lastname", "Jo"),
    "lastname from billing": ({"customer": NOBODY, "billing_address": Address(first_name="Bea")}, "lastname", "Bea"),
    "firstname from shipping": ({"customer": NOBODY, "billing_address": None, "shipping_address": Address(last_name="Sid")}, "firstname", "Sid"),
    "a person before a company": ({"customer": Customer(email="a@b.c", company="Co"), "billing_address": Address(first_name="Bea")}, "firstname", "Bea"),
    "firstname from a company": ({"customer": Customer(email="a@b.c", company="Co")}, "firstname", "Co"),
    "lastname from a company": ({"customer": NOBODY, "billing_address": Address(company="Co")}, "lastname", "Co"),
    "email from the customer": ({"customer": ADA}, "email", "a@b.c"),
    "phone from the customer": ({"customer": Customer(email="a@b.c", phone="1"), "billing_address": Address(phone="2")}, "phone", "1"),
    "phone from billing": ({"billing_address": Address(phone="2"), "shipping_address": Address(phone="3")}, "phone", "2"),
    "phone from shipping": ({"shipping_address": Address(phone="3")}, "phone", "3"),
    "no phone": ({}, "phone", ""),
    "state from billing": ({"billing_address": Address(state="Fyn"), "shipping_address": Address(state="Jylland")}, "state", "Fyn"),
    "state from shipping": ({"billing_address": None, "shipping_address": Address(state="Fyn", country="DK")}, "state", "Fyn"),
    "state from the country": ({"billing_address": Address(country="GB")}, "state", "GB"),
    "no state": ({"billing_address": None}, "state", "-"),
    "city from billing": ({"billing_address": Address(city="Odense"), "shipping_address": Address(city="Vejle")}, "city", "Odense"),
    "city from shipping": ({"billing_address": None, "shipping_address": Address(city="Odense")}, "city", "Odense"),
    "no city": ({"billing_address": None}, "city", "-"),
    "address from all lines": ({"billing_address": Address(address1="A", address2="B", address3="C", address4="D")}, "address", "A, B, C, D"),
    "adress is the same": ({"billing_address": Address(address1="A", address4="D")}, "adress", "A, D"),
    "address from shipping": ({"billing_address": None, "shipping_address": Address(address1="A")}, "address", "A"),
    "no address": ({"billing_address": None}, "address", "-"),
    "no adress": ({"billing_address": None}, "adress", "-"),
    "no discount": ({}, "discount", "0"),
    "discount from totals": ({"totals": totals("20", discount="1.25")}, "discount", "1.25"),
    "discount from rounding down": ({"totals": totals("19.98", items="20", rounding="-0.02")}, "discount", "0.02"),
    "discount from a fee below zero": ({"totals": totals("20", fees="2"), "fees": [FEE, REBATE]}, "discount", "3"),
    "discount from a payment fee below zero": ({"totals": totals("20", fees="-2"), "payment": Payment(fee=Decimal(-2))}, "discount", "2"),
    "no discount_code": ({}, "discount_code", ""),
    "no code among the discounts": ({"discounts": [Discount(title="Loyal", amount=Decimal(1))]}, "discount_code", ""),
    "discount_code of the first": ({"discounts": CODES}, "discount_code][0", "A"),
    "discount_code of an allocated one": ({"discounts": CODES}, "discount_code][1", "B"),
    "no shipping": ({}, "shipping", "0"),
    "shipping from totals": ({"totals": totals("20", shipping="4.90")}, "shipping", "4.9"),
    "no fees": ({}, "fees", "0"),
    "fees from totals and handling": ({"totals": totals("20", handling="3", fees="2")}, "fees", "5"),
    "fees from rounding up": ({"totals": totals("20.02", items="20", rounding="0.02")}, "fees", "0.02"),
    "fees from tax on top of the prices": ({"totals": totals("25", items="20", tax="5")}, "fees", "5"),
    "no fees from tax in the prices": ({"totals": msgspec.structs.replace(totals("20", tax="4"), tax_included=True)}, "fees", "0"),
    "fees from services of every piece": ({"items": [item(services=[Service(service_id="w", price=Decimal(3))])], "totals": totals("26")}, "fees", "6"),
    "fees above zero alone": ({"totals": totals("20", fees="2"), "fees": [FEE, REBATE]}, "fees", "5"),
    "fees are never below zero": ({"totals": totals("20", fees="-2"), "payment": Payment(fee=Decimal(-2))}, "fees", "0"),
    "no rebates": ({}, "rebates", "0"),
    "rebates from totals": ({"totals": totals("20", rebates="2")}, "rebates", "2"),
    "total from grand": ({"totals": totals("20.00")}, "total", "20"),
    "four decimals, half to even, down": ({"totals": totals("1000.00005")}, "total", "1000"),
    "four decimals, half to even, up": ({"totals": totals("1000.00015")}, "total", "1000.0002"),
    "birthday day first": ({"customer": Customer(email="a@b.c", first_name="A", birthday="1990-02-01")}, "birthday", "01-02-1990"),
}  # fmt: skip

LINE_ROWS = {
    "id from product_id": ({"product_id": "P", "sku": "S"}, "id", "P"),
    "id from sku": ({"sku": "S"}, "id", "S"),
    "id from the item": ({"id": "line-9"}, "id", "line-9"),
    "quantity": ({"quantity": Decimal("0.500")}, "quantity", "0.5"),
    "price from unit_price": ({"unit_price": Decimal("9.95")}, "price", "9.95"),
    "quantity of a price finer than four decimals": (
        {"quantity": Decimal(2), "unit_price": Decimal("0.00005")},
        "quantity",
        "1",
    ),
    "price of all where one piece's is finer": (
        {"quantity": Decimal(2), "unit_price": Decimal("0.00005")},
        "price",
        "0.0001",
    ),
    "price of a line of another sum": (
        {"quantity": Decimal(3), "unit_price": Decimal("3.33"), "subtotal": Decimal(10)},
        "price",
        "10",
    ),
    "a service is not in the price": ({"services": [Service(service_id="w", price=Decimal(3))]}, "price", "10"),
    "a free line": ({"unit_price": Decimal("0.00")}, "price", "0"),
    "variation_code": ({"variation_code": "42-B"}, "variation_code", "42-B"),
    "no variation_code": ({}, "variation_code", ""),
}


@pytest.mark.parametrize(("changes", "field", "text"), ROWS.values(), ids=ROWS)
def test_a_field_of_the_order_has_its_source(changes, field, text):
    assert [said for name, said in sent(order(**changes)) if name == f"0[{field}]"] == [text]


@pytest.mark.parametrize(("changes", "field", "text"), LINE_ROWS.values(), ids=LINE_ROWS)
def test_a_field_of_a_line_has_its_source(changes, field, text):
    assert [said for name, said in sent(order(items=[item(**changes)])) if name == f"1[0][{field}]"] == [text]


def test_lines_stand_in_their_order_and_one_that_is_gone_is_left_out():
    lines = [item(1, sku="A"), item(2, sku="B", quantity=Decimal(0)), item(3, sku="A", variation_code="M")]
    ids = [(name, text) for name, text in sent(order(items=lines)) if name.endswith("[id]")]
    assert ids == [("1[0][id]", "A"), ("1[1][id]", "A")]


def test_the_key_at_this_account_is_the_order_number_there():
    operation = account().operation(job(key="copenhagen-1001"))
    (request,), outcome = converse(operation.converse(), reply(200, OK))
    assert b"0%5Border_no%5D=copenhagen-1001&" in request.body
    assert outcome.link == Link(order_id="copenhagen-1001")


def test_what_is_missing_is_the_placeholder_of_the_account():
    names = dict(sent(order(billing_address=None), placeholder="n/a"))
    assert [names[f"0[{name}]"] for name in ("state", "city", "address", "adress")] == ["n/a"] * 4


def test_no_birthday_and_no_callback_are_sent_where_there_is_none():
    assert not {"0[birthday]", "0[callback_function]"} & dict(sent(order())).keys()


SKIPPED = {
    "email; none": (snapshot(order(customer=Customer(first_name="Ada"))), {}, Link(), Reason.NO_EMAIL),
    "require_consent without consent": (snapshot(), {"require_consent": True}, Link(), Reason.NO_CONSENT),
    "a later snapshot": (snapshot(kind=EventType.UPDATED), {}, Link(order_id="1001"), Reason.CANNOT_UPDATE),
    **{
        f"the action {kind}": (action(kind), {}, Link(order_id="1001"), Reason.UNSUPPORTED)
        for kind in EventType
        if kind not in {EventType.CREATED, EventType.UPDATED}
    },
}


@pytest.mark.parametrize(("event", "options", "link", "reason"), SKIPPED.values(), ids=SKIPPED)
def test_what_the_vendor_cannot_take_is_skipped_with_its_reason(event, options, link, reason):
    requests, outcome = converse(account(**options).operation(job(event, link=link)).converse())
    assert (requests, outcome.kind, outcome.reason) == ([], OutcomeKind.UNSUPPORTED, reason)
    assert outcome.message.endswith(".")
