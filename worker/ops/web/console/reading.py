"""What a page's address and forms say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from marshmallow import ValidationError

from worker.ops.desk.advice import BadRequest
from worker.ops.desk.query import DeliveryQuery
from worker.ops.web.api.shapes import ListSchema

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


def why() -> str:
    """The reason that was given. Raises ``BadRequest`` where none was."""
    return form("why", needed="Say why: it goes on record.")


def _sentence(fault: ValidationError) -> str:
    told: Any = fault.messages
    return "; ".join(f"{name}: {' '.join(map(str, said))}" for name, said in told.items())
