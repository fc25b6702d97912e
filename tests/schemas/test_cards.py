"""Card numbers: found where they must not be, left alone where long numbers are at home."""

from __future__ import annotations

import pytest

from schemas.cards import has_card_number
from schemas.fault import InvalidEvent
from schemas.loading import load_event
from tests.fakes.bodies import NOW, event_body, order_body

VISA = "4111111111111111"  # the networks' public test numbers


@pytest.mark.parametrize(
    "text",
    [
        VISA,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u00a01111\u00a01111\u00a01111",
        "my card is 4111 1111 1111 1111, thanks",
        "12/28 4111111111111111",
        "card 77 4111 1111 1111 1111 123",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "3530111333300000",
        "6205500000000000004",
    ],
)
def test_a_card_number_is_found(text):
    assert has_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # wrong check digit
        "41111111111111",  # 14 digits
        "411111111111111111",  # 18 digits
        "14111111111111111",  # 17 digits, a card number inside
        "1111111111111117",  # no issuer
        "411111111111116",  # 15 digits, but no American Express
        "4111  1111  1111  1111",
        "2026-11-21 09:30:00 +45 12 34 56 78",
    ],
)
def test_another_number_is_not_taken_for_one(text):
    assert not has_card_number(text)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"payment": {"title": VISA}}, "payment.title"),
        ({"payment": {"gateway": f"pay {VISA}"}}, "payment.gateway"),
        ({"payments": [{"kind": VISA, "amount": "1"}]}, "payments.0.kind"),
        ({"comment": VISA}, "comment"),
        ({"notes": [{"text": "ok"}, {"text": VISA}]}, "notes.1.text"),
        ({"notes": [{"text": "ok", "author": VISA}]}, "notes.0.author"),
        ({"attributes": {"Card": VISA}}, "attributes.Card"),
        ({"attributes": {VISA: "x"}}, "attributes"),
        ({"metadata": {"pan": int(VISA)}}, "metadata.pan"),
        ({"metadata": {"pan": float(VISA)}}, "metadata.pan"),
        ({"items.1.metadata": {"pan": VISA}}, "items.1.metadata.pan"),
    ],
)
def test_a_card_number_where_people_look_is_refused_and_not_repeated(changes, path):
    with pytest.raises(InvalidEvent) as refusal:
        load_event(order_body(changes), now=NOW)
    [fault] = refusal.value.errors
    assert fault.path == f"data.order.{path}"
    assert VISA not in str(refusal.value)


def test_a_card_number_in_a_note_event_is_refused():
    with pytest.raises(InvalidEvent, match=r"data\.note\.text"):
        load_event(event_body("order.noted", {"data.note.text": VISA}), now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"items.1.sku": VISA},
        {"items.1.gtin": VISA},
        {"items.1.id": VISA},
        {"customer.id": VISA},
        {"payment": {"transaction_id": VISA}},
        {"payments": [{"kind": "card", "amount": "1", "transaction_id": VISA}]},
        {"shipments": [{"tracking_number": VISA}]},
        {"metadata": {"erp_order_id": VISA, "trackingNumber": VISA, "SKU": VISA, "orderID": VISA}},
    ],
)
def test_ids_sku_tracking_and_transaction_fields_are_exempt(changes):
    assert load_event(order_body(changes), now=NOW).order.number == "1001"
