"""A canonical order event: CloudEvents 1.0, structured mode, after validation."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

from schemas.fault import Remark
from schemas.order import Note, Order


class EventType(StrEnum):
    CREATED = "order.created"
    UPDATED = "order.updated"
    CANCELLED = "order.cancelled"
    DELETED = "order.deleted"
    INVOICED = "order.invoiced"
    REFUNDED = "order.refunded"
    NOTED = "order.noted"


SNAPSHOTS = frozenset({EventType.CREATED, EventType.UPDATED})


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class Cancellation(_Part, frozen=True):
    reason: str | None = None
    restock: bool = True


class Deletion(_Part, frozen=True):
    reason: str | None = None


class Invoice(_Part, frozen=True):
    number: str | None = None
    issued_at: datetime | None = None
    notify: bool = False


class RefundLine(_Part, frozen=True):
    item_id: str
    quantity: Decimal | None = None
    amount: Decimal | None = None  # includes tax


class Refund(_Part, frozen=True):
    id: str | None = None
    reason: str | None = None
    restock: bool = True
    whole: bool = False
    amount: Decimal | None = None  # includes tax
    lines: list[RefundLine] = []


class EventData(_Part, frozen=True):
    order: Order | None = None
    cancellation: Cancellation | None = None
    deletion: Deletion | None = None
    invoice: Invoice | None = None
    refund: Refund | None = None
    note: Note | None = None


class Event(_Part, frozen=True):
    """A fact about an order in the canonical shape; accepted once, never changed.

    ``time`` is aware, UTC. ``revision`` is the order's version at the producer. ``extensions`` are the other
    CloudEvents attributes, ``traceparent`` among them, kept as they came. ``remarks`` are ours: what was repaired.
    """

    id: str
    source: str
    type: EventType
    subject: str
    time: datetime
    data: EventData
    revision: int | None = None
    test: bool = False
    extensions: dict[str, Any] = {}
    remarks: tuple[Remark, ...] = ()

    @property
    def is_snapshot(self) -> bool:
        return self.type in SNAPSHOTS

    @property
    def order(self) -> Order:
        """The order of a snapshot. Raises ``ValueError`` for an action that carries none."""
        if self.data.order is None:
            raise ValueError(f"a {self.type} event carries no order")
        return self.data.order


encode_event = msgspec.json.Encoder(decimal_format="string").encode
"""An Event as the compact JSON that the ledger keeps. An amount below 0.000001 has an exponent there."""

decode_event = msgspec.json.Decoder(Event).decode
"""An Event from the JSON that the ledger kept."""

_encode_sorted = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode


_FREE = {"shipping": "price", "payment": "fee"}
"""What costs nothing has nothing to say, and an object that says nothing would be read as none."""


def event_document(event: Event) -> dict[str, Any]:
    """An Event as a producer would send it: CloudEvents 1.0 in plain JSON values, loadable again as the same Event."""
    document: dict[str, Any] = _plain(msgspec.to_builtins(event, builtin_types=[Decimal]))
    extensions = document.pop("extensions", {})
    document.pop("remarks", None)
    order = document["data"].get("order", {})
    for part, amount in _FREE.items():
        if order.get(part) == {}:
            order[part] = {amount: "0"}
    return {"specversion": "1.0", **document, **extensions}


def _plain(value: Any) -> Any:
    """Decimals as texts: ``str`` would give a small one an exponent, which no producer may send."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def event_digest(event: Event) -> str:
    """16 hex digits of what the event says: type, subject, revision and its normalised content.

    Not of its time, trace and other extensions: two bodies that mean the same have the same digest, however they are
    spelt, and an id that comes back with another digest has been reused.
    """
    return sha256(_encode_sorted([event.type, event.subject, event.revision, event.data])).hexdigest()[:16]
