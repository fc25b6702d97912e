"""How the whole ledger stands: counts of all shards add up, and each shard says how it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from schemas.delivery import State
from schemas.gate import CLOSED
from worker.errors import OrdercastError
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.schedules import read_schedules
from worker.ledger.queries.shard_status import durability_of, read_shard
from worker.ledger.queries.status import GateView, ProviderRow, ShardRow, Status, StoreRow, WorkerRow
from worker.ledger.store.client import Store, shown
from worker.ledger.store.shards import Shards, all_came


class LedgerStatus:
    """Reads all of it in a few round trips. A further shard that does not answer is shown as such, and missing from the
    sums. Raises ``StoreUnreachable`` for the first one."""

    def __init__(self, store: Store, *, embedded: bool = False) -> None:
        self.shards = Shards(store, is_hurried=True)
        self.embedded = embedded

    def read(self, intake_queue: str) -> Status:
        """The status; ``intake_queue`` is the queue whose reader is asked for."""
        status = self._read(intake_queue)
        schedules = read_schedules(self.shards.first)
        return msgspec.structs.replace(status, schedules=schedules) if schedules else status

    def _read(self, intake_queue: str) -> Status:
        if len(self.shards) == 1:
            return read_shard(self.shards.first, intake_queue, embedded=self.embedded)
        came = self.shards.asked(partial(read_shard, intake_queue=intake_queue))
        all_came({shard: found for shard, found in came.items() if shard == 0})
        each = [found for found in came.values() if not isinstance(found, OrdercastError)]
        most = {row.name: row.limit for row in read_table(self.shards.first).rows}
        return Status(
            _store([status.store for status in each]),
            _workers(each),
            msgspec.structs.replace(each[0].intake, refusals=sum(status.intake.refusals for status in each)),
            [_sum(rows, most[rows[0].provider]) for rows in _by_provider(each, most)],
            [self._shard(shard, found) for shard, found in came.items()],
        )

    def durability(self) -> str:
        """``disk`` where an answer means that it is on disk, else what is at risk."""
        return _weakest(self.shards.each(durability_of))

    def _shard(self, shard: int, found: Status | OrdercastError) -> ShardRow:
        if isinstance(found, OrdercastError):
            return ShardRow(shard, shown(self.shards.all[shard].url), answers=False, away=str(found))
        return ShardRow(shard, found.store.url, True, found.store.durability, found.store.memory_bytes)


def _store(rows: list[StoreRow]) -> StoreRow:
    of_servers = {row.url: row.memory_bytes for row in rows}  # several shards may be on one
    weakest = _weakest(row.durability for row in rows)
    refusal = next((row.refusal for row in rows if row.refusal), None)
    memory = sum(of_servers.values())
    return StoreRow(rows[0].url, embedded=False, durability=weakest, memory_bytes=memory, refusal=refusal)


def _weakest(durabilities: Iterable[str]) -> str:
    said = list(durabilities)
    return next((one for one in said if one != "disk"), "disk")


def _workers(each: Iterable[Status]) -> list[WorkerRow]:
    """Each by the beat that was heard last anywhere; what it leaves to others is said in the first shard alone."""
    heard: dict[str, WorkerRow] = {}
    for worker in (worker for status in each for worker in status.workers):
        known = heard.setdefault(worker.name, worker)
        if worker.beat_age_s < known.beat_age_s:
            heard[worker.name] = msgspec.structs.replace(worker, leaves=known.leaves or worker.leaves)
    return sorted(heard.values(), key=lambda worker: -worker.beat_age_s)


def _by_provider(each: Iterable[Status], names: Iterable[str]) -> Iterable[list[ProviderRow]]:
    rows = [row for status in each for row in status.providers]
    return filter(None, ([row for row in rows if row.provider == name] for name in names))


def _sum(rows: list[ProviderRow], most: int) -> ProviderRow:
    ages = [row.oldest_undelivered_s for row in rows if row.oldest_undelivered_s is not None]
    waits = [row.oldest_waiting_s for row in rows if row.oldest_waiting_s is not None]
    limit = min(most, sum(row.limit for row in rows))
    added = {state.value: sum(getattr(row, state.value) for row in rows) for state in State}
    return msgspec.structs.replace(
        rows[0],
        in_flight=sum(row.in_flight for row in rows),
        limit=limit,
        oldest_undelivered_s=max(ages, default=None),
        oldest_waiting_s=max(waits, default=None),
        gate=_gate([row.gate for row in rows], limit, most),
        **added,
    )


def _gate(gates: list[GateView], limit: int, most: int) -> GateView:
    """The most closed of them. What a shard alone is lent is no limit: all of them together have it."""
    for state in CLOSED:
        if found := next((gate for gate in gates if gate.state == state), None):
            return found
    throttled = next((gate for gate in gates if gate.reason), None)
    last = max(gates, key=lambda gate: gate.last_at or "")
    return throttled or msgspec.structs.replace(last, state="limited" if limit < most else "open")
