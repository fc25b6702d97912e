"""What no order is refused for: what is made of it, and what is said of that."""

from __future__ import annotations

import pytest

from schemas.event import Event, Invoice, decode_event, encode_event, event_digest, event_document
from schemas.fault import InvalidEvent
from schemas.loading import load_event
from tests.fakes.bodies import NOW, event_body, order_body

HOLM = {"last_name": "Holm"}


def loaded(changes: dict[str, object], event_type: str = "order.created", **options: object) -> Event:
    return load_event(order_body(changes, event_type), totals="off", now=NOW, **options)


def remarks(event: Event) -> dict[str, str]:
    return {remark.path.removeprefix("data.order."): remark.message for remark in event.remarks}


def at(value: object, path: str) -> object:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list | tuple) else getattr(value, step, None)
    return value


@pytest.mark.parametrize(
    ("path", "value", "made", "says"),
    [
        ("billing_address", HOLM | {"country": "DNK"}, "DK", "read as DK"),
        ("billing_address", HOLM | {"country": "UK"}, "GB", "read as GB"),
        ("billing_address", HOLM | {"country": "el"}, "GR", "read as GR"),
        ("billing_address", HOLM | {"country": "XI"}, "GB", "read as GB"),
        ("billing_address", HOLM | {"country": "IC"}, "ES", "read as ES"),
        ("billing_address", HOLM | {"country": "EA"}, "ES", "read as ES"),
        ("billing_address", HOLM | {"country": "Denmark"}, None, "left out"),
        ("billing_address", HOLM | {"country": 208}, None, "left out"),
        ("customer.email", "ida", None, "left out"),
        ("customer.email", "ida@@example.com", None, "left out"),
        ("customer.email", "ida @example.com", None, "left out"),
        ("customer.email", "@example.com", None, "left out"),
        ("customer.email", "i" * 243 + "@example.com", None, "left out"),
        ("customer.email", False, None, "left out"),
        ("customer.birthday", "1988-02-30", None, "left out"),
        ("customer.birthday", "17-04-1988", None, "left out"),
        ("customer.birthday", "0000-00-00", None, "left out"),
        ("language", "en_US", "en-US", "such as en-US"),
        ("language", "de_DE.UTF-8", "de-DE", "such as en-US"),
        ("language", "English (US)", None, "left out"),
        ("payment", {"title": "Card", "card_expiry": "08/28"}, "08/2028", "this century"),
        ("payment", {"title": "Card", "card_expiry": "13/2028"}, None, "left out"),
        ("payment", {"title": "Card", "card_last4": "424"}, None, "left out"),
        ("updated_at", "0000-00-00", None, "left out"),
        ("updated_at", "0000-00-00 00:00:00", None, "left out"),
        ("updated_at", "soon", None, "left out"),
        ("updated_at", 1763717400, None, "left out"),
        ("updated_at", "2026-11-21T09:30:00+05:60", None, "left out"),
        ("updated_at", "2026-11-21 09:30:00", None, 'name the source\'s time zone: [sources."…"] timezone'),
        ("comment", "bell \x07.", "bell .", "dropped"),
        ("comment", "half \ud800.", "half .", "dropped"),
        ("items.1.id", "2\x00", "2", "dropped"),
        ("attributes", {"Gift\x07": "yes"}, {"Gift": "yes"}, "dropped"),
        ("tags", ["a\x07", "\x07"], ["a"], "dropped"),
        ("metadata", {"click": 10**20}, {"click": "100000000000000000000"}, "kept as one"),
        ("metadata", {"click": 1e400}, {}, "left out"),
    ],
)
def test_a_value_is_mended_or_left_out_with_a_remark_at_its_place(path, value, made, says):
    event = loaded({path: value})
    [(where, said)] = remarks(event).items() if path != "tags" else list(remarks(event).items())[:1]
    assert where.startswith(path)
    assert says in said
    inner = where if isinstance(value, dict) and path not in ("attributes", "metadata") else path
    assert at(event.order, inner) == made
    with pytest.raises(InvalidEvent) as refusal:
        loaded({path: value}, strict=True)
    assert refusal.value.errors[0].path == f"data.order.{where}"
    assert refusal.value.errors[0].message == said


@pytest.mark.parametrize("subject", ["1001", " 1001", "1001\n", "\t1001\u00a0", "1001\ufeff"])
@pytest.mark.parametrize("number", ["1001", "1001 ", "\u00a01001"])
def test_numbers_are_trimmed_before_they_are_compared(number, subject):
    event = load_event(event_body(changes={"subject": subject, "data.order.number": number}), now=NOW)
    assert (event.subject, event.order.number) == ("1001", "1001")
    trimmed = {path for path, text in (("subject", subject), ("number", number)) if text != "1001"}
    assert remarks(event).keys() == trimmed


@pytest.mark.parametrize("number", ["10\n01", "10\u200b01", "10\x0001", "\ud800", "\x07"])
def test_a_number_with_what_nobody_sees_inside_is_refused(number):
    with pytest.raises(InvalidEvent) as refusal:
        load_event(event_body(changes={"subject": number, "data.order.number": number}), now=NOW)
    assert {fault.path for fault in refusal.value.errors} == {"subject", "data.order.number"}


