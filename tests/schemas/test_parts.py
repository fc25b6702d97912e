"""Our own way through an object's fields: what it leaves out, and what it asks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, validate

from schemas.event import event_digest
from schemas.fields import Text
from schemas.loading import load_event
from schemas.order_schema import OrderSchema
from schemas.parts import Part, PartSchema, Rows
from tests.fakes.bodies import NOW, order_body
from tests.fakes.examples import examples

BLANKS = st.sampled_from([None, "", "  ", "\ufeff"])


def places(value: Any, path: str = "") -> list[str]:
    """The paths of all that an object holds, and of what it could hold by name."""
    return [
        f"{path}{name}{deeper}"
        for name, field in value.fields.items()
        for deeper in ["", *(f".{inner}" for inner in (places(field.schema) if isinstance(field, Part) else []))]
        if not field.required
    ]


@settings(max_examples=examples(200), deadline=None)
@given(blanks=st.dictionaries(st.sampled_from(places(OrderSchema())), BLANKS, max_size=12))
def test_blanks_in_any_optional_fields_are_as_good_as_nothing(blanks: dict[str, Any]) -> None:
    body = order_body({"items.0.quantity": "2"})
    for path, blank in sorted(blanks.items()):
        *above, name = path.split(".")
        inner = body["data"]["order"]
        for step in above:
            inner = inner.setdefault(step, {}) if inner is not None else None
            inner = inner if isinstance(inner, dict) else None
        if inner is not None and name not in inner:
            inner[name] = blank
    event, plain = load_event(body, strict=True, now=NOW), load_event(order_body(), now=NOW)
    assert event_digest(event) == event_digest(plain)


def test_a_part_with_a_validator_is_asked_by_it() -> None:
    class Inner(PartSchema):
        id = Text()

    class Outer(PartSchema):
        inner = Part(Inner, validate=validate.Equal({"id": "1"}))
        rows = Rows(Part(Inner, validate=validate.Equal({"id": "1"})))

    assert Outer().read({"inner": {"id": "1"}, "rows": [{"id": "1"}]}) == {"inner": {"id": "1"}, "rows": [{"id": "1"}]}
    with pytest.raises(ValidationError) as refused:
        Outer().read({"inner": {"id": "2"}, "rows": [{"id": "2"}]})
    assert refused.value.messages.keys() == {"inner", "rows"}
