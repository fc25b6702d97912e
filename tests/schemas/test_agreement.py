"""Anything anywhere in an event: the JSON Schema takes it if and only if the loader does.

But for amounts, whose decimals and sums JSON Schema has no words for.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.amounts import Amount
from schemas.event import event_digest
from schemas.event_schema import BY_TYPE, EventSchema
from schemas.fault import InvalidEvent
from schemas.json_schema import event_json_schema
from schemas.loading import load_event
from schemas.parts import Named, Part, PartSchema, Rows
from tests.fakes.bodies import NOW, event_body, put
from tests.fakes.event_strategies import json_values
from tests.fakes.examples import examples

VALIDATOR = Draft202012Validator(event_json_schema())
EXTENSIONS = ("tenant", "dataschema", "datacontenttype", "traceparent")
FULL: dict[str, Any] = {
    "billing_address": {"city": "x"},
    "shipping_address": {"city": "x"},
    "return_address": {"city": "x"},
    "shipping": {"title": "x", "pickup_point": {"id": "1"}},
    "payment": {"title": "x"},
    "payments": [{"kind": "card", "amount": "1"}],
    "discounts": [{"amount": "1"}],
    "fees": [{"title": "x", "amount": "1"}],
    "tax_lines": [{"title": "x", "rate": "0.1", "amount": "1"}],
    "shipments": [{"tracking_number": "1", "lines": [{"item_id": "1", "quantity": "1"}]}],
    "notes": [{"text": "x"}],
    "tags": ["a"],
    "attributes": {},
    "metadata": {},
    "refs": {},
    "items.0.services": [{"service_id": "1", "price": "1"}],
    "items.0.variation": {},
    "items.0.metadata": {},
}


def places(schema: PartSchema, above: str) -> Iterator[str]:
    for name, field in schema.fields.items():
        if not isinstance(field, Amount):
            yield f"{above}{name}"
        if isinstance(field, Part):
            yield from places(field.schema, f"{above}{name}.")
        elif isinstance(field, Rows) and isinstance(field.inner, Part):
            yield from places(field.inner.schema, f"{above}{name}.0.")
        elif isinstance(field, Named):
            yield f"{above}{name}.Some"


def all_places() -> list[tuple[str, str]]:
    of_types = [(kind, path) for kind, schema in BY_TYPE.items() for path in places(schema, "data.")]
    own = [("order.created", name) for name in (*EventSchema().fields, *EXTENSIONS) if name != "data"]
    return [place for place in of_types if place[0] == "order.created" or "order." not in place[1]] + own


def body_with(kind: str, path: str, value: Any) -> dict[str, Any]:
    order = {f"data.order.{name}": part for name, part in deepcopy(FULL).items()} if kind == "order.created" else {}
    refund = {"data.refund": {"lines": [{"item_id": "1"}]}} if path.startswith("data.refund.lines.") else {}
    body = event_body(kind, {**order, **refund})
    put(body, path, value)
    if path in ("subject", "data.order.number"):  # each must be the other
        body["subject"] = body["data"]["order"]["number"] = value
    return body


ODD = "aA1 \t\n\x00\x07\x1c\x85\u00a0\u200b\ufeff\u2028é@-_/:."
VALUES = (
    json_values
    | st.text(st.sampled_from(ODD), max_size=6)
    | st.sampled_from(["2026-11-21T09:30:00Z", "0000-00-00", "1.0", "dk", "08/28"])
)


@settings(max_examples=examples(400), deadline=None)
@given(st.sampled_from(all_places()), VALUES)
@example(("order.created", "subject"), "\n_\x85\u2028\ufeff")
@example(("order.created", "data.order.attributes"), {"": None})
def test_the_schema_takes_a_value_if_and_only_if_the_loader_does(place: tuple[str, str], value: Any) -> None:
    body = body_with(*place, value)
    assert VALIDATOR.is_valid(body) == loads(body)


OPTIONAL_OBJECTS = (
    "customer", "billing_address", "shipping_address", "return_address", "shipping", "shipping.pickup_point", "payment",
    "attributes", "metadata", "refs", "refs.desk", "refs.desk.line_ids", "items.0.variation", "items.0.metadata",
)  # fmt: skip


@pytest.mark.parametrize("path", OPTIONAL_OBJECTS)
def test_the_empty_list_that_php_writes_for_an_empty_map_is_the_same_as_none(path: str) -> None:
    whole = {"data.order.shipping": {"title": "Post"}, "data.order.refs": {"desk": {"order_id": "7"}}}
    empty, none = (event_body("order.created", {**deepcopy(whole), f"data.order.{path}": v}) for v in ([], None))
    assert VALIDATOR.is_valid(empty)
    taken = load_event(empty, totals="off", now=NOW, strict=True)
    assert event_digest(taken) == event_digest(load_event(none, totals="off", now=NOW))
    assert taken.remarks == ()


def loads(body: dict[str, Any]) -> bool:
    try:
        load_event(body, totals="off", now=NOW)
    except InvalidEvent:
        return False
    return True
