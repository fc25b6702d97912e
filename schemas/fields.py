"""Our field types: texts, words, instants and flags, each with its JSON Schema beside it.

A field reads a JSON value into a normalised one, or raises ``ValidationError`` with a sentence that does not repeat
the value. Decimals are in ``amounts``, lists, maps and parts in ``parts``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from marshmallow import ValidationError, fields, missing

from schemas.countries import COUNTRIES
from schemas.currencies import EXPONENTS

T = TypeVar("T")
JsonSchema = dict[str, Any]

MISSING: dict[str, str | list[Any] | dict[Any, Any]] = {"required": "is required", "null": "must not be null"}

MAX_WHOLE = 2**53 - 1  # the largest whole number that every JSON reader keeps
MAX_EMAIL_CHARS = 254

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FIT_PATTERN = r"^(?:[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\r\n)*$"
_LINE_PATTERN = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
_EMAIL = r"[^@\s]+@[^@\s]+"


class Plain(fields.Field[T], Generic[T]):
    """A field that reads one JSON value. A kind of value says how in ``read``, and what it takes in ``json_schema``."""

    default_error_messages = MISSING

    def read(self, value: Any) -> T:
        raise NotImplementedError

    def json_schema(self) -> JsonSchema:
        raise NotImplementedError

    def deserialize(  # type: ignore[override]  # one signature for marshmallow's overloads
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> T | None:
        """The same as marshmallow's, which makes a validator anew for each value: an order has some hundred fields,
        most of them left out."""
        if value is missing and not self.required and self.load_default is missing:
            nothing: Any = missing
            return nothing  # type: ignore[no-any-return]  # marshmallow's word for what was left out
        if value is missing or value is None or self.validators:
            return super().deserialize(value, attr, data, **kwargs)  # type: ignore[no-any-return]  # so it is typed there
        return self.read(value)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002  marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002  marshmallow's signature
        **kwargs: Any,  # noqa: ARG002  marshmallow's signature
    ) -> T:
        return self.read(value)


class Text(Plain[str]):
    r"""A text in NFC without control characters but newline and tab. A required one is not blank.

    ``\r\n``, which browsers send from a text area, is a newline. ``max_chars`` counts after NFC. ``printable``
    refuses newlines and every other character that has no glyph.
    """

    def __init__(self, *, max_chars: int | None = None, printable: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.max_chars = max_chars
        self.printable = printable

    def read(self, value: Any) -> str:
        text = read_text(value)
        if self.required and not text.strip():
            raise ValidationError("must not be blank")
        if self.max_chars is not None and len(text) > self.max_chars:
            raise ValidationError(f"must have at most {self.max_chars} characters")
        if self.printable and not text.isprintable():
            raise ValidationError("must have printable characters only")
        return text

    def json_schema(self) -> JsonSchema:
        pattern = _LINE_PATTERN if self.printable else _FIT_PATTERN
        schema: JsonSchema = {"type": "string", "pattern": pattern}
        if self.required:
            schema["pattern"] = r"^(?=[\s\S]*\S)" + pattern[1:]
        if self.max_chars is not None:
            schema["maxLength"] = self.max_chars
        return schema


class Matching(Plain[str]):
    """A text of a fixed form in ASCII. ``says`` completes the sentence "must be …"."""

    def __init__(self, pattern: str, says: str, **options: Any) -> None:
        super().__init__(**options)
        self.pattern = re.compile(pattern)
        self.says = says

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise ValidationError(f"must be {self.says}")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$"}


class OneOf(Plain[str]):
    """A word of a closed list."""

    def __init__(self, words: Iterable[str], says: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.words = tuple(words)
        self.says = says or "one of " + ", ".join(self.words)
        self._known = frozenset(self.words)

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self._known:
            raise ValidationError(f"must be {self.says}")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "enum": sorted(self.words)}


class Country(OneOf):
    """A country of ISO 3166-1, alpha-2, upper case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(COUNTRIES, "a country of ISO 3166-1 alpha-2 in upper case, such as DK", **options)


class CurrencyCode(OneOf):
    """A currency of ISO 4217, upper case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(EXPONENTS, "a currency of ISO 4217 in upper case, such as EUR", **options)


class Email(Plain[str]):
    """An e-mail address: one ``@`` between two texts, no blanks, at most 254 characters, any script."""

    pattern = re.compile(_EMAIL)

    def read(self, value: Any) -> str:
        text = read_text(value)
        if len(text) > MAX_EMAIL_CHARS or not self.pattern.fullmatch(text):
            raise ValidationError(f"must be an e-mail address: one @, no blanks, at most {MAX_EMAIL_CHARS} characters")
        return text

    def json_schema(self) -> JsonSchema:
        return {
            "type": "string",
            "maxLength": MAX_EMAIL_CHARS,
            "pattern": r"^[^@\s\u0000-\u001f\u007f-\u009f]+@[^@\s\u0000-\u001f\u007f-\u009f]+$",
        }


class Instant(Plain[datetime]):
    """An instant of RFC 3339 with its zone, as an aware ``datetime`` in UTC; beyond microseconds it is cut."""

    pattern = re.compile(_INSTANT)

    def read(self, value: Any) -> datetime:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise ValidationError("must be an instant of RFC 3339 with a zone, such as 2026-11-21T09:30:00Z")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as cause:
            raise ValidationError("must be an instant that exists") from cause

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date-time", "pattern": f"^{_INSTANT}$"}


class Day(Plain[str]):
    """A day of the calendar, YYYY-MM-DD."""

    pattern = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise ValidationError("must be a day as YYYY-MM-DD")
        try:
            date.fromisoformat(value)
        except ValueError as cause:
            raise ValidationError("must be a day that exists") from cause
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date", "pattern": f"^{self.pattern.pattern}$"}


class Flag(Plain[bool]):
    """True or false, never a word or a number for it."""

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}


class Whole(Plain[int]):
    """A whole number from 0 to 2^53 - 1. A JSON number with an empty fraction (``3.0``) is whole."""

    def read(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_WHOLE:
            raise ValidationError(f"must be a whole number from 0 to {MAX_WHOLE}")
        if value != int(value):
            raise ValidationError("must be a whole number")
        return int(value)

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": 0, "maximum": MAX_WHOLE}


def read_text(value: Any) -> str:
    r"""A text as we keep it: NFC, newlines as ``\n``. Raises ``ValidationError`` for what is none."""
    if not isinstance(value, str):
        raise ValidationError("must be a text")
    if value.isascii() and value.isprintable():  # nearly every text: nothing to look for
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
    if _UNFIT.search(text):
        raise ValidationError("must have no control characters but newline and tab, and no half characters")
    return text
