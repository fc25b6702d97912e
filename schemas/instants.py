"""Instants: aware, UTC, as RFC 3339 writes them; or as a source's clock does whose time zone is known.

A required one is refused for what is none. An optional one is left out, with a remark.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from marshmallow import ValidationError

from schemas.fields import JsonSchema, Plain, ended
from schemas.loose_fields import ANY_SCALAR, a_scalar
from schemas.repairs import Mended, Remarked

_LEAP = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
DAY_PATTERN = (
    r"(?!000[01]|9999)(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rf"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP})"
)
"""A day that exists, of the years 2 to 9998: of those at the ends an hour may be outside what can be counted."""

_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_ZONE = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_WRITTEN = re.compile(
    rf"(?!000[01]|9999)[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]+)?{_ZONE}"
)
_INSTANT = f"{DAY_PATTERN}[Tt]{_TIME}{_ZONE}"
_LOCAL = re.compile(f"{DAY_PATTERN}[Tt ]{_TIME}{_ZONE}?")
_SAYS = "must be an instant that exists, as RFC 3339 has it with a zone, such as 2026-11-21T09:30:00Z"
_OR_ZONE = 'or name the source\'s time zone: [sources."…"] timezone'


class LocalTime(str):
    """The message of an instant that a source's time zone would make one."""

    __slots__ = ()


class LocalTimeLeftOut(Remarked):
    """The same of an optional one."""

    __slots__ = ()


class Instant(Plain[datetime]):
    """An instant of RFC 3339 with its zone, as an aware ``datetime`` in UTC; beyond microseconds it is cut.

    One that wants a zone comes with the error, as it was written: ``settled`` makes something of it.
    """

    def read(self, value: Any) -> datetime:
        if isinstance(value, str) and _WRITTEN.fullmatch(value):
            try:  # not suppress(), which takes as long as all else
                return datetime.fromisoformat(value.upper()).astimezone(UTC)
            except ValueError:
                pass  # what does not exist is told below, as what is no instant at all
        if isinstance(value, str) and _LOCAL.fullmatch(value.strip()):
            message = f"{_SAYS}; {_OR_ZONE}"
            found = (
                ValidationError(LocalTime(message)) if self.required else Mended(LocalTimeLeftOut(left_out(message)))
            )
            found.valid_data = datetime.fromisoformat(value.strip().upper())  # type: ignore[assignment]  # ours to read
            raise found
        if self.required or not a_scalar(value):
            raise ValidationError(_SAYS)
        raise Mended(left_out(_SAYS))

    def json_schema(self) -> JsonSchema:
        if not self.required:
            return ANY_SCALAR
        return {"type": "string", "pattern": ended(f"^{_INSTANT}$")}  # a "format" is unknown to ajv in its strict mode


def is_local(message: str) -> bool:
    """Whether a fault's message is about an instant that only wants its source's time zone."""
    return isinstance(message, LocalTime | LocalTimeLeftOut)


def settled(value: Any, zone: tzinfo | None) -> Any:
    """Loaded values with every instant in UTC that was written without a zone, or ``None`` for it where none is known.

    An hour that a clock showed twice is the first one, one that it jumped over is as if it had not jumped (PEP 495).
    """
    if isinstance(value, datetime):
        if value.tzinfo is UTC:
            return value
        return None if zone is None else (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(value, dict):
        inner = {name: settled(one, zone) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None or value[name] is None}
    return [settled(one, zone) for one in value] if isinstance(value, list) else value


def left_out(must: str) -> str:
    """What to remark of an optional value that is left out."""
    return f"{must}: it is left out"
