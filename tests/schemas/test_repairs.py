"""What no order is refused for: what is made of it, and what is said of that."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from kombu.utils import json as kombu_json

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
    ],
)
def test_a_value_is_mended_or_left_out_with_a_remark_at_its_place(path, value, made, says):
    event = loaded({path: value})
    [(where, said)] = remarks(event).items() if path != "tags" else list(remarks(event).items())[:1]
    assert where.startswith(path)
    assert says in said
    inner = where if isinstance(value, dict) and path != "attributes" else path
    assert at(event.order, inner) == made
    with pytest.raises(InvalidEvent) as refusal:
        loaded({path: value}, strict=True)
    assert refusal.value.errors[0].path == f"data.order.{where}"
    assert refusal.value.errors[0].message == said


@pytest.mark.parametrize("blank", ["", "  ", "\n", "\u00a0", "\ufeff"])
@pytest.mark.parametrize(
    "path",
    [
        "status",
        "exchange_rate",
        "updated_at",
        "language",
        "comment",
        "customer.email",
        "customer.birthday",
        "customer.marketing_consent",
        "customer.first_name",
        "items.0.tax_rate",
        "items.0.delivery_type",
        "items.0.weight",
        "billing_address",
        "payment",
        "totals.tax_included",
    ],
)
def test_a_blank_text_is_as_good_as_nothing(path, blank):
    assert event_digest(loaded({path: blank})) == event_digest(loaded({path: None}))
    assert loaded({path: blank}, strict=True).remarks == ()


@pytest.mark.parametrize(
    "address", [{}, {"country": ""}, {"country": None, "city": " "}, dict.fromkeys(("address1", "phone"), "")]
)
def test_an_object_of_nothing_but_blanks_is_as_good_as_nothing(address):
    event = loaded({"shipping_address": address, "shipping": {"pickup_point": {"id": "", "name": None}}})
    assert (event.order.shipping_address, event.order.shipping, event.remarks) == (None, None, ())


def test_an_order_of_nothing_but_nulls_comes_with_no_cancellation():
    nothing = {"number": None, "currency": "", "customer": {"email": None}, "totals": {"grand": None}}
    assert load_event(event_body("order.cancelled", {"data.order": nothing}), now=NOW).data.order is None


@pytest.mark.parametrize("body", [{}, {"id": None}, {"specversion": "", "data": None, "id": " "}])
def test_an_event_of_nothing_but_nulls_is_one_clear_refusal(body):
    with pytest.raises(InvalidEvent) as refusal:
        load_event(body, now=NOW)
    [fault] = refusal.value.errors
    assert fault.message == "is empty: an event needs data, id, source, specversion, subject, time, type"


def test_an_order_of_nothing_but_nulls_is_told_what_it_needs():
    with pytest.raises(InvalidEvent) as refusal:
        load_event(event_body(changes={"data.order": {"number": None, "items": "", "totals": {}}}), now=NOW)
    [fault] = refusal.value.errors
    assert (fault.path, fault.message) == (
        "data.order",
        "is empty: it needs currency, number, placed_at, totals",
    )


@pytest.mark.parametrize(
    ("path", "value", "made"),
    [
        ("items.1.id", 17, "17"),
        ("items.1.sku", 17.0, "17"),
        ("items.1.product_id", 9007199254740991, "9007199254740991"),
        ("items.1.variation", {"Size": 42}, {"Size": "42"}),
        ("customer.phone", 4512345678, "4512345678"),
        ("billing_address.postal_code", 2100, "2100"),
        ("refs", {"desk": {"order_id": 17}}, None),
        ("billing_address.country", "dk", "DK"),
        ("comment", "  trimmed\n", "trimmed"),
    ],
)
def test_what_can_only_mean_one_thing_is_read_so_in_silence(path, value, made):
    event = loaded({"billing_address": {"last_name": "Holm"}, path: value}, strict=True)
    if made is not None:
        assert at(event.order, path) == made
    assert event.remarks == ()


def test_numbers_of_order_and_event_may_be_whole_json_numbers():
    body = event_body(changes={"id": 7, "subject": 1001, "data.order.number": 1001.0})
    event = load_event(body, strict=True, now=NOW)
    assert (event.id, event.subject, event.order.number) == ("7", "1001", "1001")


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


def test_what_kombu_wraps_is_unwrapped_wherever_it_stands():
    own = {
        "id": UUID("0" * 31 + "7"),
        "time": datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        "tenant": Decimal("1.5"),
        "data.order.placed_at": datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        "data.order.customer.birthday": date(1988, 4, 17),
        "data.order.items.1.unit_price": Decimal("5.50"),
        "data.order.items.1.weight": Decimal("2E+1"),
        "data.order.items.1.metadata": {"batch": UUID("0" * 31 + "8")},
        "data.order.tags": [Decimal(1)],
        "data.order.totals.grand": Decimal("25.50"),
    }
    event = load_event(json.loads(kombu_json.dumps(event_body(changes=own))), strict=True, now=NOW)
    assert event.id == "00000000-0000-0000-0000-000000000007"
    assert event.extensions == {"tenant": "1.5"}
    assert event.order.placed_at == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert event.order.customer.birthday == "1988-04-17"
    assert (event.order.items[1].unit_price, event.order.items[1].weight) == (Decimal("5.5"), Decimal(20))
    assert event.order.items[1].metadata == {"batch": "00000000-0000-0000-0000-000000000008"}
    assert event.order.tags == ["1"]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"__type__": "decimal", "__value__": "NaN"},
        {"__type__": "decimal", "__value__": 7},
        {"__type__": "set", "__value__": "1"},
        {"__type__": ["decimal"], "__value__": "1"},
        {"__type__": "uuid", "__value__": {"hex": "x"}},
        {"__type__": "decimal", "__value__": "1E+999999"},
        {"__type__": "decimal"},
    ],
)
def test_what_only_looks_wrapped_is_refused(wrapped):
    with pytest.raises(InvalidEvent) as refusal:
        loaded({"items.1.unit_price": wrapped})
    assert [fault.path for fault in refusal.value.errors] == ["data.order.items.1.unit_price"]


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
    ("written", "utc"),
    [
        ("2026-11-21 09:30:00", "2026-11-21T08:30:00"),
        ("2026-11-21T09:30:00", "2026-11-21T08:30:00"),
        ("2026-07-21 09:30:00.5", "2026-07-21T07:30:00.500000"),
        ("2026-11-21 09:30:00+05:00", "2026-11-21T04:30:00"),
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00"),  # the clock showed it twice: the first time
        ("2026-03-29 02:30:00", "2026-03-29T01:30:00"),  # it never did: as if it had not jumped
    ],
)
def test_instants_without_a_zone_are_read_in_the_zone_of_their_source(written, utc):
    zones = {"shop/test": ZoneInfo("Europe/Copenhagen")}
    body = order_body({"placed_at": written, "updated_at": written, "notes": [{"text": "x", "created_at": written}]})
    order = load_event(body, zones=zones, strict=True, now=NOW).order
    assert [at.isoformat() for at in (order.placed_at, order.updated_at, order.notes[0].created_at)] == [
        f"{utc}+00:00"
    ] * 3


def test_the_zone_of_another_source_is_not_taken():
    with pytest.raises(InvalidEvent) as refusal:
        loaded({"placed_at": "2026-11-21 09:30:00"}, zones={"shop/other": ZoneInfo("Europe/Copenhagen")})
    [fault] = refusal.value.errors
    assert fault.path == "data.order.placed_at"
    assert '[sources."…"] timezone' in fault.message


def test_a_required_instant_that_does_not_exist_is_refused_whatever_the_zone():
    with pytest.raises(InvalidEvent):
        loaded({"placed_at": "2026-02-30 09:30:00"}, zones={"shop/test": ZoneInfo("Europe/Copenhagen")})


@pytest.mark.parametrize(
    ("number", "price"),
    [(20 / 3, "6.6666666667"), (1 / 3, "0.3333333333"), (2.00000000005, "2"), (17.169999999999998, "17.17")],
)
def test_a_json_number_of_many_decimals_is_rounded_half_even_to_ten(number, price):
    assert format(loaded({"items.1.unit_price": number}, strict=True).order.items[1].unit_price, "f") == price


@pytest.mark.parametrize(("grand", "kept"), [("25.509837", "25.5098"), ("25.50005", "25.5"), (25.123456, "25.1235")])
def test_the_grand_total_is_rounded_half_even_to_four_decimals(grand, kept):
    assert format(loaded({"totals.grand": grand}, strict=True).order.totals.grand, "f") == kept


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
