"""Intake: accept an event into every lane it belongs to, or keep it as a refusal.

Both fail shut: where the store is away, full, or has lost its reader, nothing is accepted, and the caller keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgspec

from schemas.act import act_of, unlike
from schemas.delivery import Link, delivery_id, order_digest
from schemas.event import Event, EventType
from schemas.outcome import Reason
from worker.errors import LeaseLost, NoProviders, StoreFull
from worker.ledger.provider_rows import Row, Table, read_table
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import act_identity, event_identity, pack_event, pack_link

DAY_MS = 86_400_000
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
UNWANTED = (
    "No provider wants this event: it is kept, and goes to nobody. `ordercast providers` lists who wants which events."
)
STEP_EVENTS = 16
"""So many events in one step at most: for the milliseconds that takes nobody else is served."""


class Receipt(msgspec.Struct, frozen=True):
    """The answer to an accepted call: what became of an event. ``deliveries`` are delivery ids by provider order.

    ``status`` is accepted, duplicate or refused; ``reason`` is there where it was refused. ``remarks`` are what was
    repaired, and what else a producer should know: path and message. ``duplicate_of`` is the id of the event that told
    of the same refund or invoice before, where it was another: the deliveries are that event's.
    """

    event_id: str | None
    status: str
    deliveries: list[str] = []
    errors: list[dict[str, str]] = []
    reason: Reason | None = None
    remarks: list[dict[str, str]] = []
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A valid event with the digest of its meaning, and the number it arrived under where it had one before."""

    event: Event
    digest: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of the intake queue on whose behalf something is written: refused once its lease is another's."""

    queue: str
    token: str


class Intake:
    """Accepts and refuses. Keeps the provider table as last read; that it has changed is noticed by the step itself."""

    def __init__(
        self, store: Store, *, dedupe_days: int = 400, refusal_days: int = 30, max_pending: int = 1_000_000
    ) -> None:
        self.store = store
        self.dedupe_ms = dedupe_days * DAY_MS
        self.refusal_ms = refusal_days * DAY_MS
        self.max_pending = max_pending
        self._table: Table | None = None

    def accept(self, arrivals: Sequence[Arrival], reader: Reader | None = None) -> tuple[list[Receipt], list[str]]:
        """A receipt for each event, in order, on disk before this returns; and the providers that want a runner
        called, each as often as it wants one.

        Each event is atomic by itself. A repeat is safe: it answers ``duplicate``. Raises ``StoreFull`` when nothing
        was accepted because of a cap, ``LeaseLost`` when the reader is not the reader any more, ``NoProviders`` where
        no configuration was ever applied to the ledger, ``StoreUnreachable``. When it raises after some were accepted,
        a repeat of all is still safe.
        """
        receipts: list[Receipt] = []
        calls: list[str] = []
        while len(receipts) < len(arrivals):
            left = arrivals[len(receipts) :]
            table = self.table()
            targets = [_targets(arrival.event, table) for arrival in left]
            answers, wanted = self._run(left, targets, table, reader)
            calls.extend(wanted)
            for arrival, aimed, answer in zip(left, targets, answers, strict=True):
                word = text(answer[0])
                if word == "table":
                    self._table = None
                    break
                receipts.append(_receipt(word, arrival.event, answer, aimed, table))
        return receipts, calls

    def refuse(
        self,
        raw: bytes,
        reason: Reason,
        errors: Iterable[object],
        *,
        source: str = "",
        event_id: str = "",
        order: str = "",
        task_id: str = "",
        headers: Mapping[str, str] = NO_HEADERS,
        reader: Reader | None = None,
    ) -> int:
        """Keep what is no valid event, with why and with what it says of itself: ``order`` is the order's number,
        ``task_id`` and ``headers`` are those of the message that was no call. Gives its number. Raises ``LeaseLost``
        and ``StoreUnreachable``."""
        held = (reader.queue, reader.token) if reader else ("", "")
        listed = msgspec.json.encode(list(errors))
        told = (order, task_id, msgspec.json.encode(dict(headers)) if headers else b"")
        seq = int(self.store.run("refuse", source, event_id, reason.value, listed, raw, self.refusal_ms, *held, *told))
        if seq == 0:
            raise LeaseLost
        return seq

    def table(self) -> Table:
        """The provider table, read once and again when it has changed. Raises ``NoProviders`` where there is none."""
        if self._table is None:
            table = read_table(self.store)
            if not table.version:
                raise NoProviders
            self._table = table
        return self._table

    def _run(
        self, arrivals: Sequence[Arrival], targets: Sequence[Targets], table: Table, reader: Reader | None
    ) -> tuple[list[list[Any]], list[str]]:
        """The step's answer to each event, and the providers that want runners."""
        shared = self._shared_arguments(table, reader)
        each = [_arguments(arrival, aimed) for arrival, aimed in zip(arrivals, targets, strict=True)]
        steps = [
            (*shared, *chain.from_iterable(each[at : at + STEP_EVENTS])) for at in range(0, len(each), STEP_EVENTS)
        ]
        answers: list[list[Any]] = []
        calls: list[str] = []
        for *answered, wanted in self.store.run_each("accept", steps):
            if wanted == [b"fenced"]:
                raise LeaseLost
            answers.extend(answered)
            for name, count in zip(wanted[::2], wanted[1::2], strict=True):
                calls.extend([name.decode()] * count)
        return answers, calls

    def _shared_arguments(self, table: Table, reader: Reader | None) -> list[object]:
        """What lib/batch.lua reads before the events."""
        rows = [part for row in table.rows for part in (row.name, row.limit, int(row.blocks), int(row.keeps_all))]
        held = (reader.queue, reader.token) if reader else ("", "")
        return [*held, table.version, self.dedupe_ms, self.max_pending, len(table.rows), *rows]


