"""Card numbers: masked where they must not be, left alone where long numbers are at home."""

from __future__ import annotations

import pytest

from schemas.cards import without_card_numbers
from schemas.event import encode_event
from schemas.fault import InvalidEvent
from schemas.loading import load_event
from tests.fakes.bodies import NOW, event_body, order_body

VISA = "4111111111111111"  # the networks' public test numbers
MASKED = "has what looks like a card number: all but its last four digits are masked"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (VISA, "************1111"),
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
        ("4111\u00a01111\u00a01111\u00a01111", "****\u00a0****\u00a0****\u00a01111"),
        ("my card is 4111 1111 1111 1111, thanks", "my card is **** **** **** 1111, thanks"),
        ("12/28 4111111111111111", "12/28 ************1111"),
        ("card 77 4111 1111 1111 1111 123", "card 77 **** **** **** 1111 123"),
        (f"{VISA} 5555555555554444", "************1111 ************4444"),
        (f"{VISA}, 5555555555554444", "************1111, ************4444"),
        ("2223003122003222", "************3222"),
        ("378282246310005", "***********0005"),
        ("3782 822463 10005", "**** ****** *0005"),
        ("6011111111111117", "************1117"),
        ("3530111333300000", "************0000"),
        ("6205500000000000004", "***************0004"),
    ],
)
def test_of_a_card_number_the_last_four_digits_are_left(text, shown):
    assert without_card_numbers(text) == shown


def test_a_text_full_of_card_numbers_is_masked_throughout():
    assert without_card_numbers(f"{VISA} " * 10_000) == "************1111 " * 10_000


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
def test_another_number_is_left_as_it_is(text):
    assert without_card_numbers(text) == text


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
def test_a_card_number_where_people_look_is_masked_with_a_remark_at_its_place(changes, path):
    event = load_event(order_body(changes), now=NOW)
    assert [(remark.path, remark.message) for remark in event.remarks] == [(f"data.order.{path}", MASKED)]
    kept = encode_event(event).decode()
    assert VISA not in kept
    assert "************1111" in kept


@pytest.mark.parametrize("changes", [{"comment": VISA}, {"attributes": {VISA: "x"}}, {"metadata": {"pan": int(VISA)}}])
def test_who_asked_for_strictness_has_a_card_number_refused_and_not_repeated(changes):
    with pytest.raises(InvalidEvent, match="looks like a card number") as refusal:
        load_event(order_body(changes), strict=True, now=NOW)
    assert VISA not in str(refusal.value)


def test_a_card_number_in_a_note_event_is_masked():
    event = load_event(event_body("order.noted", {"data.note.text": f"Paid by {VISA}."}), now=NOW)
    assert event.data.note.text == "Paid by ************1111."


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
    assert load_event(order_body(changes), now=NOW).remarks == ()
