from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.config import Secret
from schemas.order import (
    Address,
    Customer,
    Payment,
    PickupPoint,
    ReturnAddress,
    Shipment,
    Shipping,
)
from schemas.providers.orderdesk import OrderDeskOptions, OrderDeskOptionsSchema, read_object
from tests.fakes.snapshots import job, order, snapshot
from worker.providers.orderdesk.mapping import shipment_of, wanted_of
from worker.providers.orderdesk.mapping_overlay import overlay, read_marks, send_back, write_marks

OPTIONS = OrderDeskOptions(store_id="S", api_key=Secret("K"), source_name="Shopify", folders={"cancelled": 21657})
UTC_PLUS = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def fields(*, key="1001", **changes):
    return wanted_of(job(snapshot(order(**changes)), key=key), OPTIONS).fields


def blocks(**changes):
    return overlay({}, fields(**changes), {})


# every row of the mapping


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({}, "source_id", "1001"),
        ({}, "source_name", "Shopify"),
        ({}, "email", "ada@example.com"),
        ({}, "date_added", "2026-11-21 09:30:00"),
        ({"shipping": Shipping(method="express", title="By night")}, "shipping_method", "By night"),
        ({"shipping": Shipping(method="express")}, "shipping_method", "express"),
        ({"customer": Customer(id="c7", last_name="L")}, "customer_id", "c7"),
        ({"customer": Customer(ip_address="254.565.44.15", last_name="L")}, "ip_address", "254.565.44.15"),
        ({"status": "cancelled"}, "folder_id", 21657),
        ({"payment": Payment(card_last4="4242")}, "cc_number", "4242"),
        ({"payment": Payment(card_expiry="02/2026")}, "cc_exp", "02/2026"),
        ({"payment": Payment(title="Visa", method="card")}, "payment_type", "Visa"),
        ({"payment": Payment(method="card")}, "payment_type", "card"),
        ({"payment": Payment(gateway="Stripe", transaction_id="t1")}, "processor_response", "Stripe: t1"),
        ({"payment": Payment(transaction_id="t1")}, "processor_response", "t1"),
        ({"payment": Payment(balance=Decimal("7.50"))}, "processor_balance", Decimal("7.5")),
        ({"attributes": {"Gift": "yes"}}, "checkout_data/Gift", "yes"),
        ({"comment": "Ring"}, "checkout_data/Comment", "Ring"),
        ({"comment": "Ring", "attributes": {"Comment": "a"}}, "checkout_data/Comment", "a\nRing"),
        ({"metadata": {"score": 0}}, "order_metadata/score", 0),
        ({}, "order_metadata/ordercast_source", "shop/copenhagen"),
        ({}, "order_metadata/ordercast_number", "1001"),
        ({}, "order_metadata/ordercast_delivery", "dabcdefghijklmnopqrstuvwxy"),
        ({"metadata": {"ordercast_source": "x"}}, "order_metadata/ordercast_source", "shop/copenhagen"),
        (
            {"shipping": Shipping(pickup_point=PickupPoint(id="P1", name="Kiosk"))},
            "order_metadata/ordercast_pickup_point",
            "P1 Kiosk",
        ),
    ],
)
def test_a_field_of_theirs_has_its_source(changes, field, text):
    assert fields(**changes)[field] == text


@pytest.mark.parametrize(
    "field",
    [
        "source_name",
        "email",
        "shipping_method",
        "customer_id",
        "folder_id",
        "processor_balance",
        "cc_number",
        "refund_total",
        "tag_name",
        "return_address",
    ],
)
def test_a_field_without_a_source_is_not_sent(field):
    bare = OrderDeskOptions(store_id="S", api_key=Secret("K"))
    event = snapshot(order(customer=Customer(first_name="Ada", last_name="Lovelace"), status="paid"))
    assert field not in wanted_of(job(event), bare).fields


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("approved", "Approved"), ("authorized", "Authorized"), ("captured", "Captured"), ("pending", "Pending"),
        ("partially_refunded", "Partially Refunded"), ("refunded", "Fully Refunded"), ("rejected", "Rejected"), ("voided", "Voided"),
    ],
)  # fmt: skip
def test_a_payment_status_is_one_of_theirs(ours, theirs):
    assert fields(payment=Payment(status=ours), status="pending")["payment_status"] == theirs


