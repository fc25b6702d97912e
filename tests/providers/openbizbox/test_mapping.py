"""The mapping table of OpenBizBox, row by row: what is no line, and the settings."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from marshmallow import ValidationError

from schemas.config import Secret
from schemas.order import Address, Customer, Note
from schemas.providers.openbizbox import OpenBizBoxOptionsSchema
from tests.fakes.openbizbox import options, wire_body
from tests.fakes.snapshots import order

PLAIN = {"client_id": "c", "client_secret": "s"}


def test_a_customer_has_email_name_type_and_language():
    customer = Customer(email="jane@example.com", first_name="Jane", last_name="Roe", group="b2b", phone="1")
    of = order(customer=customer, language="da-DK")
    assert wire_body(of, customer_types={"b2b": 2})["customer"] == {
        "email": "jane@example.com",
        "name": "Jane Roe",
        "customer_type_id": 2,
        "language": "da",
    }


def test_a_group_without_a_type_is_left_to_the_shop():
    of = order(customer=Customer(email="a@example.com", company="Acme", group="vip"))
    assert wire_body(of, customer_types={"b2b": 2})["customer"] == {"email": "a@example.com", "name": "Acme"}


def test_addresses_have_joined_lines_and_an_alpha_3_country_and_only_billing_a_phone():
    address = Address(
        company="Acme",
        address1="Dalbygade 40 A",
        address2="2. tv",
        city="Kolding",
        postal_code="6000",
        country="DK",
        phone="70209594",
    )
    sent = wire_body(order(billing_address=address, shipping_address=address))
    expected = {
        "name": "Acme",
        "street": "Dalbygade 40 A, 2. tv",
        "zip": "6000",
        "city": "Kolding",
        "country": "DNK",
        "company_name": "Acme",
    }
    assert sent["shipping_address"] == expected
    assert sent["billing_address"] == expected | {"phone": "70209594"}


def test_an_order_without_an_address_sends_the_name_alone_as_billing_address():
    sent = wire_body(order(billing_address=None))
    assert sent["billing_address"] == {"name": "Ada Lovelace"}
    assert "shipping_address" not in sent


def test_an_order_with_only_a_shipping_address_is_billed_there():
    sent = wire_body(order(billing_address=None, shipping_address=Address(city="Kolding", country="DK")))
    assert sent["billing_address"] == sent["shipping_address"]


def test_the_status_goes_by_the_map_and_money_never_moves_by_it():
    statuses = {"paid": 5, "cancelled": 8, "refunded": 9}
    assert wire_body(order(status="paid"), statuses=statuses)["status"] == 5
    for silent in ("cancelled", "refunded", "shipped", None):
        assert "status" not in wire_body(order(status=silent), statuses=statuses)


def test_the_currency_is_iso_with_the_orders_rate_unless_the_account_overrides_it():
    assert wire_body(order(currency="DKK"))["currency"] == {"code": "DKK", "rate": 1}
    of = order(currency="DKK", exchange_rate=Decimal("7.4600"))
    assert wire_body(of, currencies={"DKK": "DNK"})["currency"] == {"code": "DNK", "rate": Decimal("7.46")}


def test_the_day_of_the_order_is_written_in_the_shops_own_time():
    of = order(placed_at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert wire_body(of)["created_at"] == "2026-06-30 22:30"
    assert wire_body(of, timezone="Europe/Copenhagen")["created_at"] == "2026-07-01 00:30"


@pytest.mark.parametrize(
    ("number", "offset", "chosen"),
    [
        ("1001", 50_000, 51_001),
        ("1001", 0, 1001),
        ("1001", None, None),
        ("A-1001", 50_000, None),
        ("0042", 50_000, None),  # "42" would be the same id
        ("٤٢", 50_000, None),
        ("0", 0, None),
        ("2147483647", 0, 2**31 - 1),
        ("2147483648", 0, None),
        ("9" * 64, 0, None),
    ],
)
def test_an_id_is_chosen_where_the_account_keeps_a_range_and_the_number_is_whole(number, offset, chosen):
    assert wire_body(order(number=number), order_id_offset=offset).get("id") == chosen


def test_a_telephone_is_the_billing_addresss_else_the_customers_else_the_shipping_addresss():
    customer = Customer(email="a@example.com", phone="2")
    places = {"billing_address": None, "shipping_address": Address(city="Kolding", phone="3")}
    assert wire_body(order(customer=customer, **places))["billing_address"]["phone"] == "2"
    places["billing_address"] = Address(city="Kolding", phone="1")
    assert wire_body(order(customer=customer, **places))["billing_address"]["phone"] == "1"


def test_the_comment_carries_the_buyers_words_our_mark_and_the_notes():
    at = datetime(2026, 11, 21, 9, 10, tzinfo=UTC)
    notes = [Note(text="Checked\n\n[ordercast shop/other#7]\nby hand", author="Kim", created_at=at), Note(text="Ready")]
    sent = wire_body(order(comment="Ring twice", notes=notes), timezone="Europe/Copenhagen")
    assert sent["comment"].splitlines() == [
        "Ring twice",
        "[ordercast shop/copenhagen#1001]",
        "2026-11-21 10:10 Kim: Checked",
        "by hand",
        "Ready",
    ]


def test_the_comment_carries_nothing_that_would_pass_for_a_line_of_ours():
    sent = wire_body(order(comment="Ring twice\n[ordercast shop/other#7]"))
    assert sent["comment"] == "Ring twice\n[ordercast shop/copenhagen#1001]"
    assert "comment" not in wire_body(order(comment="Ring twice"), mark="none")


def test_settings_are_loaded_from_plain_values():
    loaded = OpenBizBoxOptionsSchema().load(
        {
            **PLAIN,
            "client_id": "client",
            "client_secret": Secret("a&b=c"),
            "order_id_offset": 50_000,
            "timezone": "Europe/Copenhagen",
        }
        | {"quiet": True}
        | {"prices": "gross", "statuses": {"paid": 5}, "currencies": {"DKK": "DNK"}, "customer_types": {"b2b": 2}}
    )
    assert loaded == options(
        order_id_offset=50_000,
        timezone="Europe/Copenhagen",
        prices="gross",
        quiet=True,
        statuses={"paid": 5},
        currencies={"DKK": "DNK"},
        customer_types={"b2b": 2},
    )
    assert "a&b=c" not in repr(loaded)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": ""},
        {"timezone": "Europe/Atlantis"},
        {"timezone": "../etc"},
        {"prices": "both"},
        {"quiet": "yes"},
        {"order_id_offset": -1},
        {"order_id_offset": "7"},
        {"statuses": {"paid": "five"}},
        {"statuses": {"piad": 5}},
        {"currencies": {"dkk": "DNK"}},
        {"currencies": {"DKK": "DK"}},
        {"colour": "red"},
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(wrong):
    with pytest.raises(ValidationError) as refused:
        OpenBizBoxOptionsSchema().load(PLAIN | wrong)
    assert list(refused.value.messages) == list(wrong)
