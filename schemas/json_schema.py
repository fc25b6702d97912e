"""The event as producers send it, as a JSON Schema (draft 2020-12), written from the marshmallow schemas.

Not in it, since JSON Schema has no words for them: unique item ids, subject against order number, totals, card
numbers, the future, how many decimals a JSON number has, and size and depth.
"""

from __future__ import annotations

from typing import Any

from schemas.event import EventType
from schemas.event_schema import BY_TYPE, EventSchema, Payload
from schemas.fields import JsonSchema, Plain, Text
from schemas.loading import EXTENSION_NAME, TEXT_EXTENSIONS
from schemas.parts import Named, Part, PartSchema, Rows, Scalar

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NO_ZERO = {"not": {"anyOf": [{"type": "string", "pattern": r"^0+(?:\.0+)?$"}, {"const": 0}]}}

_Definitions = dict[str, JsonSchema]


def event_json_schema() -> JsonSchema:
    """A JSON Schema that takes every event the loader takes, and refuses what it can put in words."""
    definitions: _Definitions = {}
    root = _object(EventSchema(), definitions)
    known = "|".join(sorted({*root["properties"], *TEXT_EXTENSIONS}))
    return {
        "$schema": _DRAFT,
        "title": "Canonical order event",
        "description": "CloudEvents 1.0, structured mode.",
        **root,
        "properties": root["properties"] | {name: _or_null(Text().json_schema()) for name in sorted(TEXT_EXTENSIONS)},
        "patternProperties": {f"^(?!(?:{known})$){EXTENSION_NAME.pattern}$": _or_null(Scalar().json_schema())},
        "allOf": [_by_type(event_type, schema, definitions) for event_type, schema in BY_TYPE.items()],
        "$defs": dict(sorted(definitions.items())),
    }


def _by_type(event_type: str, schema: PartSchema, definitions: _Definitions) -> JsonSchema:
    payload: JsonSchema = {"allOf": [_reference(schema, definitions)]}
    if event_type != EventType.UPDATED:
        quantity = {"properties": {"quantity": _NO_ZERO}}
        payload["properties"] = {"order": {"properties": {"items": {"items": quantity}}}}
    return {
        "if": {"properties": {"type": {"const": str(event_type)}}, "required": ["type"]},
        "then": {"properties": {"data": payload}},
    }


def _object(schema: PartSchema, definitions: _Definitions) -> JsonSchema:
    fields = schema.fields
    drawn: JsonSchema = {
        "type": "object",
        "properties": {
            name: _value(field, definitions) if field.required else _or_null(_value(field, definitions))
            for name, field in fields.items()
        },
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
        **schema.json_rule,
    }
    if not drawn["required"]:
        del drawn["required"]
    return drawn


def _value(field: Any, definitions: _Definitions) -> JsonSchema:
    if isinstance(field, Plain):
        return field.json_schema()
    if isinstance(field, Payload):
        return {"type": "object"}
    if isinstance(field, Part):
        return _reference(field.schema, definitions)
    if isinstance(field, Rows):
        return _list(field, definitions)
    if isinstance(field, Named):
        values = _or_null(_value(field.value_field, definitions))
        names = Text(required=True).json_schema()
        return {"type": "object", "propertyNames": names, "additionalProperties": values}
    raise TypeError(f"{type(field).__name__} has no JSON Schema")


def _list(field: Rows, definitions: _Definitions) -> JsonSchema:
    drawn: JsonSchema = {"type": "array", "items": _value(field.inner, definitions)}
    if field.at_least:
        drawn["minItems"] = field.at_least
    if field.at_most is not None:
        drawn["maxItems"] = field.at_most
    return drawn


def _reference(schema: Any, definitions: _Definitions) -> JsonSchema:
    name = type(schema).__name__.removesuffix("Schema")
    if name not in definitions:
        definitions[name] = {}  # its place, before its parts ask for theirs
        definitions[name] = _object(schema, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _or_null(drawn: JsonSchema) -> JsonSchema:
    if isinstance(drawn.get("type"), str) and "enum" not in drawn:
        return drawn | {"type": [drawn["type"], "null"]}
    return {"anyOf": [*drawn.get("anyOf", [drawn]), {"type": "null"}]}
