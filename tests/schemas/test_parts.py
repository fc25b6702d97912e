"""Our own way through an object's fields comes to the same as marshmallow's."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate

from schemas.fields import Text
from schemas.loading import _values
from schemas.parts import Part, PartSchema, Rows
from tests.fakes.bodies import event_body

STRANGE = st.sampled_from(
    [None, "", "x", 0, -1, 1.5, True, [], {}, [None], [{}], {"a": None}, {"id": "1"}, "2026-11-22"]
)


def of_marshmallow(self: PartSchema, data: Any, *, error_store: Any, **options: Any) -> Any:
    if isinstance(data, Mapping):
        data = {name: value for name, value in data.items() if value is not None or name not in self.load_fields}
    return Schema._deserialize(self, data, error_store=error_store, **options)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every object or list in a document with each of its names or numbers."""
    inner = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    return [(value, name) for name, _ in inner] + [place for _, one in inner for place in places(one)]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["order.created", "order.cancelled", "order.refunded", "order.noted"]))
    document: dict[str, Any] = copy.deepcopy(event_body(kind))
    for _ in range(draw(st.integers(0, 4))):
        container, name = draw(st.sampled_from(places(document)))
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "remove":
            container.pop(name)
        elif change == "add" and isinstance(container, dict):
            container[draw(st.sampled_from(["extra", "note", "tags", "metadata"]))] = copy.deepcopy(draw(STRANGE))
        else:
            container[name] = copy.deepcopy(draw(STRANGE))
    return document


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents())
def test_an_objects_fields_are_read_as_marshmallow_reads_them(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = _values(document)
    with monkeypatch.context() as patch:
        patch.setattr(PartSchema, "_deserialize", of_marshmallow)
        patch.setattr(PartSchema, "read", Schema.load)
        patch.setattr(Part, "deserialize", fields.Nested.deserialize)
        theirs = _values(document)
    assert ours[0] == theirs[0]
    assert sorted(map(str, ours[1])) == sorted(map(str, theirs[1]))


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
