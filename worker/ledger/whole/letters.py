"""What stopped and what was refused, wherever it is kept; links beside them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import msgspec

from schemas.delivery import Link
from schemas.event import Event
from worker.ledger.links import Known, Links
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.dead_letters import REFUSALS, DeadLetters, Done, Group
from worker.ledger.refusals import KeptRefusal, Refusals
from worker.ledger.store.client import Store
from worker.ledger.store.shards import runner_address, shard_of
from worker.ledger.whole.numbers import Numbers
from worker.ledger.whole.reading import SplitRecords


def open_letters(store: Store) -> DeadLetters:
    return SplitLetters(store) if len(store.shards) > 1 else DeadLetters(store)


def open_refusals(store: Store) -> Refusals:
    return SplitRefusals(store) if len(store.shards) > 1 else Refusals(store)


def open_links(store: Store) -> Links:
    return SplitLinks(store) if len(store.shards) > 1 else Links(store)


class SplitLetters(DeadLetters):
    """As ``DeadLetters``: each delivery is found by its id in some shard, and undone there."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [DeadLetters(shard) for shard in store.shards]
        self.records: SplitRecords = SplitRecords(store)

    def replay_each(
        self, delivery_ids: Sequence[str], *, force: bool = False, edited: Event | None = None
    ) -> list[Done]:
        return self._in_each(delivery_ids, lambda one, ids: one.replay_each(ids, force=force, edited=edited))

    def discard_each(self, delivery_ids: Sequence[str]) -> list[Done]:
        return self._in_each(delivery_ids, lambda one, ids: one.discard_each(ids))

    def groups(self, provider: str | None = None) -> Iterator[Group]:
        ranks = {row.name: rank for rank, row in enumerate(read_table(self.store).rows)}
        found = [group for letters in self.each for group in letters.groups(provider)]
        found.sort(key=lambda group: (ranks.get(group.provider, len(ranks)), group.provider, group.fingerprint))
        of_cause = [_joined(list(same)) for _, same in groupby(found, lambda one: (one.provider, one.fingerprint))]
        for _, of_provider in groupby(of_cause, lambda one: one.provider):
            yield from sorted(of_provider, key=lambda group: -group.count)

    def _in_each(self, delivery_ids: Sequence[str], undo: Callable[[DeadLetters, list[str]], list[Done]]) -> list[Done]:
        """What was undone in each shard, in the order of the ids."""
        places = self.records.find_each(delivery_ids)
        done: dict[str, Done] = {}
        for shard, letters in enumerate(self.each):
            ids = [one for one, place in zip(delivery_ids, places, strict=True) if place and place[0] == shard]
            came = undo(letters, ids) if ids else []
            done |= {one.id: replace(one, call=one.call and runner_address(one.call, shard)) for one in came}
        return [done.get(one) or Done(one, "not_found", REFUSALS["not_found"]) for one in delivery_ids]


class SplitRefusals(Refusals):
    """As ``Refusals``, by the numbers that people see."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Refusals(shard) for shard in store.shards]
        self.numbers = Numbers(len(self.each))

    def listed(
        self, since_ms: int | None = None, until_ms: int | None = None, *, with_body: bool = True
    ) -> Iterator[KeptRefusal]:
        of_each = [refusals.listed(since_ms, until_ms, with_body=with_body) for refusals in self.each]
        found = [self._numbered(n, kept) for n, kept in enumerate(of_each)]
        return heapq.merge(*found, key=lambda kept: kept.shown.at, reverse=True)

    def find(self, seq: int) -> KeptRefusal | None:
        shard, own = self.numbers.read(seq)
        kept = self.each[shard].find(own)
        return kept and next(self._numbered(shard, iter([kept])))

    def event_id_at(self, seq: int) -> str | None:
        shard, own = self.numbers.read(seq)
        return self.each[shard].event_id_at(own)

    def forget(self, seq: int) -> None:
        shard, own = self.numbers.read(seq)
        self.each[shard].forget(own)

    def _numbered(self, shard: int, found: Iterator[KeptRefusal]) -> Iterator[KeptRefusal]:
        for kept in found:
            number = self.numbers.of(shard, kept.seq)
            yield replace(kept, seq=number, shown=msgspec.structs.replace(kept.shown, id=f"r{number}"))


class SplitLinks(Links):
    """As ``Links``, in the order's shard; there it goes on record too."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Links(shard) for shard in store.shards]

    def known(self, order: str, providers: Sequence[str]) -> list[Known]:
        return self._of(order).known(order, providers)

    def correct(self, provider: str, order: str, ids: Link | None, *, what: str, why: str, who: str) -> str:
        return self._of(order).correct(provider, order, ids, what=what, why=why, who=who)

    def _of(self, order: str) -> Links:
        return self.each[shard_of(order, len(self.each))]


def _joined(same: list[Group]) -> Group:
    """One cause as several shards have it; the example is the newest."""
    newest = max(same, key=lambda group: group.last_at)
    first_at, count = min(group.first_at for group in same), sum(group.count for group in same)
    return msgspec.structs.replace(newest, first_at=first_at, count=count)
