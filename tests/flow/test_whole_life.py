"""An order's whole life at every vendor: in the end each holds what the events say, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.house import House
from tests.fakes.life import LIFE, NUMBER

CANCELED = 21657  # the played store's folder

SKIPPED = {
    "retargeting": {"e-2", "e-3", "e-4", "e-5", "e-6", "e-7"},
    "shopscript": {"e-5", "e-6"},
    "orderdesk": set[str](),
    "openbizbox": set[str](),
    "webhook": set[str](),
}
STREET = {"address1": "Havnegade 1", "state": "Fyn", "postal_code": "5000", "country": "DK"}
PERSON = {"first_name": "Ida", "last_name": "Holm"}
FIRST, THIRD, FOURTH = ("1", "3", "9"), ("3", "1", "7.25"), ("4", "1", "3")
"""The lines in the end: item, quantity, price. The second one was taken out by the second event."""

HELD: dict[str, dict[str, Any]] = {
    "retargeting": {
        "order": {
            "order_no": NUMBER, "lastname": "Holm", "firstname": "Ida", "email": "ida@example.com",
            "phone": "+45 12 34 56 78", "state": "Fyn", "city": "Odense", "address": "Havnegade 1",
            "adress": "Havnegade 1", "discount": "2", "discount_code": {"0": "WELCOME"}, "shipping": "4.9", "fees": "0",
            "rebates": "0", "total": "28.4",
        },
        "products": [
            {"id": "11", "quantity": "2", "price": "10", "variation_code": ""},
            {"id": "12", "quantity": "1", "price": "5.5", "variation_code": ""},
        ],
    },
    "shopscript": {
        "state_id": "deleted",
        "currency": "EUR",
        "total": "40.1500",
        "discount": "2.0000",
        "shipping": "4.9000",
        "comment": "Ring twice\n\nKim: Call first.",
        "customer": {"email": "ida@example.com", "phone": "+45 12 34 56 78", "firstname": "Ida", "lastname": "Holm"},
        "items": {
            line_id: {"product_id": f"1{item}", "sku_id": f"11{item}", "price": price, "quantity": f"{quantity}.000"}
            for line_id, item, quantity, price in (
                ("1", "1", "3", "9.0000"), ("3", "3", "1", "7.2500"), ("4", "4", "1", "3.0000"),
            )
        },
        "params": {
            "ordercast_source": "shop/test", "ordercast_number": NUMBER, "ordercast_grand": "40.1500",
            "ordercast_codes": "WELCOME", "ordercast_status": "processing", "ordercast_shipping": "Parcel",
            "ordercast_payment": "Card", "ordercast_recipient": "Ida Holm",
            "shipping_address.street": "Havnegade 1", "shipping_address.city": "Kolding",
            "shipping_address.region": "Fyn", "shipping_address.zip": "5000", "shipping_address.country": "dnk",
            "billing_address.street": "Havnegade 1", "billing_address.city": "Odense", "billing_address.region": "Fyn",
            "billing_address.zip": "5000", "billing_address.country": "dnk",
        },
        "moved": [["process", "28.4000", "processing"], ["delete", "40.1500", "deleted"]],
    },
    "orderdesk": {
        "source_id": NUMBER,
        "email": "ida@example.com",
        "customer_id": "c-1",
        "date_added": "2026-11-21 09:00:00",
        "shipping_method": "Parcel",
        "payment_type": "Card",
        "payment_status": "Partially Refunded",
        "refund_total": 9,
        "shipping_total": 4.9,
        "handling_total": 0,
        "tax_total": 0,
        "product_total": 37.25,
        "discount_total": 2,
        "order_total": 40.15,
        "quantity_total": 5,
        "folder_id": CANCELED,
        "customer": {**PERSON, **STREET, "city": "Odense", "phone": "+45 12 34 56 78"},
        "shipping": {**PERSON, **STREET, "city": "Kolding"},
        "checkout_data": {"Comment": "Ring twice"},
        "discount_list": [{"name": "Welcome", "code": "WELCOME", "amount": 2}],
        "order_metadata": {
            "ordercast_source": "shop/test", "ordercast_number": NUMBER, "ordercast_revision": "3",
            "ordercast_currency": "EUR", "ordercast_refunds": "e-6=9",
        },
        "order_items": [
            {"name": f"Product {item}", "code": f"SKU-{item}", "quantity": int(quantity), "price": float(price)}
            for item, quantity, price in (FIRST, THIRD, FOURTH)
        ],
        "order_shipments": [],
    },
    "openbizbox": {
        "total": "40.15",
        "total_with_tax": "40.15",
        "subtotal": "37.25",
        "customer": {"email": "ida@example.com", "name": "Ida Holm"},
        "currency": {"code": "EUR", "rate": 1},
        "created_at": "2026-11-21T09:00:00+0000",
        "billing_address": {
            "name": "Ida Holm", "street": "Havnegade 1", "zip": "5000", "city": "Odense", "phone": "+45 12 34 56 78",
            "country": {"id": "DNK"},
        },
        "shipping_address": {
            "name": "Ida Holm", "street": "Havnegade 1", "zip": "5000", "city": "Kolding", "country": {"id": "DNK"},
        },
        "status": {"is_cancelled": True},
        "lines": {
            "products": [
                {"variant_id": 111, "quantity": 3, "price": "9.0000"},
                {"variant_id": 113, "quantity": 1, "price": "7.2500"},
                {"variant_id": 114, "quantity": 1, "price": "3.0000"},
            ],
            "discounts": [{"title": "Welcome (WELCOME)", "price": "-2.0000"}],
            "shipping": {"title": "Parcel", "price": "4.9000"},
            "payment": {"title": "Card", "price": "0.0000"},
        },
        "invoices": [{"id": 444, "created_at": "2026-11-21 12:15", "notify": False}],
        "refunds": [
            {"whole": False, "amount": 9, "restock": True, "lines": {"74": 9}},
            {"whole": True, "amount": "31.15", "restock": True},
        ],
        "mails": 0,
    },
    "webhook": {"source": "shop/test"},
}  # fmt: skip

NOTES = ("Kim, 2026-11-21 09:30:00 UTC: Call first.", "Invoiced 444 on 2026-11-21", "Refunded 9 EUR.")


def differences(wanted: Any, held: Any, path: str = "") -> list[str]:
    """Where what is held is not what is wanted. A map may hold more, a list may not."""
    if isinstance(wanted, dict) and isinstance(held, dict):
        return [one for name, value in wanted.items() for one in differences(value, held.get(name), f"{path}.{name}")]
    if isinstance(wanted, list) and isinstance(held, list) and len(wanted) == len(held):
        pairs = enumerate(zip(wanted, held, strict=True))
        return [one for place, pair in pairs for one in differences(*pair, path=f"{path}.{place}")]
    return [] if wanted == held else [f"{path}: {held!r}, not {wanted!r}"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The whole life told, one event after another, so that no snapshot is superseded."""
    folders = f"[providers.orderdesk.folders]\ncancelled = {CANCELED}\n"
    with House(tmp_path_factory.mktemp("life"), *HELD, tables={"orderdesk": folders}) as started:
        for told, event in enumerate(LIFE, 1):
            started.send(event)
            started.settled(told)
        yield started


