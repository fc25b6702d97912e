"""What the ledger keeps, packed: event bodies, links, attempts, final deliveries."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from msgspec import json
from msgspec.structs import replace

from schemas.act import Act
from schemas.delivery import Attempt, Link, SentRequest, State
from schemas.event import Event, decode_event, encode_event
from schemas.outcome import OutcomeKind, Reason
from worker.ledger.store.phrases import PHRASES

_WITH_PHRASES = b"\x02"


def pack_event(event: Event) -> bytes:
    """An event's body as it is kept: a codec byte and JSON, compressed by what events have in common: six tenths of the
    bytes of a plain compression, and less work to read."""
    packing = zlib.compressobj(6, zdict=PHRASES)
    return _WITH_PHRASES + packing.compress(encode_event(event)) + packing.flush()


def unpack_event(body: bytes) -> Event:
    """The event from its kept body. Raises ``ValueError`` for a codec this version does not know."""
    if body[:1] != _WITH_PHRASES:
        raise ValueError(f"event body with unknown codec {body[:1]!r}: it was written by another version of Ordercast")
    return decode_event(zlib.decompressobj(zdict=PHRASES).decompress(body[1:]))


def unpack_text(body: bytes) -> str:
    """The same as the text that is kept, for whoever looks for words in it."""
    return zlib.decompressobj(zdict=PHRASES).decompress(body[1:]).decode()


def event_identity(event: Event) -> bytes:
    """16 bytes that name (source, id)."""
    return identity_of(event.source, event.id)


def identity_of(source: str, event_id: str) -> bytes:
    """The same of an event that is not at hand."""
    return sha256(f"{source}\0{event_id}".encode()).digest()[:16]


def act_identity(event: Event, act: Act) -> bytes:
    """16 bytes that name what an action does, within source, order and type; a test never tells of a real one."""
    named = (event.source, event.subject, event.type.value, "test" if event.test else "", act.name)
    return sha256("\0".join(named).encode()).digest()[:16]


def pack_link(link: Link | None) -> bytes:
    """A JSON array: order id, contact id, line ids, notes; what is empty at its end is left out."""
    if link is None:
        return b""
    return _encode(_without_tail([link.order_id, link.contact_id, link.line_ids, link.notes]))


def unpack_link(kept: bytes | None) -> Link | None:
    if not kept:
        return None
    order_id, contact_id, line_ids, notes = [*json.decode(kept), None, None, None, None][:4]
    return Link(order_id=order_id or None, contact_id=contact_id or None, line_ids=line_ids or {}, notes=notes or {})


class FinalDelivery(NamedTuple):
    """A final delivery as it is kept in its event's record: ``FORM`` in lib/delivery.lua, with a line's end before the
    link.

    ``superseded_by`` is the number of an arrival. ``attempts`` is how many there were, ``None`` where that goes without
    saying: one where ``last_attempt`` is kept here (see ``unpack_attempt``), else none. ``link`` is what the order's
    only event learned of it.
    """

    state: State
    at_ms: int
    reason: str
    superseded_by: int | None
    edits: int
    attempts: int | None
    last_attempt: bytes
    link: Link | None


def unpack_final(packed: bytes | None) -> FinalDelivery | None:
    """``None`` where the delivery is not final."""
    if not packed:
        return None
    said, _, link = packed.partition(b"\n")
    state, at, reason, by, edits, attempts, last = said.split(b"|", _LAST_ATTEMPT)
    return FinalDelivery(
        State(state.decode() or State.DELIVERED),
        int(at),
        reason.decode() or Reason.SAVED.value,
        int(by) if by else None,
        int(edits or 0),
        int(attempts) if attempts else None,
        last,
        unpack_link(link),
    )


def blank_final(packed: bytes, blank_link: Callable[[Link], Link]) -> bytes:
    """A final delivery without what its last attempt was answered, and with another link."""
    said, _, link = packed.partition(b"\n")
    fields = said.split(b"|", _LAST_ATTEMPT)
    fields[_LAST_ATTEMPT] = blank_attempt(fields[_LAST_ATTEMPT])
    known = unpack_link(link)
    return b"|".join(fields) + (b"\n" + pack_link(blank_link(known)) if known else b"")


def blank_attempt(kept: bytes) -> bytes:
    """An attempt without a word of what was sent and answered: its number, times, outcome and reason stay."""
    return pack_attempt(replace(unpack_attempt(kept), message="", excerpt="", digest="")) if kept else kept


def pack_attempt(attempt: Attempt | None) -> bytes:
    """A JSON array of ``Attempt``'s fields in their order; what is empty at its end is left out. A plain success, which
    nearly all are, is its number, instant, duration and HTTP status alone."""
    if attempt is None:
        return b""
    fields = [getattr(attempt, name) for name in Attempt.__struct_fields__]
    if fields[_OUTCOME:] == [*_PLAIN, attempt.http_status, "", "", ""]:
        return _encode([*fields[:_OUTCOME], attempt.http_status])
    return _encode(_without_tail(fields))


def unpack_attempt(kept: bytes) -> Attempt:
    fields = json.decode(kept)
    if len(fields) == _OUTCOME + 1:
        fields[_OUTCOME:_OUTCOME] = _PLAIN
    return Attempt(*fields)


SENT_BYTES = 16_384
"""The longest of what an attempt sent, as it is kept."""


def pack_sent(sent: SentRequest | None) -> bytes:
    """What an attempt sent: the 16 digits of its digest, then all else, compressed. What is longer than ``SENT_BYTES``
    is cut."""
    if sent is None:
        return b""
    body, is_cut = sent.body, sent.is_cut
    while len(packed := _packed_sent(sent, body, is_cut=is_cut)) > SENT_BYTES:
        body, is_cut = body[: len(body) // 2], True
    return packed


def unpack_sent(kept: bytes) -> SentRequest:
    head, _, body = zlib.decompressobj(zdict=PHRASES).decompress(kept[_DIGEST:]).partition(b"\n")
    step, method, content_type, is_cut = json.decode(head)
    return SentRequest(kept[:_DIGEST].decode(), step, method, content_type, body, bool(is_cut))


def _packed_sent(sent: SentRequest, body: bytes, *, is_cut: bool) -> bytes:
    packing = zlib.compressobj(6, zdict=PHRASES)
    head = _encode([sent.step, sent.method, sent.content_type, int(is_cut)])
    return sent.digest.encode() + packing.compress(head + b"\n" + body) + packing.flush()


def _without_tail(fields: list[Any]) -> list[Any]:
    while fields and not fields[-1]:
        fields.pop()
    return fields


_LAST_ATTEMPT = FinalDelivery._fields.index("last_attempt")
_OUTCOME = 3
_DIGEST = 16
_PLAIN = [OutcomeKind.ACCEPTED.value, Reason.SAVED.value]
_encode = json.Encoder().encode
