"""From what a producer sent to an Event: the one door, where everything is looked at once and never again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, TypedDict, Unpack, cast

from marshmallow import ValidationError

from schemas.event import Event
from schemas.event_schema import EventSchema
from schemas.fault import EventFault, InvalidEvent, Remark, capped, fault, flatten, refused
from schemas.fields import Text
from schemas.instants import is_local, settled
from schemas.loose_fields import MediaType, Uri
from schemas.order_schema import MAX_ITEMS
from schemas.outcome import Reason
from schemas.parts import Unknown, unwrapped
from schemas.repairs import Mended, Remarked, is_blank
from schemas.rules import event_faults, leave_out_empty_lines
from schemas.scalar import Scalar
from schemas.shapes import reader
from schemas.strict_json import checked_size_bytes, strict_json
from schemas.totals import TotalsRule, complete

TEXT_EXTENSIONS = frozenset({"datacontenttype", "dataschema", "traceparent", "tracestate"})
EXTENSION_NAME = re.compile("[a-z0-9]{1,64}")  # CloudEvents 1.0.2, "Attribute Naming Convention"

_SCHEMA = EventSchema()
_read_event = reader(Event)
_SCALAR = Scalar()
_OWN = {"datacontenttype": MediaType(), "dataschema": Uri(), "traceparent": Text(), "tracestate": Text()}
_ADVISED = 20
"""So many unknown fields are told what was meant: to look for it takes a tenth of a millisecond each."""
_MOST_REMARKS = 100
_NO_ZONES: Mapping[str, tzinfo] = {}


class Rules(TypedDict, total=False):
    """How an event is read: see ``load_event``."""

    totals: TotalsRule
    strict: bool
    zones: Mapping[str, tzinfo]


def read_event(body: bytes, *, limit_bytes: int, now: datetime, **rules: Unpack[Rules]) -> Event:
    """An Event from the bytes of one request or message.

    Raises ``InvalidEvent`` with reason ``too_large`` (bytes, or more than 2,000 items), ``not_json``, ``too_deep`` or
    ``invalid``.
    """
    if len(body) > limit_bytes:
        raise _too_large(limit_bytes)
    return _load_checked(strict_json(body, halves=True), now, rules)


def read_decoded(raw: object, *, limit_bytes: int, now: datetime, **rules: Unpack[Rules]) -> Event:
    """An Event from JSON that another library decoded, such as a Celery message's arguments.

    The same checks and refusals as ``read_event``; the size is that of its compact JSON.
    """
    if checked_size_bytes(raw) > limit_bytes:
        raise _too_large(limit_bytes)
    return _load_checked(raw, now, rules)


def load_event(
    raw: object,
    *,
    now: datetime,
    totals: TotalsRule = "check",
    strict: bool = False,
    zones: Mapping[str, tzinfo] = _NO_ZONES,
) -> Event:
    """An Event from a JSON object, without looking at its size and depth. ``now`` is aware.

    What was repaired are the event's ``remarks``; ``strict`` refuses it instead. ``zones`` are the time zones of
    sources whose instants have none. Raises ``InvalidEvent`` with all faults, at most a thousand.
    """
    if not isinstance(raw, Mapping):
        raise refused(Reason.INVALID, "must be an object")
    if all(map(is_blank, raw.values())):
        raise refused(Reason.INVALID, f"is empty: an event needs {', '.join(sorted(_SCHEMA.needed))}")
    extensions, told = _extensions(raw)
    values, more = _values({name: value for name, value in raw.items() if name in _SCHEMA.fields})
    if more:
        values, more = _with_zone(values, more, zones)
    order_is_sound = not any(map(_breaks_order, more))
    told += more
    told += event_faults(values, now)
    order = (values.get("data") or {}).get("order")
    if order and order_is_sound:
        told += complete(order, totals, leave_out_empty_lines(order, values.get("type")))
    if told:
        _refuse_faults(told, strict)
        values["remarks"] = _remarks(told)
    del values["specversion"]
    event: Event = _read_event(values | {"extensions": extensions})
    return event


def _with_zone(
    values: dict[str, Any], told: list[EventFault], zones: Mapping[str, tzinfo]
) -> tuple[dict[str, Any], list[EventFault]]:
    """The values with their source's time zone where an instant has none, and what is left to be told of them."""
    if not any(is_local(one.message) for one in told):
        return values, told
    zone = zones.get(str(values.get("source")))
    left = told if zone is None else [one for one in told if not is_local(one.message)]
    return settled(values, zone), left


