"""The board over several shards: counts add up, and each shard says how it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from schemas.delivery import State
from worker.errors import OrdercastError
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.status import Board, GateView, ProviderRow, ShardRow, Status, StoreRow, WorkerRow
from worker.ledger.store.client import Store, shown
from worker.ledger.store.shards import all_came, at_once, hurried

WORST = ("paused", "held", "tripped")


def open_board(store: Store, *, embedded: bool = False) -> Board:
    return SplitBoard(store) if len(store.shards) > 1 else Board(store, embedded=embedded)


class SplitBoard(Board):
    """As ``Board``. A further shard that does not answer is shown as such, and missing from the sums."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Board(shard) for shard in [store, *hurried(store)[1:]]]

    def status(self, intake_queue: str) -> Status:
        came = at_once({shard: partial(board.status, intake_queue) for shard, board in enumerate(self.each)})
        all_came({shard: found for shard, found in came.items() if shard == 0})
        boards = {shard: found for shard, found in came.items() if not isinstance(found, OrdercastError)}
        most = {row.name: row.limit for row in read_table(self.store).rows}
        return Status(
            self._sum_of_stores([board.store for board in boards.values()]),
            _workers(boards.values()),
            msgspec.structs.replace(boards[0].intake, refusals=sum(one.intake.refusals for one in boards.values())),
            [_sum(rows, most[rows[0].provider]) for rows in _by_provider(boards.values(), most)],
            [self._shard(shard, found) for shard, found in came.items()],
        )

    def durability(self) -> str:
        return _weakest(all_came(at_once({n: board.durability for n, board in enumerate(self.each)})).values())

    def _sum_of_stores(self, rows: list[StoreRow]) -> StoreRow:
        of_servers = {row.url: row.memory_bytes for row in rows}  # several shards may be on one
        weakest = _weakest(row.durability for row in rows)
        refusal = next((row.refusal for row in rows if row.refusal), None)
        memory = sum(of_servers.values())
        return StoreRow(rows[0].url, embedded=False, durability=weakest, memory_bytes=memory, refusal=refusal)

    def _shard(self, shard: int, found: Status | OrdercastError) -> ShardRow:
        if isinstance(found, OrdercastError):
            return ShardRow(shard, shown(self.store.shards[shard].url), answers=False, away=str(found))
        return ShardRow(shard, found.store.url, True, found.store.durability, found.store.memory_bytes)


def _weakest(durabilities: Iterable[str]) -> str:
    said = list(durabilities)
    return next((one for one in said if one != "disk"), "disk")


def _workers(boards: Iterable[Status]) -> list[WorkerRow]:
    """Each by the beat that was heard last anywhere; what it leaves to others is said in the first shard alone."""
    heard: dict[str, WorkerRow] = {}
    for worker in (worker for board in boards for worker in board.workers):
        known = heard.setdefault(worker.name, worker)
        if worker.beat_age_s < known.beat_age_s:
            heard[worker.name] = msgspec.structs.replace(worker, leaves=known.leaves or worker.leaves)
    return sorted(heard.values(), key=lambda worker: -worker.beat_age_s)


def _by_provider(boards: Iterable[Status], names: Iterable[str]) -> Iterable[list[ProviderRow]]:
    rows = [row for board in boards for row in board.providers]
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
    for state in WORST:
        if found := next((gate for gate in gates if gate.state == state), None):
            return found
    throttled = next((gate for gate in gates if gate.reason), None)
    last = max(gates, key=lambda gate: gate.last_at or "")
    return throttled or msgspec.structs.replace(last, state="limited" if limit < most else "open")
