"""From what a producer sent to an Event: the one door, where everything is looked at once and never again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from marshmallow import ValidationError

from schemas.event import Event
from schemas.event_schema import EventSchema
from schemas.fault import EventFault, InvalidEvent, capped, fault, flatten, refused
from schemas.fields import Text
from schemas.order_schema import MAX_ITEMS
from schemas.outcome import Reason
from schemas.parts import Scalar
from schemas.rules import event_faults
from schemas.shapes import reader
from schemas.strict_json import checked_size_bytes, strict_json
from schemas.totals import TotalsRule, complete

TEXT_EXTENSIONS = frozenset({"datacontenttype", "dataschema", "traceparent", "tracestate"})
EXTENSION_NAME = re.compile("[a-z0-9]{1,64}")  # CloudEvents 1.0.2, "Attribute Naming Convention"

_SCHEMA = EventSchema()
_read_event = reader(Event)
_SCALAR = Scalar()
_TEXT = Text()


def read_event(body: bytes, *, limit_bytes: int, totals: TotalsRule = "check", now: datetime) -> Event:
    """An Event from the bytes of one request or message.

    Raises ``InvalidEvent`` with reason ``too_large`` (bytes, or more than 2,000 items), ``not_json``, ``too_deep`` or
    ``invalid``.
    """
    if len(body) > limit_bytes:
        raise _too_large(limit_bytes)
    return _load_checked(strict_json(body), totals, now)


def read_decoded(raw: object, *, limit_bytes: int, totals: TotalsRule = "check", now: datetime) -> Event:
    """An Event from JSON that another library decoded, such as a Celery message's arguments.

    The same checks and refusals as ``read_event``; the size is that of its compact JSON.
    """
    if checked_size_bytes(raw) > limit_bytes:
        raise _too_large(limit_bytes)
    return _load_checked(raw, totals, now)


def load_event(raw: object, *, totals: TotalsRule = "check", now: datetime) -> Event:
    """An Event from a JSON object, without looking at its size and depth. ``now`` is aware.

    Raises ``InvalidEvent`` with all faults, at most a thousand. Takes about a millisecond for two lines.
    """
    if not isinstance(raw, Mapping):
        raise refused(Reason.INVALID, "must be an object")
    extensions, faults = _extensions(raw)
    attributes = {name: value for name, value in raw.items() if name in _SCHEMA.fields}
    values, more = _values(attributes)
    order = (values.get("data") or {}).get("order")
    order_is_sound = not any(f"{one.path}.".startswith("data.order.") for one in more)
    faults += more
    faults.extend(event_faults(values, now))
    if order and order_is_sound:
        faults.extend(complete(order, totals))
    if faults:
        raise InvalidEvent(capped(faults))
    del values["specversion"]
    event: Event = _read_event(values | {"extensions": extensions})
    return event


def _too_large(limit_bytes: int) -> InvalidEvent:
    return refused(Reason.TOO_LARGE, f"must have at most {limit_bytes} bytes")


def _load_checked(raw: object, totals: TotalsRule, now: datetime) -> Event:
    if _item_count(raw) > MAX_ITEMS:
        raise refused(Reason.TOO_LARGE, f"must have at most {MAX_ITEMS} items", "data.order.items")
    return load_event(raw, totals=totals, now=now)


def _item_count(raw: object) -> int:
    for name in ("data", "order", "items"):
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return len(raw) if isinstance(raw, list) else 0


def _values(attributes: dict[str, Any]) -> tuple[dict[str, Any], list[EventFault]]:
    """What could be loaded, and the faults of what could not."""
    try:
        return cast(dict[str, Any], _SCHEMA.load(attributes)), []
    except ValidationError as error:
        return cast(dict[str, Any], error.valid_data), list(flatten(error.messages_dict))


def _extensions(raw: Mapping[Any, Any]) -> tuple[dict[str, Any], list[EventFault]]:
    """The other attributes of CloudEvents. Null is the same as absent (JSON Event Format 1.0.2, section 2.2)."""
    extensions: dict[str, Any] = {}
    faults: list[EventFault] = []
    for name, value in raw.items():
        if name in _SCHEMA.fields:
            continue
        if not isinstance(name, str) or not EXTENSION_NAME.fullmatch(name):
            faults.append(fault((name,), "is not a known field, nor an extension's name (a-z, 0-9)"))
        elif value is not None:
            try:
                extensions[name] = (_TEXT if name in TEXT_EXTENSIONS else _SCALAR).read(value)
            except ValidationError as error:
                faults.extend(flatten({name: error.messages}))
    return extensions, faults
