"""A Celery message as a call of ``ordercast.accept``: protocol 1 or 2, JSON, and nothing that Celery does around it.

Source: Celery 5.7 documentation, "Message Protocol", versions 1 and 2; kombu 5.7 ``transport/virtual`` for the Redis
envelope, ``compression`` for the names of what is packed.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.fault import InvalidEvent, refused
from schemas.outcome import Reason
from schemas.strict_json import strict_json
from worker.intake.claimed import is_whole
from worker.ledger.intake import Receipt
from worker.messages import ACCEPT

JSON = "application/json"
UTF_8 = ("utf-8", "utf8")
TASK_ID_CHARS = 1024
ENVELOPE_DEPTH = 40  # an event's 32 and Celery's wrapping
UNPACKED_BYTES = 16_777_216
DEFLATED = ("application/x-gzip", "application/gzip", "application/zlib")
"""What kombu calls gzip is zlib's form; other clients send gzip's own under the same name."""
EITHER_FORM = 32 + zlib.MAX_WBITS
KEYWORDS = ("event", "events")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as the broker gave it: what kind of text it carries, its headers, its body, which may be packed, and
    where somebody looks at them its properties."""

    content_type: object
    headers: Mapping[str, Any]
    body: bytes
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AcceptCall:
    """A call of ``ordercast.accept``: its task id, its events, whether they came as a list, and whether its result is
    wanted. ``refusal`` is the receipt of what is no such call; then there are no events."""

    task_id: str
    events: list[object]
    is_batch: bool
    wants_result: bool
    refusal: Receipt | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What either protocol says of a call."""

    task: object
    task_id: object
    args: object
    kwargs: object
    eta: object
    is_followed: bool


def read_envelope(raw: bytes) -> AcceptCall:
    """The call in a message as kombu's Redis transport stores it.

    Raises ``InvalidEvent`` with reason ``not_json``, ``too_deep`` or ``not_a_call``, and what to do instead.
    """
    message = _mapping(strict_json(raw, ENVELOPE_DEPTH))
    return read_call(Envelope(message.get("content-type"), _mapping(message.get("headers") or {}), _body(message)))


def read_call(envelope: Envelope) -> AcceptCall:
    """The call in a message. Raises as ``read_envelope`` does."""
    if envelope.content_type != JSON and not _is_json(envelope.content_type):
        raise no_call("send it as application/json (task_serializer = 'json')")
    headers = envelope.headers
    payload = strict_json(unpacked(envelope), ENVELOPE_DEPTH, halves=True)
    asked = _protocol_2(headers, payload) if "task" in headers else _protocol_1(payload)
    if asked.task != ACCEPT:
        raise no_call(f"only calls of {ACCEPT} belong in this queue")
    if asked.eta not in (None, ""):  # some clients write a blank one for none
        raise no_call("an eta or countdown is not obeyed here; send the event when it happened")
    if asked.is_followed:
        raise no_call("links, chains and chords are not run here; send the call alone")
    task_id = _task_id(asked.task_id)
    events, is_batch = _events(asked.args, asked.kwargs)
    return AcceptCall(task_id, events, is_batch, wants_result=wants_result(headers))


def wants_result(headers: Mapping[str, Any]) -> bool:
    """Whether the sender waits for a receipt. Clients in other languages may write ``false`` as a text."""
    ignored = headers.get("ignore_result")
    return not ignored or (isinstance(ignored, str) and ignored.strip().lower() == "false")


def unpacked(envelope: Envelope) -> bytes:
    """The body as it was before it was compressed, at most 16 MiB. Raises ``InvalidEvent``."""
    compression = envelope.headers.get("compression")
    if not compression:
        return envelope.body
    if compression not in DEFLATED:
        raise no_call("send it uncompressed, or with gzip (task_compression = None, or 'gzip')")
    unpacking = zlib.decompressobj(EITHER_FORM)
    try:
        body = unpacking.decompress(envelope.body, UNPACKED_BYTES)
    except zlib.error as error:
        raise no_call("the body is said to be gzip, and cannot be unpacked; send it again") from error
    if unpacking.unconsumed_tail:
        raise no_call("the body is more than 16 MiB when unpacked; send fewer events in one call")
    if not unpacking.eof:
        raise no_call("the body is said to be gzip, and its end is missing; send it again")
    return body


def _is_json(content_type: object) -> bool:
    """Whether it is JSON's media type with parameters, in whatever case; a charset among them is UTF-8."""
    if not isinstance(content_type, str):
        return False
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [one.removeprefix("charset=").strip('"') for one in parameters if one.startswith("charset=")]
    return kind == JSON and all(one in UTF_8 for one in charsets)


def _body(message: Mapping[str, Any]) -> bytes:
    body, properties = message.get("body"), _mapping(message.get("properties") or {})
    if not isinstance(body, str):
        raise no_call("the message has no body")
    if properties.get("body_encoding") != "base64" and message.get("content-encoding") != "base64":
        return body.encode()
    try:
        return b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise no_call("the message's body is not base64") from error


def _protocol_2(headers: Mapping[str, Any], payload: object) -> _Asked:
    if not isinstance(payload, list) or len(payload) != 3:  # noqa: PLR2004  args, kwargs, embed
        raise no_call("the body is not [args, kwargs, embed] (Celery's message protocol 2)")
    args, kwargs, embed = payload
    followed = any(_mapping(embed or {}).get(name) for name in ("callbacks", "errbacks", "chain", "chord"))
    return _Asked(headers.get("task"), headers.get("id"), args, kwargs, headers.get("eta"), followed)


def _protocol_1(payload: object) -> _Asked:
    if not isinstance(payload, dict) or "task" not in payload:
        raise no_call("it names no task, neither in its headers (Celery's message protocol 2) nor in its body (1)")
    task, task_id, args, kwargs, eta = (payload.get(name) for name in ("task", "id", "args", "kwargs", "eta"))
    followed = any(payload.get(name) for name in ("callbacks", "errbacks", "chord"))
    return _Asked(task, task_id, args, kwargs, eta, followed)


def _task_id(task_id: object) -> str:
    if task_id is None or task_id == "":
        raise no_call("the message carries no task id")
    if not isinstance(task_id, str):
        raise no_call("its task id is not a text")
    if len(task_id) > TASK_ID_CHARS:
        raise no_call(f"its task id is longer than {TASK_ID_CHARS} characters; leave it to Celery")
    if not is_whole(task_id):
        raise no_call("its task id has half characters (lone surrogates); leave it to Celery")
    return task_id


def _events(args: object, kwargs: object) -> tuple[list[object], bool]:
    """Null stands for nothing: some clients write it where their caller left arguments out."""
    positional, named = args or [], kwargs or {}
    if not isinstance(positional, list) or not isinstance(named, dict):
        raise no_call("the arguments are not a list and an object of keywords")
    given = [*positional, *(named[name] for name in KEYWORDS if name in named)]
    if len(given) != 1 or len(named) > 1 - len(positional):
        raise no_call('give one argument: the event or a list of events, or the keyword "event" or "events"')
    only = given[0]
    return (only, True) if isinstance(only, list) else (given, False)


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise no_call("it is not a Celery message")
    return value


def no_call(why: str) -> InvalidEvent:
    """The refusal of what is no call of ours, with what to do instead."""
    return refused(Reason.NOT_A_CALL, why)
