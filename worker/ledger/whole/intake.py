"""Intake into several shards: each event goes to the shard of its order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from schemas.config import Config
from schemas.delivery import order_digest
from schemas.outcome import Reason
from worker.errors import LeaseLost, StoreUnreachable
from worker.ledger.intake import NO_HEADERS, Arrival, Intake, Reader, Receipt
from worker.ledger.store.client import Store
from worker.ledger.store.shards import all_came, at_once, hurried, runner_address, shard_of
from worker.ledger.whole.numbers import Numbers


def open_intake(store: Store, config: Config | None = None) -> Intake:
    """The intake of a ledger, as the configuration sets it: how long it remembers, and how much it takes."""
    kind = SplitIntake if len(store.shards) > 1 else Intake
    config = config or Config()
    days = config.retention
    most = config.limits.max_pending
    return kind(store, dedupe_days=days.dedupe_days, refusal_days=days.refusal_days, max_pending=most)


class SplitIntake(Intake):
    """As ``Intake``, over all shards of a ledger at once.

    Where a shard takes nothing, the others have taken theirs when it raises: a repeat of all is as safe as ever. For a
    further shard that does not answer that is ``ShardAway``.
    """

    def __init__(self, store: Store, *, max_pending: int = 1_000_000, **days: int) -> None:
        super().__init__(store, max_pending=max_pending, **days)
        most = -(-max_pending // len(store.shards))
        stores = [store, *hurried(store)[1:]]
        self.each = [Intake(shard, max_pending=most, **days) for shard in stores]
        self.numbers = Numbers(len(stores))
        self._sources: set[str] = set()

    def accept(self, arrivals: Sequence[Arrival], reader: Reader | None = None) -> tuple[list[Receipt], list[str]]:
        self._tell_sources({arrival.event.source for arrival in arrivals})
        batches: dict[int, list[Arrival]] = {}
        places = []
        for arrival in arrivals:
            shard = self._shard(arrival.event.source, arrival.event.subject)
            batches.setdefault(shard, []).append(self._numbered(arrival, shard))
            places.append(shard)
        came = all_came(at_once({n: partial(self.each[n].accept, batch, reader) for n, batch in batches.items()}))
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
        """As ``Intake``'s, in the shard of its order, so that a corrected one keeps its place among the order's events.
        In the first one where its order is not known, or its shard is away: there it has no such place."""
        listed, shard = list(errors), self._shard(source, order) if source and order else self._shard_named(raw)
        more: dict[str, Any] = {"source": source, "event_id": event_id, "order": order, "reader": reader}
        more |= {"task_id": task_id, "headers": headers}
        try:
            seq = self.each[shard].refuse(raw, reason, listed, **more)
        except (StoreUnreachable, LeaseLost):
            if shard == 0:
                raise
            shard, seq = 0, self.each[0].refuse(raw, reason, listed, **more)
        return self.numbers.of(shard, seq)

    def _tell_sources(self, sources: set[str]) -> None:
        """The first shard knows every source that any shard has orders of, before it has: see ``SplitOwnership``."""
        if fresh := sources - self._sources:
            with self.store.errors():
                self.store.client.sadd(self.store.keys.key("sources"), *fresh)
            self._sources |= fresh

    def _shard(self, source: str, number: str) -> int:
        return shard_of(order_digest(source, number), len(self.each))

    def _shard_named(self, raw: bytes) -> int:
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return 0
        source, number = (body.get("source"), body.get("subject")) if isinstance(body, dict) else (None, None)
        return self._shard(source, number) if isinstance(source, str) and isinstance(number, str) else 0

    def _numbered(self, arrival: Arrival, shard: int) -> Arrival:
        """With the number that it had in its shard before; one of another shard says nothing here."""
        if arrival.seq is None:
            return arrival
        kept_in, seq = self.numbers.read(arrival.seq)
        return replace(arrival, seq=seq if kept_in == shard else None)
