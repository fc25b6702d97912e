"""One event, many spellings: stored, digested, sent on and loaded again."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.event import decode_event, encode_event, event_digest, event_document
from schemas.fault import InvalidEvent
from schemas.loading import load_event, read_decoded, read_event
from tests.fakes.bodies import NOW, event_body, order_body, put
from tests.fakes.event_strategies import event_bodies, json_values, respelt
from tests.fakes.examples import examples

quick = settings(max_examples=examples(80), deadline=None)

_PLACES = [
    "id",
    "type",
    "subject",
    "time",
    "revision",
    "tenant",
    "data",
    "data.order",
    "data.order.items",
    "data.order.items.1",
    "data.order.items.1.services",
    "data.order.items.1.unit_price",
    "data.order.items.0.metadata",
    "data.order.customer",
    "data.order.totals",
    "data.order.attributes",
    "data.order.refs",
    "data.order.payment",
    "data.order.notes",
]


@quick
@given(event_bodies)
def test_an_event_comes_back_from_the_store_as_it_was(body):
    event = load_event(body, totals="off", now=NOW)
    assert decode_event(encode_event(event)) == event


@quick
@given(event_bodies)
def test_an_event_that_is_sent_on_can_be_loaded_as_the_same(body):
    event = load_event(body, totals="off", now=NOW)
    document = json.loads(json.dumps(event_document(event)))
    assert load_event(document, totals="off", now=NOW) == replace(event, remarks=())


@quick
@given(event_bodies)
def test_the_digest_does_not_depend_on_order_of_names_spelling_of_numbers_or_time(body):
    event = load_event(body, totals="off", now=NOW)
    other = load_event(
        respelt(body) | {"time": (NOW - timedelta(days=3)).isoformat(), "traceparent": "00-1"}, totals="off", now=NOW
    )
    assert event_digest(event) == event_digest(other)
    assert re.fullmatch("[0-9a-f]{16}", event_digest(event))


@pytest.mark.parametrize(
    "changes",
    [
        {"data.order.items.0.unit_price": 10},
        {"data.order.items.0.unit_price": "10"},
        {"data.order.totals": {"grand": 25.5, "items": "25.50", "tax": "0"}},
        {"data.order.placed_at": "2026-11-21T10:00:00+01:00"},
        {"data.order.comment": None},
        {"data.order.tags": []},
        {"time": "2026-11-20T00:00:00Z"},
        {"traceparent": "00-1"},
    ],
)
def test_two_bodies_that_mean_the_same_have_the_same_digest(changes):
    plain = event_digest(load_event(event_body(), now=NOW))
    assert event_digest(load_event(event_body(changes=changes), now=NOW)) == plain


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "order.updated"},
        {"subject": "1002", "data.order.number": "1002"},
        {"revision": 1},
        {"data.order.comment": "x"},
        {"data.order.items.0.unit_price": "10.01"},
    ],
)
def test_two_bodies_that_differ_have_different_digests(changes):
    plain = event_digest(load_event(event_body(), now=NOW))
    assert event_digest(load_event(event_body(changes=changes), now=NOW)) != plain


def test_accents_written_in_two_ways_are_the_same():
    first, second = (load_event(order_body({"comment": text}), now=NOW) for text in ("caf\u00e9", "cafe\u0301"))
    assert event_digest(first) == event_digest(second)


def test_the_store_keeps_decimals_as_texts_and_leaves_out_what_is_not_there():
    kept = json.loads(encode_event(load_event(event_body(), now=NOW)))
    assert kept["data"]["order"]["items"][0] == {"id": "1", "name": "Mug", "quantity": "2", "unit_price": "10"}
    assert kept["data"]["order"]["totals"]["handling"] == "0"


def test_a_very_small_price_is_sent_on_without_an_exponent():
    event = load_event(order_body({"items.0.services": [{"service_id": "s", "price": 1e-9}]}), now=NOW)
    assert event_document(event)["data"]["order"]["items"][0]["services"][0]["price"] == "0.000000001"


def test_an_event_is_sent_on_with_its_extensions_beside_its_attributes():
    document = event_document(load_event(event_body(changes={"tenant": "a"}), now=NOW))
    assert document["specversion"] == "1.0"
    assert document["tenant"] == "a"
    assert document["time"] == "2026-11-21T09:30:00Z"


@quick
@given(json_values)
def test_any_json_is_loaded_or_refused(raw):
    for load in (lambda: load_event(raw, now=NOW), lambda: read_decoded(raw, limit_bytes=10_000, now=NOW)):
        with pytest.raises(InvalidEvent) as refusal:
            load()
        assert refusal.value.errors


@settings(max_examples=examples(300), deadline=None)
@given(st.sampled_from(_PLACES), json_values)
def test_any_json_anywhere_in_an_event_is_loaded_or_refused(place, value):
    body = order_body({"items.1.services": [], "payment": {}, "refs": {}})
    put(body, place, value)
    try:
        event = load_event(body, now=NOW)
    except InvalidEvent:  # and no other exception
        return
    assert decode_event(encode_event(event)) == event


@quick
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(body):
    with pytest.raises(InvalidEvent):
        read_event(body, limit_bytes=1000, now=NOW)
