"""Intake: accept an event into every lane it belongs to, or keep it as a refusal.

Both fail shut: where the store is away, full, or has lost its reader, nothing is accepted, and the caller keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgspec

from schemas.act import act_of, unlike
from schemas.config import Config
from schemas.delivery import delivery_id, order_digest
from schemas.event import Event
from schemas.outcome import Reason
from worker.errors import LeaseLost, NoProviders, StoreFull, StoreUnreachable
from worker.ledger.accept_step import Targets, event_arguments, shared_arguments, targets_of
from worker.ledger.customers import Customers, email_of
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import Shards, all_came, at_once, runner_address

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
    """Accepts and refuses, each event in the shard of its order. Keeps the provider tables as last read; that one has
    changed is noticed by the step itself.

    Where a shard takes nothing, the others have taken theirs when it raises: a repeat of all is as safe as ever. For a
    further shard that does not answer that is ``ShardAway``.
    """

    def __init__(
        self, store: Store, *, dedupe_days: int = 400, refusal_days: int = 30, max_pending: int = 1_000_000
    ) -> None:
        self.shards = Shards(store, is_hurried=True)
        self.dedupe_ms = dedupe_days * DAY_MS
        self.refusal_ms = refusal_days * DAY_MS
        self.max_pending = max_pending
        self._tables: dict[int, Table] = {}
        self._sources: set[str] = set()
        self._customers = Customers(store)

    def accept(self, arrivals: Sequence[Arrival], reader: Reader | None = None) -> tuple[list[Receipt], list[str]]:
        """A receipt for each event, in order, on disk before this returns; and the providers that want a runner
        called, each as often as it wants one.

        Each event is atomic by itself. A repeat is safe: it answers ``duplicate``. Raises ``StoreFull`` when nothing
        was accepted because of a cap, ``LeaseLost`` when the reader is not the reader any more, ``NoProviders`` where
        no configuration was ever applied to the ledger, ``StoreUnreachable``. When it raises after some were accepted,
        a repeat of all is still safe.
        """
        if len(self.shards) == 1:  # there is nothing to sort
            return self._accept(self.shards.first, arrivals, reader)
        self._tell_sources({arrival.event.source for arrival in arrivals})
        batches: dict[int, list[Arrival]] = {}
        places = []
        for arrival in arrivals:
            shard = self.shards.of(order_digest(arrival.event.source, arrival.event.subject))
            batches.setdefault(shard.number, []).append(self._renumbered(arrival, shard))
            places.append(shard.number)
        shards = self.shards.all
        came = all_came(at_once({n: partial(self._accept, shards[n], some, reader) for n, some in batches.items()}))
        receipts = {shard: iter(found) for shard, (found, _) in came.items()}
        calls = [runner_address(name, shard) for shard, (_, names) in came.items() for name in names]
        return [next(receipts[shard]) for shard in places], calls

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
        and ``StoreUnreachable``.

        It is kept in the shard of its order, so that a corrected one has its place among the order's events. In the
        first one where its order is not known, or its shard is away: there it has no such place.
        """
        listed = msgspec.json.encode(list(errors))
        told = (order, task_id, msgspec.json.encode(dict(headers)) if headers else b"")
        step = (source, event_id, reason.value, listed, raw, self.refusal_ms, *_held(reader), *told)
        shard = self._shard_of_refusal(raw, source, order)
        try:
            return self.shards.number(shard, _refuse(shard, step))
        except (StoreUnreachable, LeaseLost):
            if shard is self.shards.first:
                raise
        return self.shards.number(self.shards.first, _refuse(self.shards.first, step))

    def table(self) -> Table:
        """The provider table, read once and again when it has changed. Raises ``NoProviders`` where there is none."""
        return self._table(self.shards.first)

    def _table(self, shard: Store) -> Table:
        table = self._tables.get(shard.number)
        if table is None:
            table = read_table(shard)
            if not table.version:
                raise NoProviders
            self._tables[shard.number] = table
        return table

    def _accept(
        self, shard: Store, arrivals: Sequence[Arrival], reader: Reader | None
    ) -> tuple[list[Receipt], list[str]]:
        receipts: list[Receipt] = []
        calls: list[str] = []
        while len(receipts) < len(arrivals):
            left = arrivals[len(receipts) :]
            table = self._table(shard)
            targets = [targets_of(arrival.event, table) for arrival in left]
            answers, wanted = self._run(shard, left, targets, table, reader)
            calls.extend(wanted)
            for arrival, aimed, answer in zip(left, targets, answers, strict=True):
                word = text(answer[0])
                if word == "table":
                    self._tables.pop(shard.number, None)
                    self._customers = Customers(self.shards.first)
                    break
                receipts.append(_receipt(word, arrival.event, answer, aimed, table))
        return receipts, calls

    def _run(
        self,
        shard: Store,
        arrivals: Sequence[Arrival],
        targets: Sequence[Targets],
        table: Table,
        reader: Reader | None,
    ) -> tuple[list[list[Any]], list[str]]:
        """The step's answer to each event, and the providers that want runners."""
        most = -(-self.max_pending // len(self.shards))
        shared = shared_arguments(table, _held(reader), self.dedupe_ms, most)
        each = [
            event_arguments(one.event, one.digest, one.seq, self._customer(one.event), aimed)
            for one, aimed in zip(arrivals, targets, strict=True)
        ]
        steps = [
            (*shared, *chain.from_iterable(each[at : at + STEP_EVENTS])) for at in range(0, len(each), STEP_EVENTS)
        ]
        answers: list[list[Any]] = []
        calls: list[str] = []
        for *answered, wanted in shard.run_each("accept", steps):
            if wanted == [b"fenced"]:
                raise LeaseLost
            answers.extend(answered)
            for name, count in zip(wanted[::2], wanted[1::2], strict=True):
                calls.extend([name.decode()] * count)
        return answers, calls

    def _customer(self, event: Event) -> bytes:
        email = email_of(event)
        return self._customers.hashed(email) if email else b""

    def _tell_sources(self, sources: set[str]) -> None:
        """The first shard knows every source that any shard has orders of, before it has: see ``Ownership``."""
        if fresh := sources - self._sources:
            first = self.shards.first
            with first.errors():
                first.client.sadd(first.keys.key("sources"), *fresh)
            self._sources |= fresh

    def _shard_of_refusal(self, raw: bytes, source: str, number: str) -> Store:
        if len(self.shards) == 1:
            return self.shards.first
        named = (source, number) if source and number else _order_in(raw)
        return self.shards.of(order_digest(*named)) if named else self.shards.first

    def _renumbered(self, arrival: Arrival, shard: Store) -> Arrival:
        """With the number that it had in its shard before; one of another shard says nothing here."""
        if arrival.seq is None:
            return arrival
        kept_in, seq = self.shards.numbered(arrival.seq)
        return replace(arrival, seq=seq if kept_in is shard else None)


def open_intake(store: Store, config: Config) -> Intake:
    """The intake of a ledger, as the configuration sets it: how long it remembers, and how much it takes."""
    days = config.retention
    most = config.limits.max_pending
    return Intake(store, dedupe_days=days.dedupe_days, refusal_days=days.refusal_days, max_pending=most)


def _held(reader: Reader | None) -> tuple[str, str]:
    return (reader.queue, reader.token) if reader else ("", "")


def _refuse(shard: Store, step: tuple[object, ...]) -> int:
    seq = int(shard.run("refuse", *step))
    if seq == 0:
        raise LeaseLost
    return seq


def _order_in(raw: bytes) -> tuple[str, str] | None:
    """The source and order number that a body names, where it names both."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    source, number = (body.get("source"), body.get("subject")) if isinstance(body, dict) else (None, None)
    return (source, number) if isinstance(source, str) and isinstance(number, str) else None


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
