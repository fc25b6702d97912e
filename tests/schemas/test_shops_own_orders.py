"""Orders as shops' own software writes them, made by hand into events in the most obvious way.

Seen in the REST answers of WooCommerce (v3), Shopify (webhook of a draft order), django-oscar 4.2, PrestaShop (1.7
webservice), November 2026. Invented buyers; each order has what once got one of its kind refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.event import Event
from schemas.fault import InvalidEvent
from schemas.loading import load_event
from tests.fakes.bodies import NOW


def event_of(order: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"order-{order['number']}",
        "source": "shop/own",
        "type": "order.created",
        "subject": order["number"],
        "time": "2026-11-21T09:31:00Z",
        "data": {"order": order},
        **attributes,
    }


def paths(event: Event) -> list[str]:
    return [remark.path for remark in event.remarks]


def faults_of(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidEvent) as refusal:
        load_event(body, now=NOW)
    return {fault.path: fault.message for fault in refusal.value.errors}


WOOCOMMERCE: dict[str, Any] = {
    "number": 727,
    "status": "processing",
    "currency": "EUR",
    "placed_at": "2026-11-21T09:30:00",  # date_created_gmt: without a zone
    "customer": {"id": 0, "email": "", "first_name": "Mika", "last_name": "Sand", "phone": ""},
    "billing_address": {
        "first_name": "Mika",
        "last_name": "Sand",
        "company": "",
        "address1": "Testvej 1",
        "address2": "",
        "city": "Pristina",
        "state": "",
        "postal_code": "10000",
        "country": "XK",
        "phone": "",
    },
    # a virtual order: the whole object, all of it blank
    "shipping_address": {"first_name": "", "last_name": "", "address1": "", "city": "", "country": "", "phone": ""},
    "items": [
        {
            "id": 315,
            "name": "Course &ndash; three evenings",
            "product_id": 93,
            "variant_id": 0,
            "sku": "",
            "quantity": 3,
            "unit_price": 20 / 3,  # total / quantity, raw
            "subtotal": "20.00",
            "tax_class": "",
            "metadata": {},
        }
    ],
    "shipping": {"method": "", "title": "", "price": ""},
    "payment": {"method": "bacs", "title": "Direct bank transfer", "transaction_id": ""},
    "comment": "",
    "totals": {"grand": "20.00", "tax": "0.00"},
}


def test_a_woocommerce_order_with_its_blanks_and_its_raw_quotient_is_taken_as_it_is() -> None:
    zones = {"shop/own": ZoneInfo("UTC")}
    event = load_event(event_of(WOOCOMMERCE), zones=zones, strict=True, now=NOW)
    order, [item] = event.order, event.order.items
    assert (order.number, item.id, item.product_id) == ("727", "315", "93")
    assert (item.unit_price, item.total) == (Decimal("6.6666666667"), 20)
    assert (order.shipping_address, order.shipping, order.customer.email, order.comment) == (None, None, None, None)
    assert order.billing_address is not None
    assert order.billing_address.country == "XK"
    assert order.placed_at.isoformat() == "2026-11-21T09:30:00+00:00"


def test_without_the_sources_time_zone_it_is_told_the_setting() -> None:
    [(path, message)] = faults_of(event_of(WOOCOMMERCE)).items()
    assert path == "data.order.placed_at"
    assert 'name the source\'s time zone: [sources."…"] timezone' in message


def test_a_currency_that_is_none_by_any_standard_is_refused() -> None:
    dated = WOOCOMMERCE | {"placed_at": "2026-11-21T09:30:00Z", "currency": "JEP"}
    assert list(faults_of(event_of(dated))) == ["data.order.currency"]


SHOPIFY_DRAFT: dict[str, Any] = {
    "number": 1042,
    "currency": "HKD",
    "placed_at": "2026-11-21T17:30:00+08:00",
    "updated_at": "2026-11-21T17:30:01+08:00",
    "language": "en_HK",
    "customer": None,
    "billing_address": None,
    "shipping_address": None,
    "items": [
        {"id": 14, "sku": None, "name": "Print", "quantity": 1, "unit_price": "291.00", "discount_total": "34.10"},
        {"id": 15, "sku": None, "name": "Frame", "quantity": 2, "unit_price": "50.00", "discount_total": "0.00"},
    ],
    "discounts": [
        {"code": "TENOFF", "amount": "29.10", "allocated": True},
        {"title": "By hand", "amount": "5.00", "allocated": True},
    ],
    "payment": {"gateway": "", "card_expiry": None},
    "totals": {"grand": "356.90", "tax": "0.00", "discount": "34.10"},
}


def test_a_shopify_draft_order_without_a_buyer_is_taken() -> None:
    event = load_event(event_of(SHOPIFY_DRAFT), now=NOW)
    assert event.order.customer.email is None
    assert event.order.totals.items == 391
    assert event.order.language == "en-HK"
    assert paths(event) == ["data.order.language"]


# 100 pieces at 3.33 and 25 %: the shop keeps the piece with tax as 4.16 and the line as 416.25
OSCAR_LINE: dict[str, Any] = {"id": "1", "name": "Bolt", "quantity": "100", "unit_price": "4.16", "tax_rate": "0.25"}
OSCAR: dict[str, Any] = {
    "number": "100042",
    "currency": "GBP",
    "placed_at": "2026-11-21T09:30:00Z",
    "customer": {"email": "buyer@example.com"},
    "items": [OSCAR_LINE | {"subtotal": "416.25"}],
    "shipping": {"title": "Standard", "price": "61.25"},
    "totals": {"grand": "477.50", "tax": "95.50", "tax_included": True},
}


def test_a_django_oscar_order_of_a_hundred_pieces_is_taken_by_its_lines_own_subtotal() -> None:
    event = load_event(event_of(OSCAR), strict=True, now=NOW)
    assert event.order.totals.items == Decimal("416.25")


def test_without_the_subtotal_it_is_told_to_give_it() -> None:
    [(path, message)] = faults_of(event_of(OSCAR | {"items": [OSCAR_LINE]})).items()
    assert path == "data.order.totals.grand"
    assert message.startswith("is 477.5, but its parts come to 477.25 (allowed difference 0.05)")
    assert "give items[].subtotal where a unit price is a rounded one" in message


PRESTASHOP: dict[str, Any] = {
    "number": "5",
    "currency": "EUR",
    "placed_at": "2026-11-21T09:30:00+01:00",
    "updated_at": "0000-00-00 00:00:00",
    "customer": {"id": 1, "first_name": "Mika", "last_name": "Sand", "birthday": "0000-00-00"},
    "items": [
        {"id": 1, "name": "Cushion", "quantity": "1", "unit_price": "20.901639", "tax_rate": "0.220000"},
        {"id": 2, "name": "Table", "quantity": "9", "unit_price": "22.689816", "tax_rate": "0.220000"},
    ],
    "totals": {"grand": "274.637199", "tax": "49.525216"},
}


def test_a_prestashop_order_of_six_decimals_and_dates_of_zeros_is_taken() -> None:
    event = load_event(event_of(PRESTASHOP), now=NOW)
    assert event.order.totals.grand == Decimal("274.6372")
    assert event.order.items[0].unit_price == Decimal("20.901639")
    assert (event.order.updated_at, event.order.customer.birthday) == (None, None)
    assert paths(event) == ["data.order.updated_at", "data.order.customer.birthday"]


def test_a_percentage_of_prestashops_is_told_as_the_fraction_to_write() -> None:
    lines = [line | {"tax_rate": "22.000"} for line in PRESTASHOP["items"]]
    assert "write 0.22" in faults_of(event_of(PRESTASHOP | {"items": lines}))["data.order.items.0.tax_rate"]


@pytest.mark.parametrize(
    ("currency", "written", "kept"),
    [("JPY", "23600.00", "23600"), ("JPY", "23600", "23600"), ("KWD", "23.605", "23.605")],
)
def test_money_is_taken_with_as_many_decimals_as_the_shop_is_set_to(currency: str, written: str, kept: str) -> None:
    line = {"id": "1", "name": "Kettle", "quantity": "1", "unit_price": written}
    order = OSCAR | {
        "currency": currency,
        "items": [line],
        "shipping": None,
        "totals": {"grand": written, "tax": "0.00"},
    }
    assert load_event(event_of(order), strict=True, now=NOW).order.totals.grand == Decimal(kept)


@pytest.mark.parametrize("currency", ["HRK", "SLL"])
def test_an_old_order_may_be_in_money_that_is_withdrawn(currency: str) -> None:
    assert load_event(event_of(OSCAR | {"currency": currency}), now=NOW).order.currency == currency


def test_the_arab_accounting_dinar_is_money_of_two_decimals_as_iso_4217_has_it() -> None:
    """No coin of it exists, and it has a minor unit all the same, which gold has not."""
    line = {"id": "1", "name": "Kettle", "quantity": "3", "unit_price": "4.11"}
    order = OSCAR | {"currency": "XAD", "items": [line], "shipping": None, "totals": {"grand": "12.33", "tax": "0.00"}}
    event = load_event(event_of(order), strict=True, now=NOW)
    assert (event.order.currency, event.order.totals.grand) == ("XAD", Decimal("12.33"))
    assert "data.order.currency" in faults_of(event_of(order | {"currency": "XAU"}))
    # 0.05 is allowed to an order of so few roundings, and this is 0.06 off
    assert "data.order.totals.grand" in faults_of(event_of(order | {"totals": {"grand": "12.39", "tax": "0.00"}}))
