"""Intake: accept an event into every lane it belongs to, or keep it as a refusal.

Both fail shut: where the store is away, full, or has lost its reader, nothing is accepted, and the caller keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.delivery import Link, delivery_id, order_digest
from schemas.event import Event
from schemas.order import ProviderRefs
from schemas.outcome import Reason
from worker.errors import LeaseLost, NoProviders, StoreFull
from worker.ledger.connection import Store, text
from worker.ledger.records import event_identity, pack_event, pack_link
from worker.ledger.table import Row, Table, read_table

DAY_MS = 86_400_000
UNWANTED = (
    "No provider wants this event: it is kept, and goes to nobody. `ordercast providers` lists who wants which events."
)
STEP_EVENTS = 16
"""So many events in one step at most: for the milliseconds that takes nobody else is served."""


class Receipt(msgspec.Struct, frozen=True):
    """The answer to an accepted call: what became of an event. ``deliveries`` are delivery ids by provider order.

    ``status`` is accepted, duplicate or refused; ``reason`` is there where it was refused. ``remarks`` are what a
    producer should know of an event that was taken.
    """

    event_id: str | None
    status: str
    deliveries: list[str] = []
    errors: list[dict[str, str]] = []
    reason: Reason | None = None
    remarks: list[dict[str, str]] = []


@dataclass(frozen=True, slots=True)
class Arrival:
    """A valid event with the digest of its meaning, and the number it arrived under where it had one before."""

    event: Event
    digest: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """The letterbox reader on whose behalf something is written: refused once its lease is another's."""

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
            answers, wanted = self._run(left, table, reader)
            calls.extend(wanted)
            for arrival, answer in zip(left, answers, strict=True):
                word = text(answer[0])
                if word == "table":
                    self._table = None
                    break
                receipts.append(self._receipt(word, arrival, answer, table))
        return receipts, calls

    def refuse(
        self,
        raw: bytes,
        reason: Reason,
        errors: Iterable[object],
        *,
        source: str = "",
        event_id: str = "",
        reader: Reader | None = None,
    ) -> int:
        """Keep what is no valid event, with why. Gives its number. Raises ``LeaseLost`` and ``StoreUnreachable``."""
        held = (reader.queue, reader.token) if reader else ("", "")
        listed = msgspec.json.encode(list(errors))
        seq = int(self.store.run("refuse", source, event_id, reason.value, listed, raw, self.refusal_ms, *held))
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
        self, arrivals: Sequence[Arrival], table: Table, reader: Reader | None
    ) -> tuple[list[list[Any]], list[str]]:
        """The step's answer to each event, and the providers that want runners."""
        shared = self._shared_arguments(table, reader)
        steps = [
            (*shared, *(part for arrival in some for part in self._arguments(arrival, table)))
            for some in (arrivals[at : at + STEP_EVENTS] for at in range(0, len(arrivals), STEP_EVENTS))
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
        """What parts/arrivals.lua reads before the events."""
        rows = [part for row in table.rows for part in (row.name, row.limit, int(row.blocks), int(row.keeps_all))]
        held = (reader.queue, reader.token) if reader else ("", "")
        return [*held, table.version, self.dedupe_ms, self.max_pending, len(table.rows), *rows]

    def _arguments(self, arrival: Arrival, table: Table) -> list[object]:
        """What parts/arrivals.lua reads of each event."""
        event = arrival.event
        rows = table.wanting(event)
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
            sum(1 << row.ordinal for row in rows),
            len(rows),
            *(part for row in rows for part in self._target(row, event)),
        ]

    def _target(self, row: Row, event: Event) -> tuple[object, ...]:
        refs = event.data.order.refs.get(row.name) if event.data.order else None
        known = pack_link(_link(refs)) if refs and refs.order_id else b""
        return row.ordinal + 1, delivery_id(row.name, event.source, event.id), known

    def _receipt(self, word: str, arrival: Arrival, answer: list[bytes], table: Table) -> Receipt:
        event = arrival.event
        if word == "full":
            raise StoreFull(f"Nothing more is accepted until deliveries drain: {text(answer[1])}.")
        if word == "reused":
            fault = {"path": "id", "message": f"The id {event.id!r} was accepted from this source with another body."}
            return Receipt(event.id, "refused", [], [fault], Reason.ID_REUSED)
        names = table.names(int(answer[2])) if word == "duplicate" else [row.name for row in table.wanting(event)]
        deliveries = [delivery_id(name, event.source, event.id) for name in names]
        return Receipt(event.id, word, deliveries, remarks=[] if deliveries else [{"path": "", "message": UNWANTED}])


def _link(refs: ProviderRefs) -> Link:
    return Link(order_id=refs.order_id, contact_id=refs.contact_id, line_ids=refs.line_ids)
