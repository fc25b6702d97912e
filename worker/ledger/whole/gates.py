"""What people do at a provider's gate, done in every shard; and the provider table, written to every shard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from schemas.config import ProviderConfig
from worker.errors import StoreUnreachable
from worker.ledger.gates import Gates
from worker.ledger.provider_rows import Table
from worker.ledger.provider_table import NOBODY, Written, add_to_table, apply_table, remove_provider
from worker.ledger.store.client import Store
from worker.ledger.store.shards import all_came, at_once
from worker.settings.author import Author


def open_gates(store: Store) -> Gates:
    return SplitGates(store) if len(store.shards) > 1 else Gates(store)


def apply_to_all(
    shards: Sequence[Store], providers: dict[str, ProviderConfig], digest: str, author: Author = NOBODY
) -> Written:
    """Make each shard's table what the configuration says (see ``table.apply_table``). The further shards that do not
    answer are named; theirs is written by the first worker that reaches them, as far as a start may. Raises
    ``StoreUnreachable`` for the first one."""
    return _in_all(shards, lambda shard: apply_table(shard, providers, digest, author))


def add_to_all(
    shards: Sequence[Store], providers: dict[str, ProviderConfig], digest: str, author: Author = NOBODY
) -> Written:
    """The same with what a start may do by itself (see ``table.add_to_table``)."""
    return _in_all(shards, lambda shard: add_to_table(shard, providers, digest, author))


def remove_from_all(shards: Sequence[Store], name: str, author: Author) -> Written:
    """Take a provider out of each shard's table. Raises ``StoreUnreachable`` as the others do."""
    return _in_all(shards, lambda shard: remove_provider(shard, name, author))


def _in_all(shards: Sequence[Store], write: Callable[[Store], Written]) -> Written:
    first, away = None, []
    for shard in shards:
        try:
            written = write(shard)
        except StoreUnreachable:
            if shard.number == 0:
                raise
            away.append(shard.number)
        else:
            first = first or written
    return msgspec.structs.replace(first or Written(Table()), away=away)


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
