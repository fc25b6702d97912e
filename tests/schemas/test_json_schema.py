"""The JSON Schema for producers says what the loader does, as far as JSON Schema has words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from schemas.event import event_document
from schemas.fault import InvalidEvent
from schemas.json_schema import event_json_schema
from schemas.loading import load_event
from tests.fakes.bodies import LEFT_OUT, NOW, TYPES, event_body
from tests.fakes.event_strategies import event_bodies
from tests.fakes.examples import examples

SCHEMA = event_json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
EXAMPLES = Path(__file__).parents[2] / "examples" / "orders.jsonl"


def reached(schema: object, seen: set[str]) -> set[str]:
    """The definitions that whoever knows references and ``anyOf`` comes to, and no ``if``."""
    if isinstance(schema, list):
        return set().union(*(reached(inner, seen) for inner in schema))
    if not isinstance(schema, dict):
        return seen
    for word in ("properties", "items", "anyOf"):
        inner = schema.get(word)
        reached(list(inner.values()) if word == "properties" and inner else inner, seen)
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name and name not in seen:
        seen.add(name)
        reached(SCHEMA["$defs"][name], seen)
    return seen


def test_generators_of_code_come_to_the_order_without_asking_for_the_type():
    assert {"Order", "Item", "Totals", "Refund", "Note"} <= reached(SCHEMA, set())


def test_every_definition_bears_its_name_since_some_generators_go_by_titles():
    assert {name: drawn.get("title") for name, drawn in SCHEMA["$defs"].items()} == {
        name: name for name in SCHEMA["$defs"]
    }


def test_nothing_is_said_by_a_not_of_which_generators_make_an_object_of_anything():
    assert '"not":' not in json.dumps(SCHEMA)


def test_extensions_are_no_unknown_fields_to_generators_that_know_no_patterns():
    assert SCHEMA["additionalProperties"] is True


def test_it_is_a_json_schema_in_plain_json():
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("event_type", TYPES)
def test_it_takes_an_event_of_every_type(event_type):
    assert VALIDATOR.is_valid(event_body(event_type))


@pytest.mark.parametrize("line", EXAMPLES.read_text("utf-8").splitlines())
def test_it_takes_the_examples_and_what_becomes_of_them(line):
    body = json.loads(line)
    VALIDATOR.validate(body)
    VALIDATOR.validate(event_document(load_event(body, now=NOW)))


@settings(max_examples=examples(80), deadline=None)
@given(event_bodies)
def test_it_takes_what_the_loader_takes(body):
    load_event(body, totals="off", now=NOW)
    VALIDATOR.validate(body)


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [
        ("order.created", {"specversion": "0.3"}),
        ("order.created", {"id": "has space"}),
        ("order.created", {"id": LEFT_OUT}),
        ("order.created", {"source": "shop?"}),
        ("order.created", {"type": "order.lost"}),
        ("order.created", {"subject": " "}),
        ("order.created", {"time": "2026-11-21T09:30:00"}),
        ("order.created", {"revision": -1}),
        ("order.created", {"revision": 1.5}),
        ("order.created", {"test": "yes"}),
        ("order.created", {"trace_parent": "x"}),
        ("order.created", {"tenant": {}}),
        ("order.created", {"traceparent": 7}),
        ("order.created", {"data": {}}),
        ("order.created", {"data.note": {"text": "x"}}),
        ("order.created", {"data.order.currency": "EURO"}),
        ("order.created", {"data.order.number": "1" * 65}),
        ("order.created", {"data.order.customer.shoe_size": "42"}),
        ("order.created", {"data.order.items.0.quantity": "1.0000001"}),
        ("order.created", {"data.order.items.0.unit_price": "1e3"}),
        ("order.created", {"data.order.items.0.unit_price": "-1"}),
        ("order.created", {"data.order.items.0.unit_price": "1000000000000.1"}),
        ("order.created", {"data.order.items.0.unit_price": True}),
        ("order.created", {"data.order.items.0.unit_price": None}),
        ("order.created", {"data.order.items.0.tax_rate": "25"}),
        ("order.created", {"data.order.items.0.metadata": {"deep": []}}),
        ("order.created", {"data.order.exchange_rate": "0.00"}),
        ("order.created", {"data.order.attributes": {"": "x"}}),
        ("order.created", {"data.order.totals": {}}),
        ("order.refunded", {"data.refund": {}}),
        ("order.refunded", {"data.refund": {"whole": True, "amount": "1"}}),
        ("order.refunded", {"data.refund": {"amount": "0"}}),
        ("order.refunded", {"data.refund": {"lines": []}}),
        ("order.noted", {"data.note": {"text": " "}}),
    ],
)
def test_it_refuses_what_the_loader_refuses(event_type, changes):
    body = event_body(event_type, changes)
    with pytest.raises(InvalidEvent):
        load_event(body, totals="off", now=NOW)
    assert not VALIDATOR.is_valid(body)


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [
        ("order.updated", {"data.order.items.0.quantity": "0"}),
        ("order.created", {"data.order.items.0.unit_price": "00.12345678910000"}),
        ("order.created", {"data.order.items.0.unit_price": "0", "data.order.items.1.unit_price": "1000000000000.00"}),
        ("order.created", {"data.order.items.0.tax_rate": "1.000"}),
        ("order.created", {"data.order.comment": "one\r\ntwo"}),
        ("order.created", {"data.order.comment": None, "revision": 3.0, "tenant": None}),
        ("order.refunded", {"data.refund": {"whole": False, "amount": "1", "lines": None}}),
    ],
)
def test_it_takes_the_odd_things_the_loader_takes(event_type, changes):
    body = event_body(event_type, changes)
    load_event(body, totals="off", now=NOW)
    VALIDATOR.validate(body)
