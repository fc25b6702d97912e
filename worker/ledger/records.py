"""What the ledger keeps, packed: event bodies, links, attempts."""

from __future__ import annotations

import zlib
from hashlib import sha256

import msgspec

from schemas.delivery import Attempt, Link
from schemas.event import Event, decode_event, encode_event

_ZLIB = b"\x01"


class PackedAttempt(msgspec.Struct, array_like=True):
    """An attempt as it is kept: a JSON array, in the order of ``Attempt``'s fields."""

    number: int
    at_ms: int
    took_ms: int
    outcome: str
    reason: str
    http_status: int | None
    message: str
    excerpt: str
    digest: str


def pack_event(event: Event) -> bytes:
    """An event's body as it is kept: a codec byte and compressed JSON."""
    return _ZLIB + zlib.compress(encode_event(event), 6)


def unpack_event(body: bytes) -> Event:
    """The event from its kept body. Raises ``ValueError`` for a codec this version does not know."""
    if body[:1] != _ZLIB:
        raise ValueError(f"event body with unknown codec {body[:1]!r}: it was written by a newer Ordercast")
    return decode_event(zlib.decompress(body[1:]))


def event_identity(event: Event) -> bytes:
    """16 bytes that name (source, id)."""
    return sha256(f"{event.source}\0{event.id}".encode()).digest()[:16]


def pack_link(link: Link | None) -> bytes:
    return b"" if link is None else _encode(link)


def unpack_link(kept: bytes | None) -> Link | None:
    return _decode_link(kept) if kept else None


def pack_attempt(attempt: Attempt | None) -> bytes:
    if attempt is None:
        return b""
    return _encode(PackedAttempt(*(getattr(attempt, name) for name in PackedAttempt.__struct_fields__)))


def unpack_attempt(kept: bytes) -> Attempt:
    packed = _decode_attempt(kept)
    return Attempt(**{name: getattr(packed, name) for name in PackedAttempt.__struct_fields__})


_encode = msgspec.json.Encoder().encode
_decode_link = msgspec.json.Decoder(Link).decode
_decode_attempt = msgspec.json.Decoder(PackedAttempt).decode