Targets = list[tuple[Row, str]]
"""Who wants an event, each with the id of its delivery."""


def _targets(event: Event, table: Table) -> Targets:
    return [(row, delivery_id(row.name, event.source, event.id)) for row in table.wanting(event)]


def _arguments(arrival: Arrival, targets: Targets) -> list[object]:
    """What lib/batch.lua reads of each event."""
    event = arrival.event
    return [
        event_identity(event),
        arrival.digest,
        order_digest(event.source, event.subject),
        event.source,
        event.subject,
        "" if event.revision is None else event.revision,
        "s" if event.is_snapshot else "a",
        pack_event(event),
        arrival.seq or "",
        _moment(event) if event.is_snapshot else _act(event),
        sum(1 << row.ordinal for row, _ in targets),
        len(targets),
        *(part for row, delivery in targets for part in (row.ordinal + 1, delivery, _known_link(row, event))),
    ]


def _known_link(row: Row, event: Event) -> bytes:
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


def _remarks(event: Event, deliveries: list[str]) -> list[dict[str, str]]:
    remarks: list[dict[str, str]] = [msgspec.to_builtins(remark) for remark in event.remarks]
    return remarks if deliveries else [*remarks, {"path": "", "message": UNWANTED}]


def _receipt(word: str, event: Event, answer: list[bytes], targets: Targets, table: Table) -> Receipt:
    if word == "accepted":
        deliveries = [delivery for _, delivery in targets]
        return Receipt(event.id, word, deliveries, remarks=_remarks(event, deliveries))
    if word == "full":
        raise StoreFull(f"Nothing more is accepted until deliveries drain: {text(answer[1])}.")
    if word == "duplicate":
        first = text(answer[3]) or event.id
        deliveries = [delivery_id(name, event.source, first) for name in table.names(int(answer[2]))]
        return Receipt(
            event.id,
            word,
            deliveries,
            remarks=_remarks(event, deliveries),
            duplicate_of=None if first == event.id else first,
        )
    fault = {"path": "id", "message": f"The id {event.id!r} was accepted from this source with another body."}
    if word == "other" and (act := act_of(event)):
        fault = {"path": act.path, "message": unlike(act, text(answer[1]), text(answer[2]))}
    return Receipt(event.id, "refused", [], [fault], Reason.ID_REUSED)