@pytest.mark.parametrize("kind", HELD)
def test_in_the_end_the_vendor_holds_what_the_events_say(house: House, kind: str) -> None:
    [held] = house.orders(kind)
    assert differences(HELD[kind], held) == []


@pytest.mark.parametrize("kind", HELD)
def test_every_event_is_delivered_or_skipped_with_a_reason(house: House, kind: str) -> None:
    states = {one.event_id: one.state.value for one in house.deliveries(provider=kind)}
    wanted = {event["id"]: "skipped" if event["id"] in SKIPPED[kind] else "delivered" for event in LIFE}
    assert states == wanted


def test_lines_that_were_taken_out_are_gone_everywhere(house: House) -> None:
    assert "112" not in str(house.orders("openbizbox")[0]["lines"])
    assert "112" not in str(house.orders("shopscript")[0]["items"])
    assert "SKU-2" not in str(house.orders("orderdesk")[0]["order_items"])


def test_the_history_at_order_desk_tells_what_was_done_once_each(house: House) -> None:
    told = [entry["note"] for entry in house.orders("orderdesk")[0]["order_history"]]
    assert [sum(note in entry for entry in told) for note in NOTES] == [1, 1, 1]


def test_the_comment_at_openbizbox_keeps_the_buyers_words_and_the_note(house: House) -> None:
    lines = house.orders("openbizbox")[0]["comment"].splitlines()
    assert lines[:3] == ["Ring twice", "[ordercast shop/test#1001]", "Kim: Call first."]


def test_the_webhook_has_had_all_events_in_their_order(house: House) -> None:
    [held] = house.orders("webhook")
    assert [save[0] for save in held["saves"]] == [event["type"] for event in LIFE]


@pytest.mark.parametrize("kind", [kind for kind in HELD if kind != "webhook"])
def test_the_link_names_the_order_at_the_vendor(house: House, kind: str) -> None:
    [held] = house.orders(kind)
    linked = {one.link.order_id for one in house.deliveries(provider=kind) if one.link}
    assert linked == {str(held["id"])}
