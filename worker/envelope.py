"""A Celery message as a call of ``ordercast.accept``: protocol 2, JSON, and nothing that Celery would do around it.

Source: Celery 5.7 documentation, "Message Protocol", version 2; kombu 5.7 ``transport/virtual`` for the Redis envelope.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.fault import InvalidEvent, refused
from schemas.outcome import Reason
from schemas.strict_json import strict_json
from worker.dispatch import ACCEPT

TASK_ID_CHARS = 256
ENVELOPE_DEPTH = 40  # an event's 32 and Celery's wrapping


@dataclass(frozen=True, slots=True)
class Call:
    """A call of ``ordercast.accept``: its task id, its events, whether they came as a list, and whether its result is
    wanted."""

    task_id: str
    events: list[object]
    is_batch: bool
    wants_result: bool


def read_envelope(raw: bytes) -> Call:
    """The call in a message as kombu's Redis transport stores it.

    Raises ``InvalidEvent`` with reason ``not_json``, ``too_deep`` or ``not_a_call``, and what to do instead.
    """
    message = _mapping(strict_json(raw, ENVELOPE_DEPTH))
    if message.get("content-type") != "application/json":
        raise no_call("send it as application/json (task_serializer = 'json')")
    return read_call(_mapping(message.get("headers")), _body(message))


def read_call(headers: Mapping[str, Any], body: bytes) -> Call:
    """The call in a message's headers and decoded body. Raises as ``read_envelope`` does."""
    if headers.get("task") != ACCEPT:
        raise no_call(f"only calls of {ACCEPT} belong in this queue")
    if headers.get("eta") is not None:
        raise no_call("an eta or countdown is not obeyed here; send the event when it happened")
    if headers.get("compression"):
        raise no_call("send it uncompressed (task_compression = None)")
    task_id = headers.get("id")
    if not isinstance(task_id, str) or not 0 < len(task_id) <= TASK_ID_CHARS:
        raise no_call("the message carries no task id")
    events, is_batch = _events(strict_json(body, ENVELOPE_DEPTH, halves=True))
    return Call(task_id, events, is_batch, wants_result=not headers.get("ignore_result"))


def _body(message: Mapping[str, Any]) -> bytes:
    body, properties = message.get("body"), _mapping(message.get("properties"))
    if not isinstance(body, str):
        raise no_call("the message has no body")
    if properties.get("body_encoding") != "base64":
        return body.encode()
    try:
        return b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise no_call("the message's body is not base64") from error


def _events(payload: object) -> tuple[list[object], bool]:
    parts = payload if isinstance(payload, list) else []
    if len(parts) != 3 or not isinstance(parts[0], list) or not isinstance(parts[1], dict):  # noqa: PLR2004  protocol 2
        raise no_call("the body is not [args, kwargs, embed] (Celery's message protocol 2)")
    arguments, embed = parts[0], parts[2] or {}
    if any(_mapping(embed).get(name) for name in ("callbacks", "errbacks", "chain", "chord")):
        raise no_call("links, chains and chords are not run here; send the call alone")
    if len(arguments) != 1 or parts[1]:
        raise no_call("give one argument, the event or a list of events, and no keywords")
    if isinstance(arguments[0], list):
        return arguments[0], True
    return arguments, False


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise no_call("it is not a Celery message")
    return value


def no_call(why: str) -> InvalidEvent:
    """The refusal of what is no call of ours, with what to do instead."""
    return refused(Reason.NOT_A_CALL, why)