@pytest.mark.parametrize(
    ("status", "theirs"),
    [
        ("pending", "Pending"), ("on_hold", "Pending"), ("authorized", "Authorized"), ("cancelled", "Voided"),
        ("refunded", "Fully Refunded"), ("paid", "Captured"), ("shipped", "Captured"), (None, "Captured"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("payment", [None, Payment(method="card")])
def test_a_payment_status_that_nobody_gave_comes_from_the_orders(status, theirs, payment):
    assert fields(payment=payment, status=status)["payment_status"] == theirs


# addresses


def test_a_customers_address_has_two_lines_and_a_shipping_address_four():
    place = Address(
        last_name="L",
        first_name="A",
        address1="1",
        address2="2",
        address4="4",
        city="C",
        state="S",
        postal_code="P",
        country="DK",
        phone="9",
    )
    sent = blocks(billing_address=place, shipping_address=place, customer=Customer())
    common = {
        "first_name": "A",
        "last_name": "L",
        "address1": "1",
        "city": "C",
        "state": "S",
        "postal_code": "P",
        "country": "DK",
        "phone": "9",
    }
    assert sent["customer"] == {**common, "address2": "2, 4"}
    assert sent["shipping"] == {**common, "address2": "2", "address4": "4"}


@pytest.mark.parametrize(
    ("customer", "billing", "names"),
    [
        (Customer(first_name="A", last_name="B"), Address(first_name="X", last_name="Y"), ("A", "B", "")),
        (Customer(first_name="A"), None, ("A", "A", "")),
        (Customer(last_name="B"), None, ("B", "B", "")),
        (Customer(company="Acme"), Address(first_name="X"), ("", "", "Acme")),
        (Customer(first_name="A", company="Acme"), None, ("A", "", "Acme")),
        (Customer(email="a@b.c"), Address(first_name="X", last_name="Y"), ("X", "Y", "")),
        (Customer(first_name="A", last_name="B"), Address(company="Acme"), ("A", "B", "Acme")),
    ],
)
def test_a_customer_has_the_own_names_else_the_bills(customer, billing, names):
    sent = blocks(customer=customer, billing_address=billing)["customer"]
    assert tuple(sent.get(name, "") for name in ("first_name", "last_name", "company")) == names


def test_a_shipping_address_without_a_name_is_the_customers():
    sent = blocks(customer=Customer(first_name="A", last_name="B"), shipping_address=Address(city="Oslo"))["shipping"]
    assert (sent["first_name"], sent["last_name"], sent["city"]) == ("A", "B", "Oslo")


def test_an_order_that_only_ships_is_billed_where_it_goes():
    sent = blocks(billing_address=None, shipping_address=Address(last_name="L", city="Oslo"))
    assert sent["customer"]["city"] == sent["shipping"]["city"] == "Oslo"


def test_a_return_address_is_theirs_field_by_field():
    sent = blocks(return_address=ReturnAddress(title="Acme", name="Doug", address1="1", phone="2"))["return_address"]
    assert sent == {"title": "Acme", "name": "Doug", "address1": "1", "phone": "2"}


# shipments


def test_a_shipment_has_every_field_of_theirs():
    shipment = Shipment(
        tracking_number="1Z",
        carrier="UPS",
        method="Ground",
        weight=Decimal("3.55"),
        cost=Decimal("4.2"),
        tracking_url="u",
        shipped_at=UTC_PLUS,
    )
    assert shipment_of(shipment) == {
        "tracking_number": "1Z", "carrier_code": "UPS", "shipment_method": "Ground", "weight": Decimal("3.55"),
        "cost": Decimal("4.2"), "tracking_url": "u", "date_shipped": "2026-11-21",
    }  # fmt: skip


# laying over


def test_only_what_changed_since_the_last_save_is_laid_over():
    before = {"email": "", "gone": "x", "checkout_data/a": "x"}
    theirs = {"email": "theirs", "gone": 1, "checkout_data": {"a": 1, "b": 2}, "tag_name": "t"}
    merged = overlay(theirs, {"email": "ours", "checkout_data/c/d": 3}, before)
    assert merged == {"email": "ours", "checkout_data": {"b": 2, "c/d": 3}, "tag_name": "t"}
    assert theirs["checkout_data"] == {"a": 1, "b": 2}


def test_an_empty_map_comes_as_a_list_and_goes_as_a_map():
    assert send_back({"variation_list": [], "metadata": {"a": 1}, "cc_number_masked": ""}) == {
        "variation_list": {},
        "metadata": {"a": 1},
    }


@given(st.dictionaries(st.text(), st.text(alphabet="ab-_", min_size=1)))
def test_marks_are_read_as_they_were_written(marks):
    assert read_marks({"ordercast_sent": write_marks(marks)}) == marks


# options and answers


def test_the_settings_of_an_account_load_to_its_options():
    loaded = OrderDeskOptionsSchema().load(
        {"store_id": "1001", "api_key": Secret("K"), "folders": {"cancelled": 21657}}
    )
    assert loaded == OrderDeskOptions(store_id="1001", api_key=Secret("K"), folders={"cancelled": 21657})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"api_key": " "}, "api_key"),
        ({"store_id": None}, "store_id"),
        ({"folders": {"lost": 1}}, "folders"),
        ({"folders": {"paid": "x"}}, "folders"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(changes, field):
    with pytest.raises(ValidationError) as refusal:
        OrderDeskOptionsSchema().load({"store_id": "1", "api_key": "K", **changes})
    assert list(refusal.value.messages) == [field]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"a": 1e99999999999999999999}'])
def test_what_is_no_object_is_nothing(body):
    assert read_object(body) is None
