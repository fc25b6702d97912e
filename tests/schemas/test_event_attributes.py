"""The event's own attributes, and the rules that look across them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.fault import InvalidEvent
from schemas.loading import load_event
from schemas.outcome import Reason
from tests.fakes.bodies import LEFT_OUT, NOW, TYPES, event_body


def faults_of(body: object, **options: object) -> dict[str, str]:
    with pytest.raises(InvalidEvent) as refusal:
        load_event(body, now=NOW, **options)
    assert refusal.value.reason == Reason.INVALID
    return {fault.path: fault.message for fault in refusal.value.errors}


@pytest.mark.parametrize("event_type", TYPES)
def test_an_event_of_every_type_loads(event_type):
    event = load_event(event_body(event_type), now=NOW)
    assert event.type == event_type
    assert event.time == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert event.is_snapshot == (event_type in {"order.created", "order.updated"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("specversion", "0.3"),
        ("specversion", 1.0),
        ("specversion", LEFT_OUT),
        ("id", ""),
        ("id", "has space"),
        ("id", "x" * 129),
        ("id", "e\n"),
        ("id", "é"),
        ("id", 7.5),
        ("id", True),
        ("id", LEFT_OUT),
        ("source", "shop/ä"),
        ("source", "shop?x=1"),
        ("source", "s" * 129),
        ("source", LEFT_OUT),
        ("type", "order.lost"),
        ("type", ["order.created"]),
        ("type", LEFT_OUT),
        ("subject", LEFT_OUT),
        ("subject", ""),
        ("subject", "1" * 65),
        ("subject", "10\n01"),
        ("subject", "2002"),
        ("time", "2026-11-21T09:30:00"),
        ("time", "2026-11-21"),
        ("time", "2026-02-30T09:30:00Z"),
        ("time", 1763717400),
        ("time", "0001-01-01T00:00:00+14:00"),
        ("time", LEFT_OUT),
        ("time", (NOW + timedelta(hours=24, seconds=1)).isoformat()),
        ("revision", -1),
        ("revision", 2**53),
        ("revision", 1.5),
        ("revision", True),
        ("revision", "3"),
        ("test", "yes"),
        ("test", 1),
        ("data", LEFT_OUT),
        ("data", []),
        ("trace_parent", "x"),
        ("Tenant", "x"),
        ("tenant", {"a": 1}),
        ("traceparent", 7),
    ],
)
def test_an_attribute_that_breaks_its_rule_is_refused_with_its_path(path, value):
    assert list(faults_of(event_body(changes={path: value}))) == [path]


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("2026-11-21T10:30:00+01:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21t09:30:00.123456789z", datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC)),
        ((NOW + timedelta(hours=24)).isoformat(), NOW + timedelta(hours=24)),
    ],
)
def test_an_instant_is_kept_in_utc(time, utc):
    assert load_event(event_body(changes={"time": time}), now=NOW).time == utc


@pytest.mark.parametrize(("written", "kept"), [(0, 0), (3.0, 3), (2**53 - 1, 2**53 - 1), (None, None)])
def test_a_revision_is_a_whole_number(written, kept):
    assert load_event(event_body(changes={"revision": written}), now=NOW).revision == kept


def test_extension_attributes_are_kept_and_null_ones_are_not():
    changes = {"traceparent": "00-a-b-01", "tenant": 7, "beta": True, "dataschema": None}
    extensions = load_event(event_body(changes=changes), now=NOW).extensions
    assert extensions == {"traceparent": "00-a-b-01", "tenant": 7, "beta": True}


@pytest.mark.parametrize("body", [None, [], "event", 7, True])
def test_what_is_no_object_is_no_event(body):
    assert faults_of(body) == {"": "must be an object"}


@pytest.mark.parametrize(
    ("event_type", "wanted"),
    [
        ("order.created", "order"),
        ("order.updated", "order"),
        ("order.cancelled", "cancellation"),
        ("order.deleted", "deletion"),
        ("order.invoiced", "invoice"),
        ("order.refunded", "refund"),
        ("order.noted", "note"),
    ],
)
def test_each_type_carries_its_own_part_and_no_other(event_type, wanted):
    strange = {"data": {"surprise": {}}}
    assert faults_of(event_body(event_type, strange)) == {
        f"data.{wanted}": "is required",
        "data.surprise": "is not a known field",
    }


def test_only_a_cancellation_may_bring_the_order_along():
    order = event_body()["data"]["order"]
    assert load_event(event_body("order.cancelled", {"data.order": order}), now=NOW).order.number == "1001"
    assert list(faults_of(event_body("order.noted", {"data.order": order}))) == ["data.order"]


def test_the_order_of_an_action_without_one_is_not_made_up():
    with pytest.raises(ValueError, match="carries no order"):
        _ = load_event(event_body("order.noted"), now=NOW).order


@pytest.mark.parametrize(
    "refund",
    [
        {},
        {"whole": False},
        {"whole": True, "amount": "5"},
        {"amount": "5", "lines": [{"item_id": "1"}]},
        {"whole": True, "lines": [{"item_id": "1"}]},
        {"whole": None, "reason": "because"},
    ],
)
def test_a_refund_says_exactly_one_of_whole_amount_and_lines(refund):
    assert list(faults_of(event_body("order.refunded", {"data.refund": refund}))) == ["data.refund"]


@pytest.mark.parametrize(
    ("refund", "path"),
    [
        ({"lines": []}, "data.refund.lines"),
        ({"amount": "0"}, "data.refund.amount"),
        ({"amount": "-5"}, "data.refund.amount"),
        ({"amount": "5.00001"}, "data.refund.amount"),
        ({"lines": [{"item_id": "1"}, {"item_id": "2"}, {"item_id": "1"}]}, "data.refund.lines.2.item_id"),
        ({"lines": [{"quantity": "1"}]}, "data.refund.lines.0.item_id"),
        ({"lines": [{"item_id": "1", "quantity": "0"}]}, "data.refund.lines.0.quantity"),
        ({"lines": [{"item_id": "1", "quantity": "-1", "amount": "5"}]}, "data.refund.lines.0.quantity"),
        ({"amount": 10 / 3}, "data.refund.amount"),
        ({"lines": [{"item_id": "1", "amount": "0.00005"}]}, "data.refund.lines.0.amount"),
    ],
)
def test_a_refund_that_could_be_misread_is_refused(refund, path):
    assert list(faults_of(event_body("order.refunded", {"data.refund": refund}))) == [path]


@pytest.mark.parametrize(
    "refund",
    [
        {"amount": "5.0001"},
        {"amount": "5", "lines": None, "whole": ""},
        {"whole": False, "amount": 5},
        {"lines": [{"item_id": "1", "quantity": "0.5"}]},
    ],
)
def test_a_clear_refund_loads(refund):
    loaded = load_event(event_body("order.refunded", {"data.refund": refund}), now=NOW).data.refund
    assert not loaded.whole
    assert loaded.restock


def test_all_faults_are_told_at_once():
    changes = {
        "id": "has space",
        "type": "order.lost",
        "time": LEFT_OUT,
        "surprise_": 1,
        "data.order.currency": "EURO",
        "data.order.items.1.unit_price": "1,50",
        "data.order.items.1.id": "1",
        "data.order.placed_at": "yesterday",
    }
    assert sorted(faults_of(event_body(changes=changes))) == [
        "data.order.currency",
        "data.order.items.1.id",
        "data.order.items.1.unit_price",
        "data.order.placed_at",
        "id",
        "surprise_",
        "time",
        "type",
    ]


def test_ten_thousand_faults_are_told_as_a_thousand_and_a_count():
    body = event_body(changes={f"wrong_{number}": 1 for number in range(10_000)})
    with pytest.raises(InvalidEvent) as refusal:
        load_event(body, now=NOW)
    assert len(refusal.value.errors) == 1001
    assert refusal.value.errors[-1].message == "has 9000 more faults"


def test_a_name_in_a_path_is_cut_and_cleaned():
    [path] = faults_of(event_body(changes={"x\n\ud800" + "y" * 500: 1}))
    assert path == "x\ufffd\ufffd" + "y" * 61
