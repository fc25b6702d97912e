"""What is made of a value that is not as it should be, and yet no order is refused for.

A field raises ``Mended``: a fault that brings along what was made of the value. ``loading`` turns it into a remark, or
leaves it the fault that it is, where the producer asked for strictness. So a value that needs no repair costs nothing.
Source: canonical event, "Repairs and remarks".
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What counts as blank at the ends of a text: what Python does, and U+FEFF, which is one in other languages."""

BLANK_PATTERN = r"^[\s\u001c-\u001f\u0085\ufeff]*$"
"""Of a text that is as good as none, in the words of both Python and JavaScript."""

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DROPPED = "has control characters or half characters: they are dropped"


class Remarked(str):
    """The message of a fault that can be mended."""

    __slots__ = ()


class Mended(ValidationError):
    """A fault with what was made of the value: ``made``, or ``None`` where it is left out."""

    def __init__(self, message: str, made: Any = None) -> None:
        super().__init__(message if isinstance(message, Remarked) else Remarked(message))
        self.valid_data = made


def cleaned(value: Any) -> tuple[str, str]:
    r"""A text as we keep it, and what there is to remark: NFC, newlines as ``\n``, no blanks at its ends, no control
    characters but newline and tab. Raises ``ValidationError`` for what is no text."""
    if not isinstance(value, str):
        raise ValidationError("must be a text")
    if value.isascii() and value.isprintable():  # nearly every text: nothing to look for
        return value.strip(), ""
    text = value.replace("\r\n", "\n")
    fit = _UNFIT.sub("", text)
    return unicodedata.normalize("NFC", fit).strip(BLANKS), "" if fit == text else _DROPPED


def only_remarks(messages: Any) -> bool:
    """Whether all of marshmallow's nested messages are about what could be mended."""
    if isinstance(messages, dict):
        return all(map(only_remarks, messages.values()))
    return all(isinstance(message, Remarked) for message in messages)


def is_blank(value: object) -> bool:
    """Whether a value says no more than leaving it out does."""
    return value is None or (isinstance(value, str) and not value.strip(BLANKS))


def untagged(value: object) -> str | None:
    """The text of a value that kombu's JSON (5.3 and later) has wrapped, or a worker unwrapped; ``None`` for anything
    else.

    Source: kombu 5.7, ``utils/json.py``: ``{"__type__": "decimal", "__value__": "1.50"}``, a UUID as ``{"hex": …}``.
    """
    if isinstance(value, Decimal):
        return _plain_decimal(str(value))
    if isinstance(value, UUID | date | time):
        return value.isoformat() if not isinstance(value, UUID) else str(value)
    if not isinstance(value, dict) or value.keys() != {"__type__", "__value__"}:
        return None
    kind, inner = value["__type__"], value["__value__"]
    if kind == "uuid" and isinstance(inner, dict):
        return _uuid_text(inner.get("hex"))
    if not isinstance(inner, str):
        return None
    return _plain_decimal(inner) if kind == "decimal" else inner if isinstance(kind, str) and kind in _TEXTS else None


_TEXTS = frozenset({"datetime", "date", "time", "bytes"})


def _uuid_text(digits: object) -> str | None:
    """As ``str`` of a UUID writes it."""
    if not isinstance(digits, str) or not re.fullmatch("[0-9a-f]{32}", digits):
        return None
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _plain_decimal(text: str) -> str:
    """Without an exponent, which ``str`` of a Decimal may have; what is no number stays as it is."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return format(number, "f") if number.is_finite() and -100 < number.adjusted() < 100 else text  # noqa: PLR2004  no page of zeros