def _breaks_order(told: EventFault) -> bool:
    return not isinstance(told.message, Remarked) and f"{told.path}.".startswith("data.order.")


def _refuse_faults(told: list[EventFault], strict: bool) -> None:
    """Raises where there are faults among what is told: all of it, where the producer asked for strictness."""
    faults = [one for one in told if strict or not isinstance(one.message, Remarked)]
    if faults:
        unknown = [one for one in faults if isinstance(one.message, Unknown)][:_ADVISED]
        advised = {one.path: one.message.advised() for one in unknown if isinstance(one.message, Unknown)}
        raise InvalidEvent(capped([EventFault(one.path, advised.get(one.path, str(one.message))) for one in faults]))


def _remarks(told: list[EventFault]) -> tuple[Remark, ...]:
    """What was repaired: all of it, or the first hundred and how much more there is."""
    shown = [Remark(one.path, str(one.message)) for one in told[:_MOST_REMARKS]]
    more = len(told) - len(shown)
    return (*shown, Remark("", f"{more} more values were repaired")) if more else tuple(shown)


def _too_large(limit_bytes: int) -> InvalidEvent:
    return refused(Reason.TOO_LARGE, f"must have at most {limit_bytes} bytes")


def _load_checked(raw: object, now: datetime, rules: Rules) -> Event:
    if _item_count(raw) > MAX_ITEMS:
        raise refused(Reason.TOO_LARGE, f"must have at most {MAX_ITEMS} items", "data.order.items")
    return load_event(raw, now=now, **rules)


def _item_count(raw: object) -> int:
    for name in ("data", "order", "items"):
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return len(raw) if isinstance(raw, list) else 0


def _values(attributes: dict[str, Any]) -> tuple[dict[str, Any], list[EventFault]]:
    """What could be loaded, and what is to be told of what could not, or not as it stood."""
    try:
        return _SCHEMA.read(attributes), []
    except ValidationError as error:
        return cast(dict[str, Any], error.valid_data), list(flatten(error.messages_dict))


def _extensions(raw: Mapping[Any, Any]) -> tuple[dict[str, Any], list[EventFault]]:
    """The other attributes of CloudEvents. Null is the same as absent (JSON Event Format 1.0.2, section 2.2)."""
    extensions: dict[str, Any] = {}
    told: list[EventFault] = []
    for name, value in raw.items():
        if name in _SCHEMA.fields:
            continue
        if not isinstance(name, str) or not EXTENSION_NAME.fullmatch(name):
            told.append(fault((name,), _SCHEMA.of_unknown(name, ", nor an extension's name (a-z, 0-9)")))
        elif not is_blank(value):
            kept, messages = _extension(name, value)
            told.extend(flatten({name: messages or []}))
            if kept is not None:
                extensions[name] = kept
    return extensions, told


def _extension(name: str, value: Any) -> tuple[Any, Any]:
    """An extension's value, and what there is to tell of it. CloudEvents has no type for a fraction, so its text goes
    on: a strict receiver would refuse the whole event."""
    field: Any = _OWN.get(name, _SCALAR)
    try:
        kept = field.read(value)
    except ValidationError as error:
        return unwrapped(field, value, error)
    if isinstance(kept, float):
        return repr(kept), Mended(
            "must be a text, a whole number, true or false: the fraction is kept as a text"
        ).messages
    return kept, None
