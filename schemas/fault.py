"""Why an event is refused: every fault with its place. And what was made of one that is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from schemas.outcome import Reason

MAX_FAULTS = 1000
_SHOWN = 5
_STEP_CHARS = 64


class EventFault(msgspec.Struct, frozen=True):
    """One fault. ``path`` is dotted (``data.order.items.2.unit_price``), empty for the event as a whole.

    The message never repeats a text of the event, so that it may be logged.
    """

    path: str
    message: str


class Remark(msgspec.Struct, frozen=True):
    """One value of an accepted event that was repaired: where it stood, and what was made of it. Never the value."""

    path: str
    message: str


class InvalidEvent(ValueError):
    """What came is not a valid event. ``errors`` are all its faults, ``reason`` is the word for the refusal."""

    def __init__(self, errors: list[EventFault], reason: Reason = Reason.INVALID) -> None:
        self.errors = errors
        self.reason = reason
        shown = "; ".join(f"{fault.path}: {fault.message}".removeprefix(": ") for fault in errors[:_SHOWN])
        super().__init__(shown + ("; …" if len(errors) > _SHOWN else ""))


def refused(reason: Reason, message: str, path: str = "") -> InvalidEvent:
    """A refusal of the whole event for one fault."""
    return InvalidEvent([EventFault(path, message)], reason)


def fault(path: tuple[object, ...], message: str) -> EventFault:
    """A fault at a place. Names that the producer chose are cut and cleaned before they stand in a path."""
    return EventFault(".".join(_step(step) for step in path), message)


def flatten(messages: Mapping[Any, Any], *above: object) -> Iterator[EventFault]:
    """Marshmallow's nested messages as faults, in their order."""
    for name, inner in messages.items():
        path = above if name == "_schema" else (*above, name)
        if isinstance(inner, Mapping):
            yield from flatten(inner, *path)
        else:
            yield from (fault(path, message) for message in inner)


def capped(faults: list[EventFault]) -> list[EventFault]:
    """All faults, or the first thousand and how many more there are."""
    more = len(faults) - MAX_FAULTS
    return faults if more <= 0 else [*faults[:MAX_FAULTS], EventFault("", f"has {more} more faults")]


def _step(step: object) -> str:
    text = str(step)[:_STEP_CHARS]
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)