def test_a_line_of_quantity_zero_is_left_out_of_a_new_order_and_of_its_shipments():
    lines = [{"item_id": "1", "quantity": "1"}, {"item_id": "2", "quantity": "1"}]
    changes = {
        "items.0.quantity": "0",
        "items.0.metadata": {"card": "4111111111111111"},
        "items.1.subtotal": "9",
        "totals.grand": "5.50",
        "shipments": [{"tracking_number": "T", "lines": lines}],
    }
    event = loaded(changes)
    assert [item.id for item in event.order.items] == ["2"]
    assert [line.item_id for line in event.order.shipments[0].lines] == ["2"]
    assert remarks(event).keys() == {"items.0.quantity", "items.0.metadata.card", "shipments.0.lines.0.item_id"}
    with pytest.raises(InvalidEvent) as refusal:
        load_event(order_body(changes), now=NOW)
    assert "data.order.items.1.subtotal" in [fault.path for fault in refusal.value.errors]  # where the producer has it


def test_a_refund_of_money_for_a_line_may_say_quantity_zero():
    lines = [{"item_id": 1, "quantity": 0, "amount": "5.00"}, {"item_id": "2\x07", "quantity": "0.0", "amount": "1"}]
    event = load_event(event_body("order.refunded", {"data.refund": {"lines": lines}}), now=NOW)
    assert [(line.item_id, line.quantity, line.amount) for line in event.data.refund.lines] == [
        ("1", None, 5),
        ("2", None, 1),
    ]
    assert list(remarks(event)) == ["data.refund.lines.1.item_id"]


@pytest.mark.parametrize(
    ("name", "value", "kept", "is_told"),
    [
        ("datacontenttype", "", None, False),
        ("dataschema", " ", None, False),
        ("tenant", "", None, False),
        ("datacontenttype", "application/json; charset=utf-8", "application/json; charset=utf-8", False),
        ("datacontenttype", "json", None, True),
        ("dataschema", "https://shop.example/order.json", "https://shop.example/order.json", False),
        ("dataschema", "order.json", None, True),
        ("tenant", 3.5, "3.5", True),
        ("tenant", 3.0, 3, False),
    ],
)
def test_an_attribute_that_cloudevents_does_not_know_so_is_sent_on_as_it_does(name, value, kept, is_told):
    event = load_event(event_body(changes={name: value}), now=NOW)
    assert event.extensions.get(name) == kept
    assert [remark.path for remark in event.remarks] == [name] * is_told


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("data.order.shipping_adress", "shipping_address"),
        ("data.order.items.0.unitprice", "unit_price"),
        ("data.order.totals.gran", "grand"),
        ("data.ordr", "order"),
        ("Subject", "subject"),
    ],
)
def test_an_unknown_field_is_refused_with_the_name_that_is_near(path, known):
    with pytest.raises(InvalidEvent) as refusal:
        load_event(event_body(changes={path: "x"}), now=NOW)
    [message] = [fault.message for fault in refusal.value.errors if fault.path == path]
    assert message.startswith("is not a known field")
    assert message.endswith(f"; did you mean {known}?")


def test_an_unknown_field_that_is_like_none_is_refused_alone():
    with pytest.raises(InvalidEvent) as refusal:
        loaded({"zzz": 1})
    assert [fault.message for fault in refusal.value.errors] == ["is not a known field"]


def test_remarks_are_kept_with_the_event_and_are_no_part_of_what_it_says():
    event, plain = loaded({"comment": "a\x07"}), loaded({"comment": "a"})
    assert decode_event(encode_event(event)).remarks == event.remarks != ()
    assert event_digest(event) == event_digest(plain)
    assert event_document(event) == event_document(plain)
    assert b"remarks" not in encode_event(plain)


def test_a_remark_never_repeats_what_was_written():
    event = loaded({"customer.email": "SECRET", "customer.birthday": "SECRET", "language": "SECRET SECRET"})
    assert len(event.remarks) == 3
    assert "SECRET" not in repr(event.remarks)


def test_an_actions_part_is_there_also_when_all_of_it_was_left_out():
    event = load_event(event_body("order.invoiced", {"data.invoice": {"issued_at": "0000-00-00"}}), now=NOW)
    assert event.data.invoice == Invoice()
    assert list(remarks(event)) == ["data.invoice.issued_at"]


def test_faults_and_what_could_have_been_mended_are_told_apart():
    with pytest.raises(InvalidEvent) as refusal:
        loaded({"customer.email": "x", "currency": "EURO"})
    assert [fault.path for fault in refusal.value.errors] == ["data.order.currency"]


def test_of_a_thousand_repairs_a_hundred_are_told_and_how_many_more_there_were():
    event = loaded({"tags": ["a\x07"] * 1000})
    assert len(event.remarks) == 101
    assert (event.remarks[-1].path, event.remarks[-1].message) == ("", "900 more values were repaired")


def test_of_thousands_of_unknown_fields_a_few_are_told_what_was_meant():
    with pytest.raises(InvalidEvent) as refusal:
        loaded({"items.1.metadata": {}, **{f"curency{number}": 1 for number in range(30)}})
    assert sum("did you mean currency?" in fault.message for fault in refusal.value.errors) == 20
