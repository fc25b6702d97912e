"""What people do at a provider's gate, done in every shard; and the provider table, written to every shard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from schemas.config import ProviderConfig
from worker.errors import StoreUnreachable
from worker.ledger.connection import Store
from worker.ledger.gates import Gates
from worker.ledger.shards import all_came, at_once
from worker.ledger.table import apply_table


def open_gates(store: Store) -> Gates:
    return SplitGates(store) if len(store.shards) > 1 else Gates(store)


def apply_to_all(shards: Sequence[Store], providers: dict[str, ProviderConfig], digest: str) -> list[int]:
    """Write the configured providers into each shard's table. Gives the further shards that do not answer: theirs is
    written by the first worker that reaches them. Raises ``StoreUnreachable`` for the first one."""
    away = []
    for shard in shards:
        try:
            apply_table(shard, providers, digest)
        except StoreUnreachable:
            if shard.number == 0:
                raise
            away.append(shard.number)
    return away


class SplitGates(Gates):
    """As ``Gates``. Where a shard does not answer the others have done it when it raises, and it is safe to repeat."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Gates(shard) for shard in store.shards]

    def pause(self, provider: str, *, who: str, why: str, at_ms: int) -> bool:
        calls = {n: partial(one.pause, provider, who=who, why=why, at_ms=at_ms) for n, one in enumerate(self.each)}
        return any(all_came(at_once(calls)).values())

    def resume(self, provider: str, *, who: str, why: str) -> bool:
        calls = {n: partial(one.resume, provider, who=who, why=why) for n, one in enumerate(self.each)}
        return any(all_came(at_once(calls)).values())
