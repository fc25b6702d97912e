"""What can only mean one thing is read so, and nothing is said of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from kombu.utils import json as kombu_json

from schemas.event import Event, event_digest
from schemas.fault import InvalidEvent
from schemas.loading import load_event, read_decoded
from schemas.repairs import BLANKS
from tests.fakes.bodies import NOW, event_body, order_body


def loaded(changes: dict[str, object], event_type: str = "order.created", **options: object) -> Event:
    return load_event(order_body(changes, event_type), totals="off", now=NOW, **options)


def at(value: object, path: str) -> object:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list | tuple) else getattr(value, step, None)
    return value


def test_what_counts_as_blank_is_what_python_or_javascript_takes_for_it():
    assert set(BLANKS) == {char for char in map(chr, range(0x110000)) if char.isspace()} | {"\ufeff"}


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
        ("payment", {"title": "Card", "card_last4": 4242}, None),
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


@pytest.mark.parametrize(
    ("number", "price"),
    [(20 / 3, "6.6666666667"), (1 / 3, "0.3333333333"), (2.00000000005, "2"), (17.169999999999998, "17.17")],
)
def test_a_json_number_of_many_decimals_is_rounded_half_even_to_ten(number, price):
    assert format(loaded({"items.1.unit_price": number}, strict=True).order.items[1].unit_price, "f") == price


@pytest.mark.parametrize(("grand", "kept"), [("25.509837", "25.5098"), ("25.50005", "25.5"), (25.123456, "25.1235")])
def test_the_grand_total_is_rounded_half_even_to_four_decimals(grand, kept):
    assert format(loaded({"totals.grand": grand}, strict=True).order.totals.grand, "f") == kept


def test_what_a_plain_worker_unwrapped_of_kombus_is_read_as_well():
    own = {"id": UUID("0" * 31 + "7"), "time": datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "tenant": Decimal("1.5")}
    event = read_decoded(event_body(changes=own), limit_bytes=10_000, strict=True, now=NOW)
    assert (event.id, event.extensions) == ("00000000-0000-0000-0000-000000000007", {"tenant": "1.5"})
