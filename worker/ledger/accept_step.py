"""What the accept step reads: of the whole call, and of each event."""

from __future__ import annotations

from datetime import datetime

from schemas.act import act_of
from schemas.delivery import Link, delivery_id, order_digest
from schemas.event import Event, EventType
from worker.ledger.provider_rows import Row, Table
from worker.ledger.store.codec import act_identity, event_identity, pack_event, pack_link

Targets = list[tuple[Row, str]]
"""Who wants an event, each with the id of its delivery."""


def targets_of(event: Event, table: Table) -> Targets:
    return [(row, delivery_id(row.name, event.source, event.id)) for row in table.wanting(event)]


def shared_arguments(table: Table, reader: tuple[str, str], dedupe_ms: int, max_pending: int) -> list[object]:
    """What lib/batch.lua reads before the events."""
    rows = [part for row in table.rows for part in (row.name, row.limit, int(row.blocks), int(row.keeps_all))]
    return [*reader, table.version, dedupe_ms, max_pending, len(table.rows), *rows]


def event_arguments(event: Event, digest: str, seq: int | None, customer: bytes, targets: Targets) -> list[object]:
    """What lib/batch.lua reads of each event. ``seq`` is the number that it arrived under before, if it had one,
    ``customer`` the hash of its customer's e-mail, or empty."""
    return [
        event_identity(event),
        digest,
        order_digest(event.source, event.subject),
        event.source,
        event.subject,
        "" if event.revision is None else event.revision,
        "s" if event.is_snapshot else "a",
        pack_event(event),
        seq or "",
        _moment(event) if event.is_snapshot else _act(event),
        sum(1 << row.ordinal for row, _ in targets),
        customer,
        len(targets),
        *(part for row, delivery in targets for part in (row.ordinal + 1, delivery, known_link(row, event))),
    ]


def known_link(row: Row, event: Event) -> bytes:
    """What the producer knows of the order at a provider."""
    refs = event.data.order.refs.get(row.name) if event.data.order else None
    if not refs or not refs.order_id:
        return b""
    return pack_link(Link(order_id=refs.order_id, contact_id=refs.contact_id, line_ids=refs.line_ids))


def _moment(event: Event) -> str:
    """A snapshot's place in time, as lib/stale.lua reads it."""
    time = 2 * _microseconds(event.time) + (event.type is EventType.UPDATED)
    updated_at = event.order.updated_at
    return f"{time}" if updated_at is None else f"{time}|{_microseconds(updated_at)}"


def _microseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1_000_000)


def _act(event: Event) -> bytes:
    """What an action does, as lib/dedupe.lua reads it; empty where it has no name."""
    act = act_of(event)
    return act_identity(event, act) + f"{event.id} {act.says}".encode() if act else b""
