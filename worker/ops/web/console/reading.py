"""What a page's address and forms say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError

from worker.ops.desk.advice import BadRequest
from worker.ops.desk.query import DeliveryQuery
from worker.ops.web.api.shapes import ListSchema
from worker.ops.web.problems import flat

MOST_PER_SECOND = 100_000
"""More is a wish, and no pace."""
_FIELDS = ("provider", "state", "reason", "type", "source", "order", "since", "until", "fingerprint")


def asked(only: Sequence[str] = _FIELDS, limit: int = 50) -> tuple[DeliveryQuery, str | None, dict[str, str]]:
    """The list that the address asks for, its cursor, and what was written, for the form. Empty fields do not count.
    Raises ``BadRequest``."""
    written = {name: value for name, value in request.args.items() if name in (*only, "cursor") and value.strip()}
    try:
        query, cursor = ListSchema().load({**written, "limit": limit})
    except ValidationError as fault:
        raise BadRequest(_sentence(fault)) from fault
    return query, cursor, {name: value for name, value in written.items() if name != "cursor"}


def form(name: str, *, needed: str = "") -> str:
    """A field of the form that was sent. Raises ``BadRequest`` with ``needed`` where it is empty."""
    value = request.form.get(name, "").strip()
    if not value and needed:
        raise BadRequest(needed, field=name)
    return value


def filled(*names: str) -> dict[str, str]:
    """The fields of the form that was sent which are not empty."""
    return {name: value for name in names if (value := form(name))}


def read(schema: Schema, told: Mapping[str, Any]) -> Any:
    """What a form says, as the API reads it. Raises ``BadRequest``."""
    try:
        return schema.load(told)
    except ValidationError as fault:
        raise BadRequest(_sentence(fault)) from fault


def rate() -> float | None:
    """How many a second at most. Raises ``BadRequest``."""
    said = form("rate")
    if not said:
        return None
    try:
        per_second = float(said)
    except ValueError:
        per_second = 0.0
    if not 0 < per_second <= MOST_PER_SECOND:
        raise BadRequest("A pace is a number above 0: so many a second.", field="rate")
    return per_second


def why() -> str:
    """The reason that was given. Raises ``BadRequest`` where none was."""
    return form("why", needed="Say why: it goes on record.")


def _sentence(fault: ValidationError) -> str:
    return "; ".join(f"{one['path']}: {one['message']}" for one in flat(fault.messages))
