"""What can be made out of a message that is no call of ours: whom to answer, and what to keep of it.

Read only when a message is refused, and as leniently as can be. Never raises.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from schemas.fault import InvalidEvent
from worker.intake.claimed import Claimed, Gist, claimed_by, is_whole, kept_text
from worker.intake.message import TASK_ID_CHARS, Envelope, unpacked, wants_result

KEPT_HEADERS = ("task", "lang", "origin", "compression")
"""What tells who sent it and in which form. Others repeat the arguments, which name customers."""

EVENT_DEPTH = 5
"""Of a list of events below a wrong keyword: the body, its keywords, one of them, the list, the event."""


def gist_of_envelope(raw: bytes) -> Gist:
    """The gist of a message as kombu's Redis transport stores it."""
    message = _json(raw)
    if not isinstance(message, dict):
        return Gist()
    headers, properties = _mapping(message.get("headers")), _mapping(message.get("properties"))
    is_packed = "base64" in (properties.get("body_encoding"), message.get("content-encoding"))
    body = message.get("body")
    return gist_of(
        Envelope(
            message.get("content-type"),
            headers,
            _bytes(body if isinstance(body, str) else "", is_base64=is_packed),
            properties,
        )
    )


def gist_of(envelope: Envelope) -> Gist:
    """The gist of a message whose envelope is open."""
    headers, payload = envelope.headers, _payload(envelope)
    first = payload if isinstance(payload, dict) else {}
    told = {name: headers.get(name) for name in KEPT_HEADERS}
    told = {"task": first.get("task"), **{name: value for name, value in told.items() if value is not None}}
    told["content_type"] = envelope.content_type
    task_ids = (headers.get("id"), first.get("id"), envelope.properties.get("correlation_id"))
    return Gist(
        task_id=next((one for one in map(_task_id, task_ids) if one), ""),
        wants_result=wants_result(headers),
        claimed=_claimed_in(payload) or Claimed(),
        headers={name: kept_text(value) for name, value in told.items() if isinstance(value, str)},
    )


def _claimed_in(value: object, depth: int = EVENT_DEPTH) -> Claimed | None:
    """What the first thing says of itself that looks like an event, wherever in a call it is; of several only that."""
    if not depth or not isinstance(value, dict | list):
        return None
    claimed = claimed_by(value)
    if claimed.order or claimed.source:
        return claimed
    inside = value.values() if isinstance(value, dict) else value
    return next((found for one in inside if (found := _claimed_in(one, depth - 1))), None)


def _payload(envelope: Envelope) -> object:
    try:
        return _json(unpacked(envelope))
    except InvalidEvent:
        return None


def _task_id(value: object) -> str:
    is_usable = isinstance(value, str) and len(value) <= TASK_ID_CHARS and is_whole(value)
    return str(value) if is_usable else ""


def _bytes(text: str, *, is_base64: bool) -> bytes:
    try:
        return b64decode(text) if is_base64 else text.encode()
    except ValueError:  # not base64, or half characters
        return b""


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
