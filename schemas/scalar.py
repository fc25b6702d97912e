"""The plain JSON values of metadata."""

from __future__ import annotations

from math import isfinite
from typing import Any

from marshmallow import ValidationError

from schemas.fields import MAX_WHOLE, JsonSchema, Plain, Text
from schemas.repairs import Mended


class Scalar(Plain[Any]):
    """A plain JSON value: text, true, false, a number, or null where ``allow_none``. Whole floats become integers; what
    not every JSON reader keeps as a number is kept as a text, with a remark."""

    def read(self, value: Any) -> str | float | bool:
        if isinstance(value, str):
            return _SOME_TEXT.read(value)
        if isinstance(value, bool):
            return value
        if not isinstance(value, int | float):
            raise ValidationError("must be a text, a number, true or false, and no list or object")
        if not -MAX_WHOLE <= value <= MAX_WHOLE:
            raise _too_long(value)
        return int(value) if value == int(value) else value

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [Text().json_schema(), {"type": "boolean"}, {"type": "number"}]}


def _too_long(number: float) -> Mended:
    """1e400 is more than any double: what was written cannot be told any more."""
    if isinstance(number, float) and not isfinite(number):
        return Mended("must be within 2^53, or a text: it is left out")
    return Mended("must be a text where it is beyond 2^53: it is kept as one", str(int(number)))


_SOME_TEXT = Text()
