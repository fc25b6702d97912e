"""Our field types: texts, ids, words and flags, each with its JSON Schema beside it.

A field reads a JSON value into a normalised one, or raises ``ValidationError`` with a sentence that does not repeat
the value; ``Mended`` where something can be made of it (see ``repairs``). Decimals are in ``amounts``, instants in
``instants``, what no order is refused for in ``loose_fields``, lists, maps and parts in ``parts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from marshmallow import ValidationError, fields, missing

from schemas.currencies import EXPONENTS
from schemas.repairs import BLANKS, Mended, cleaned

T = TypeVar("T")
JsonSchema = dict[str, Any]

MISSING: dict[str, str | list[Any] | dict[Any, Any]] = {"required": "is required", "null": "must not be null"}

MAX_WHOLE = 2**53 - 1  # the largest whole number that every JSON reader keeps
ORDER_NUMBER_CHARS = 64

_FILLED = r"[^\s\u0000-\u001f\u007f-\u009f\ufeff]"
"""A character of a text that is not blank, in the words of Python, JavaScript and Rust; Rust has none for a half."""
# what has no glyph: controls, blanks but the plain one, marks of direction, private ones
_UNPRINTABLE = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u1680\u180e\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff9-\ufffb"
)
_BLANK = r"[\s\ufeff\u001c-\u001f\u0085]"


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
    r"""A text in NFC without blanks at its ends and without control characters but newline and tab, which are dropped
    with a remark. A required one is not blank. ``\r\n``, which browsers send from a text area, is a newline."""

    takes_numbers = False

    def read(self, value: Any) -> str:
        if isinstance(value, str) and value.isascii() and value.isprintable():  # nearly every text: nothing to look for
            text = value.strip()
            if text or not self.required:
                return text
        return self._read_closely(value)

    def _read_closely(self, value: Any) -> str:
        text, remark = cleaned(id_text(value) if self.takes_numbers else value)
        if not text and self.required:
            raise ValidationError("must not be blank")
        if remark:
            raise Mended(remark, text)
        return text

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": _FILLED} if self.required else {"type": "string"}


class Id(Text):
    """A text that names something, or the whole JSON number that producers have for one."""

    takes_numbers = True

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [super().json_schema(), WHOLE_ID]}


class OrderNumber(Plain[str]):
    """An order's number: 1 to 64 printable characters, blanks at the ends cut off with a remark; a whole number too."""

    says = f"must be 1 to {ORDER_NUMBER_CHARS} printable characters"

    def read(self, value: Any) -> str:
        written = value if isinstance(value, str) else id_text(value)
        if not isinstance(written, str):
            raise ValidationError("must be a text")
        number = written.strip()
        if not (number.isascii() and number.isprintable()):
            number = self._of_any_script(written)
        if not 0 < len(number) <= ORDER_NUMBER_CHARS:
            raise ValidationError(self.says if number else "must not be blank")
        if len(number) < len(written):
            raise Mended("has blanks at its ends: they are cut off", number)
        return number

    def _of_any_script(self, written: str) -> str:
        number, remark = cleaned(written.strip(BLANKS))
        if remark or self._unprintable.search(number):
            raise ValidationError(self.says)
        return number

    _unprintable = re.compile(rf"[{_UNPRINTABLE}\ud800-\udfff]")

    def json_schema(self) -> JsonSchema:
        inner, end = rf"[^{_UNPRINTABLE}]", rf"[^{_UNPRINTABLE}\u0020]"
        some = rf"{end}(?:{inner}{{0,{ORDER_NUMBER_CHARS - 2}}}{end})?"
        return {"anyOf": [{"type": "string", "pattern": rf"^{_BLANK}*{some}{_BLANK}*$"}, WHOLE_ID]}


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
        return {"type": "string", "pattern": ended(f"^(?:{self.pattern.pattern})$")}


class EventId(Matching):
    """The id of an event; a whole number too."""

    def __init__(self, **options: Any) -> None:
        super().__init__("[!-~]{1,128}", "1 to 128 characters of printable ASCII without spaces", **options)

    def read(self, value: Any) -> str:
        return super().read(value if isinstance(value, str) else id_text(value))

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [super().json_schema(), WHOLE_ID]}


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


class CurrencyCode(OneOf):
    """A currency of ISO 4217, upper case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(EXPONENTS, "a currency of ISO 4217 in upper case, such as EUR", **options)


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


WHOLE_ID: JsonSchema = {"type": "integer", "minimum": -MAX_WHOLE, "maximum": MAX_WHOLE}


def id_text(value: Any) -> Any:
    """A whole number's text; everything else as it is. Beyond 2^53 other readers may have changed it before."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_WHOLE <= value <= MAX_WHOLE:
        return value
    return str(int(value)) if value == int(value) else value


def ended(pattern: str) -> str:
    """A pattern for JSON Schema whose end is the text's: Python's ``$`` takes a newline after it, JavaScript's none."""
    return pattern.removesuffix("$") + r"(?![\s\S])" if pattern.endswith("$") else pattern
