"""What a refused thing says of itself, whatever that is worth: kept with the refusal, so that it can be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_CHARS = 128


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a body says of itself, whatever that is worth: the event's source and id, and the order's number."""

    source: str = ""
    event_id: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Gist:
    """``task_id`` is empty where nobody can be answered, ``headers`` are those that are kept with the refusal."""

    task_id: str = ""
    wants_result: bool = False
    claimed: Claimed = Claimed()
    headers: Mapping[str, str] = field(default_factory=dict)


def claimed_by(value: object) -> Claimed:
    """What an event says of itself, in whatever shape it is."""
    if not isinstance(value, dict):
        return Claimed()
    number = _written(value.get("subject"))
    if not number:
        inner: Any = value.get("data")
        for name in ("order", "number"):
            inner = inner.get(name) if isinstance(inner, dict) else None
        number = _written(inner)
    return Claimed(kept_text(value.get("source")), kept_text(_written(value.get("id"))), kept_text(number))


def _written(value: object) -> str:
    """A number or an id as it is asked for: of a whole number its digits, of a text what is between its blanks."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**KEPT_CHARS else ""
    return value.strip() if isinstance(value, str) else ""


def kept_text(value: object) -> str:
    """The beginning of a text, empty for what is none."""
    return value[:KEPT_CHARS] if isinstance(value, str) and is_whole(value) else ""


def is_whole(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
