"""Marshmallow's errors as sentences for whoever wrote the configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from schemas.nearest import nearest

OF_THE_WHOLE = "_schema"
IN_OUR_WORDS = {
    "Missing data for required field": "is missing",
    "Field may not be null": "must not be empty",
    "Invalid input type": "must be a table, such as { name = value }",
    "Not a valid mapping type": "must be a table, such as { name = value }",
    "Not a valid list": 'must be a list, such as ["one", "two"]',
    "Not a valid string": 'must be a text in quotes, such as "one"',
    "Not a valid integer": "must be a whole number, without quotes",
    "Not a valid number": "must be a number, without quotes",
    "Not a valid boolean": "must be true or false, without quotes",
}
"""marshmallow's sentences, which do not tell what to write. Source: ``marshmallow/fields.py`` 4.4."""


def sentences(schema: Schema, errors: Any, path: str, also_known: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Each fault as its place and what is wrong there. ``also_known`` are keys that another schema reads."""
    if not isinstance(errors, dict):
        yield from _said(errors, path)
        return
    for key, found in errors.items():
        if key == OF_THE_WHOLE:
            yield from _said(found, path)
        elif found == [schema.error_messages["unknown"]]:
            yield f"{path}.{key}", unknown_key(str(key), [*schema.fields, *also_known])
        else:
            yield from _of_field(schema.fields.get(str(key)), found, f"{path}.{key}")


def unknown_key(key: str, known: Collection[str]) -> str:
    """What to say of a key that nobody reads: the nearest right one, or all of them."""
    return f"is not a setting; {nearest(key, known)}"


def _of_field(field: fields.Field[Any] | None, found: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(field, fields.Nested):
        yield from sentences(field.schema, found, path)
    elif isinstance(found, Mapping):
        for key, deeper in found.items():
            if isinstance(field, fields.Dict) and isinstance(deeper, Mapping):
                yield from _of_entry(field, deeper, f"{path}.{key}")
            else:
                yield from _of_field(None, deeper, f"{path}.{key}")
    else:
        yield from _said(found, path)


def _of_entry(field: fields.Dict, found: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """An entry's faults without the word for which side of it is at fault: the sentence says that."""
    for side, errors in found.items():
        yield from _of_field(field.value_field if side == "value" else field.key_field, errors, path)


def _said(found: Any, path: str) -> Iterator[tuple[str, str]]:
    for message in found if isinstance(found, list) else [found]:
        text = str(message).rstrip(".")
        yield path, IN_OUR_WORDS.get(text, text)
