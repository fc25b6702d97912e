"""canonical-event.md, "OpenBizBox": everything but lines goes where the mapping says, with its fallbacks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.order import Address, Customer
from schemas.outcome import OutcomeKind, Reason
from tests.contract.openbizbox.account import ABSENT, account, at, created
from tests.fakes.snapshots import item, order, snapshot, totals

ITEM = item(1, variant_id="1001")
MAIL = "jane@example.com"
JANE = Customer(email=MAIL, first_name="Jane", last_name="Roe")
NOBODY = Customer(email=MAIL)
STREET = Address(address1="A", address2="B", address3="C", address4="D")
SUMMER = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
STATUSES = {"pending": 4, "paid": 5, "cancelled": 8, "refunded": 9}

# canonical fields and their values, the account's settings, the vendor's field, its value
ROWS = {
    "email from the customer": ({"customer": JANE}, {}, "customer.email", MAIL),
    "name of first and last name": ({"customer": JANE}, {}, "customer.name", "Jane Roe"),
    "name of one name": ({"customer": Customer(email=MAIL, last_name="Roe")}, {}, "customer.name", "Roe"),
    "name of a company": ({"customer": Customer(email=MAIL, company="Acme")}, {}, "customer.name", "Acme"),
    "a person before a company": ({"customer": Customer(email=MAIL, first_name="Jane", company="Acme")}, {}, "customer.name", "Jane"),
    "name from billing": ({"customer": NOBODY, "billing_address": Address(first_name="Bea")}, {}, "customer.name", "Bea"),
    "name from shipping": ({"customer": NOBODY, "billing_address": Address(city="Odense"), "shipping_address": Address(last_name="Sid")}, {}, "customer.name", "Sid"),
    "customer_type_id by group": ({"customer": Customer(email=MAIL, first_name="J", group="b2b")}, {"customer_types": {"b2b": 2}}, "customer.customer_type_id", 2),
    "a group without a type": ({"customer": Customer(email=MAIL, first_name="J", group="vip")}, {"customer_types": {"b2b": 2}}, "customer.customer_type_id", ABSENT),
    "no group": ({}, {"customer_types": {"b2b": 2}}, "customer.customer_type_id", ABSENT),
    "language": ({"language": "da"}, {}, "customer.language", "da"),
    "language without its region": ({"language": "da-DK"}, {}, "customer.language", "da"),
    "no language": ({}, {}, "customer.language", ABSENT),
    "billing name its own": ({"billing_address": Address(first_name="Bea", last_name="Roe")}, {}, "billing_address.name", "Bea Roe"),
    "billing name of its company": ({"billing_address": Address(company="Acme")}, {}, "billing_address.name", "Acme"),
    "billing name of the customer": ({"customer": JANE, "billing_address": Address(city="Odense")}, {}, "billing_address.name", "Jane Roe"),
    "billing street of all lines": ({"billing_address": STREET}, {}, "billing_address.street", "A, B, C, D"),
    "billing street of some lines": ({"billing_address": Address(address1="A", address3="C")}, {}, "billing_address.street", "A, C"),
    "no billing street": ({"billing_address": Address(city="Odense")}, {}, "billing_address.street", ABSENT),
    "billing zip": ({"billing_address": Address(postal_code="DK-6000")}, {}, "billing_address.zip", "DK-6000"),
    "billing city": ({"billing_address": Address(city="Kolding")}, {}, "billing_address.city", "Kolding"),
    "billing country in three letters": ({"billing_address": Address(country="DK")}, {}, "billing_address.country", "DNK"),
    "no billing country": ({"billing_address": Address(city="Odense")}, {}, "billing_address.country", ABSENT),
    "billing company": ({"billing_address": Address(first_name="Bea", company="Acme")}, {}, "billing_address.company_name", "Acme"),
    "billing phone its own": ({"customer": Customer(email=MAIL, first_name="J", phone="1"), "billing_address": Address(phone="2")}, {}, "billing_address.phone", "2"),
    "billing phone of the customer": ({"customer": Customer(email=MAIL, first_name="J", phone="1"), "shipping_address": Address(phone="3")}, {}, "billing_address.phone", "1"),
    "billing phone of shipping": ({"shipping_address": Address(phone="3")}, {}, "billing_address.phone", "3"),
    "no billing phone": ({}, {}, "billing_address.phone", ABSENT),
    "no address: the name alone": ({"customer": JANE, "billing_address": None}, {}, "billing_address", {"name": "Jane Roe"}),
    "billing of the only address": ({"billing_address": None, "shipping_address": Address(city="Odense")}, {}, "billing_address.city", "Odense"),
    "shipping name its own": ({"shipping_address": Address(first_name="Sid")}, {}, "shipping_address.name", "Sid"),
    "shipping name of the customer": ({"customer": JANE, "shipping_address": Address(city="Odense")}, {}, "shipping_address.name", "Jane Roe"),
    "shipping street": ({"shipping_address": STREET}, {}, "shipping_address.street", "A, B, C, D"),
    "shipping zip": ({"shipping_address": Address(postal_code="6000")}, {}, "shipping_address.zip", "6000"),
    "shipping city": ({"shipping_address": Address(city="Kolding")}, {}, "shipping_address.city", "Kolding"),
    "shipping country": ({"shipping_address": Address(country="SE")}, {}, "shipping_address.country", "SWE"),
    "shipping company": ({"shipping_address": Address(company="Acme")}, {}, "shipping_address.company_name", "Acme"),
    "shipping has no phone": ({"shipping_address": Address(phone="3")}, {}, "shipping_address.phone", ABSENT),
    "no shipping address": ({}, {}, "shipping_address", ABSENT),
    "status by the map": ({"status": "paid"}, {"statuses": STATUSES}, "status", 5),
    "a status that the map lacks": ({"status": "shipped"}, {"statuses": STATUSES}, "status", ABSENT),
    "no map of statuses": ({"status": "paid"}, {}, "status", ABSENT),
    "a status never cancels": ({"status": "cancelled"}, {"statuses": STATUSES}, "status", ABSENT),
    "a status never refunds": ({"status": "refunded"}, {"statuses": STATUSES}, "status", ABSENT),
    "currency by ISO 4217": ({"currency": "DKK"}, {}, "currency.code", "DKK"),
    "currency by the override": ({"currency": "DKK"}, {"currencies": {"DKK": "DNK"}}, "currency.code", "DNK"),
    "rate of the order": ({"exchange_rate": Decimal("7.46")}, {}, "currency.rate", Decimal("7.46")),
    "rate of one": ({}, {}, "currency.rate", 1),
    "id from offset and number": ({"number": "1001"}, {"order_id_offset": 50_000}, "id", 51_001),
    "no id for a number with letters": ({"number": "A-1001"}, {"order_id_offset": 50_000}, "id", ABSENT),
    "no id for a number with zeros in front": ({"number": "0042"}, {"order_id_offset": 50_000}, "id", ABSENT),
    "no id past what the shop can count": ({"number": "2147483648"}, {"order_id_offset": 0}, "id", ABSENT),
    "no id without the setting": ({"number": "1001"}, {}, "id", ABSENT),
    "created_at in UTC": ({"placed_at": SUMMER}, {}, "created_at", "2026-06-30 22:30"),
    "created_at in the shop's time": ({"placed_at": SUMMER}, {"timezone": "Europe/Copenhagen"}, "created_at", "2026-07-01 00:30"),
    "comment with our mark": ({"comment": "Ring twice"}, {}, "comment", "Ring twice\n[ordercast shop/copenhagen#1001]"),
    "our mark alone": ({}, {}, "comment", "[ordercast shop/copenhagen#1001]"),
    "no comment without a mark": ({"comment": "Ring twice"}, {"mark": "none"}, "comment", ABSENT),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "settings", "path", "value"), ROWS.values(), ids=ROWS.keys())
def test_a_field_goes_where_the_mapping_says(fields, settings, path, value):
    assert at(created(order(items=[ITEM], **fields), **settings), path) == value


def test_an_order_without_an_email_is_rejected():
    outcome = account().deliver(snapshot(order(items=[ITEM], customer=Customer(first_name="Jane"))))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_EMAIL)


def test_everything_sent_is_in_a_place_that_the_mapping_names():
    body = created(order(items=[ITEM], totals=totals(), shipping_address=STREET, status="paid"), statuses=STATUSES)
    places = {"billing_address", "comment", "created_at", "currency", "customer", "lines", "shipping_address", "status"}
    assert body.keys() == places
