"""A delivery: the promise that one event reaches one provider; its attempts and its link."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

import msgspec


class State(StrEnum):
    """The eight states of a delivery (design 2)."""

    PENDING = "pending"
    ATTEMPTING = "attempting"
    PARKED = "parked"
    DELIVERED = "delivered"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    DEAD = "dead"
    DISCARDED = "discarded"


FINAL_STATES = frozenset({State.DELIVERED, State.SKIPPED, State.SUPERSEDED, State.DISCARDED})


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """The provider's own ids for our order.

    ``order_id`` and ``contact_id`` are the provider's, as text. ``line_ids`` maps our item id to the provider's
    line id. ``notes`` is the adapter's own small memory of this order at this provider (applied refunds, what was
    sent last), text to text.
    """

    order_id: str | None = None
    contact_id: str | None = None
    line_ids: dict[str, str] = {}
    notes: dict[str, str] = {}


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True, rename={"number": "n", "at_ms": "at"}):
    """One try at a delivery that reached the provider's door.

    ``at_ms`` is the store's clock in milliseconds at its start, ``took_ms`` how long it took. ``digest`` is of the
    mutating request's body: the first 16 hex digits of its SHA-256.
    """

    number: int
    at_ms: int
    took_ms: int
    outcome: str
    reason: str
    http_status: int | None = None
    message: str = ""
    excerpt: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """The last request of an attempt that was to change something, without its path and without our secrets. It names
    the customer.

    ``digest`` is of the body as it was sent: the first 16 hex digits of its SHA-256. ``step`` is the call's name.
    ``is_cut`` says that ``body`` is no more than the beginning of it.
    """

    digest: str
    step: str
    method: str
    content_type: str
    body: bytes = field(repr=False)
    is_cut: bool = False


class LastAttempt(msgspec.Struct, frozen=True):
    """The last attempt as people see it. ``at`` is RFC 3339 in UTC, ``took_ms`` milliseconds."""

    number: int
    at: str
    took_ms: int
    outcome: str
    reason: str
    http_status: int | None
    message: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as people see it (design 9). Instants are RFC 3339 in UTC.

    ``reason`` is the word for the present state, ``last_attempt.reason`` the one of that attempt. ``waiting_behind``
    and ``superseded_by`` are delivery ids. ``link`` is what we know of the provider's ids for the order.
    """

    id: str
    event_id: str
    event_type: str
    source: str
    order: str
    provider: str
    kind: str
    state: State
    reason: str | None
    attempts: int
    next_attempt_at: str | None
    waiting_behind: str | None
    in_doubt: bool
    superseded_by: str | None
    link: Link | None
    created_at: str
    updated_at: str
    last_attempt: LastAttempt | None


@lru_cache(maxsize=8192)
def delivery_id(provider: str, source: str, event_id: str) -> str:
    """The delivery of an event to a provider: ``d`` and 25 base32 characters, the same however often it is asked."""
    digest = sha256(f"{provider}\0{source}\0{event_id}".encode()).digest()
    return "d" + b32encode(digest[:20])[:25].decode().lower()


def order_digest(source: str, number: str) -> str:
    """A short name for (source, order number): 20 base32 characters, safe in a key."""
    return b32encode(sha256(f"{source}\0{number}".encode()).digest()[:15])[:20].decode().lower()
