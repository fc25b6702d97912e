"""The event as producers send it, as a JSON Schema (draft 2020-12), written from the marshmallow schemas.

It describes what is taken, what is repaired too. Not in it, since JSON Schema has no words for them: unique item ids,
subject against order number, totals, the future, how many decimals a JSON number has, halves of characters, size and
depth; nor what only
some producers may send: kombu's wrapped values, and the instants of a source whose time zone is set.
"""

from __future__ import annotations

from typing import Any

from schemas.event_schema import BY_TYPE, EventSchema, Payload
from schemas.fields import JsonSchema, Plain, Text, ended
from schemas.loading import EXTENSION_NAME, TEXT_EXTENSIONS
from schemas.loose_fields import Loose
from schemas.parts import Named, Part, PartSchema, Rows, may_be_empty
from schemas.repairs import BLANK_PATTERN
from schemas.scalar import Scalar

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_BLANK: JsonSchema = {"type": "string", "pattern": BLANK_PATTERN}
_NULL: JsonSchema = {"type": "null"}
_NO_ROWS: JsonSchema = {"type": "array", "maxItems": 0}
"""What PHP writes for an object of nothing."""

_Definitions = dict[str, JsonSchema]


def event_json_schema() -> JsonSchema:
    """A JSON Schema that takes every event the loader takes, and refuses what it can put in words."""
    definitions: _Definitions = {}
    root = _object(EventSchema(), definitions)
    known = "|".join(sorted({*root["properties"], *TEXT_EXTENSIONS}))
    by_type = [_by_type(event_type, schema, definitions) for event_type, schema in BY_TYPE.items()]
    return {
        "$schema": _DRAFT,
        "title": "Canonical order event",
        "description": "CloudEvents 1.0, structured mode.",
        **root,
        "properties": root["properties"]
        | {"data": {"anyOf": _payloads(definitions)}}  # which of them, "allOf" says; generators find the order here
        | {name: _extension(name) for name in sorted(TEXT_EXTENSIONS)},
        "propertyNames": {"type": "string", "pattern": ended(f"^{EXTENSION_NAME.pattern}$")},
        "patternProperties": {rf"^(?!(?:{known})(?![\s\S]))": _optional(Scalar().json_schema())},
        "additionalProperties": True,  # with False, types that are generated refuse extensions: they know no patterns
        "allOf": by_type,
        "$defs": dict(sorted(definitions.items())),
    }


def _extension(name: str) -> JsonSchema:
    """Of datacontenttype and dataschema also what is left out because it is none."""
    has_form = name.startswith("data")
    return _optional(Loose().json_schema() if has_form else {"type": "string"})


def _payloads(definitions: _Definitions) -> list[JsonSchema]:
    schemas = {type(schema): schema for schema in BY_TYPE.values()}
    return [_reference(schema, definitions) for schema in schemas.values()]


def _by_type(event_type: str, schema: PartSchema, definitions: _Definitions) -> JsonSchema:
    return {
        "if": {"type": "object", "properties": {"type": {"const": str(event_type)}}, "required": ["type"]},
        "then": {"type": "object", "properties": {"data": _reference(schema, definitions)}},
    }


def _object(schema: PartSchema, definitions: _Definitions) -> JsonSchema:
    fields = schema.fields
    drawn: JsonSchema = {
        "type": "object",
        "properties": {
            name: _needed(field, definitions) if field.required else _left_out(field, definitions)
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
        return _map(field, definitions)
    raise TypeError(f"{type(field).__name__} has no JSON Schema")


def _needed(field: Any, definitions: _Definitions) -> JsonSchema:
    drawn = _value(field, definitions)
    return _either(drawn, _NO_ROWS) if may_be_empty(field) else drawn


def _left_out(field: Any, definitions: _Definitions) -> JsonSchema:
    """An optional field: its value, or what is as good as none."""
    drawn = _value(field, definitions)
    if isinstance(field, Part) and field.schema.needed:
        drawn = {"anyOf": [drawn, _nothing(field, definitions)]}
    return _optional(_either(drawn, _NO_ROWS) if isinstance(field, Part | Named) else drawn)


def _nothing(part: Part, definitions: _Definitions) -> JsonSchema:
    """An object that says nothing."""
    properties = {}
    for name, field in part.schema.fields.items():
        inner = [_nothing(field, definitions), _NO_ROWS] if isinstance(field, Part) else []
        inner += [{"type": "object", "maxProperties": 0}, _NO_ROWS] if isinstance(field, Named) else []
        properties[name] = {"anyOf": [_NULL, _BLANK, *inner]}
    name = f"No{_name(part.schema)}"
    definitions[name] = {"title": name, "type": "object", "properties": properties, "additionalProperties": False}
    return {"$ref": f"#/$defs/{name}"}


def _map(field: Named, definitions: _Definitions) -> JsonSchema:
    drawn = _value(field.value_field, definitions)
    values = _either(_either(drawn, _NO_ROWS) if isinstance(field.value_field, Part) else drawn, _NULL)
    names = Text(required=True).json_schema()
    return {"type": "object", "propertyNames": names, "additionalProperties": values}


def _list(field: Rows, definitions: _Definitions) -> JsonSchema:
    row = _value(field.inner, definitions)
    drawn: JsonSchema = {"type": "array", "items": _either(row, _NULL) if isinstance(field.inner, Plain) else row}
    if field.at_least:
        drawn["minItems"] = field.at_least
    if field.at_most is not None:
        drawn["maxItems"] = field.at_most
    return drawn


def _reference(schema: Any, definitions: _Definitions) -> JsonSchema:
    name = _name(schema)
    if name not in definitions:
        definitions[name] = {}  # its place, before its parts ask for theirs
        definitions[name] = {"title": name, **_object(schema, definitions)}  # quicktype goes by titles alone
    return {"$ref": f"#/$defs/{name}"}


def _name(schema: Any) -> str:
    return type(schema).__name__.removesuffix("Schema")


def _optional(drawn: JsonSchema) -> JsonSchema:
    """The same, null, or a text of blanks."""
    kinds = drawn.get("anyOf", [drawn])
    takes_texts = any(kind.keys() == {"type"} and kind["type"] == "string" for kind in kinds)
    return _either(drawn, _NULL) if takes_texts else _either(_either(drawn, _BLANK), _NULL)


def _either(drawn: JsonSchema, other: JsonSchema) -> JsonSchema:
    if other is _NULL and isinstance(drawn.get("type"), str) and "enum" not in drawn:
        return drawn | {"type": [drawn["type"], "null"]}
    return {"anyOf": [*drawn.get("anyOf", [drawn]), other]}
