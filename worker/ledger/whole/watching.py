"""Events watched to their end over several shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from worker.ledger.queries.progress import Look, Watching
from worker.ledger.store.client import Store


def open_watching(store: Store) -> Watching:
    return SplitWatching(store) if len(store.shards) > 1 else Watching(store)


class SplitWatching(Watching):
    """As ``Watching``: each shard's events are followed there."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.each = [Watching(shard) for shard in store.shards]

    def follow(self, delivery_ids: Iterable[str]) -> None:
        wanted = list(delivery_ids)
        for watching in self.each:
            watching.follow(wanted)

    def mark(self) -> tuple[int, ...]:
        return tuple(watching.last_seq() for watching in self.each)

    def came_after(self, mark: Sequence[int], delivery_ids: Sequence[str]) -> list[bool]:
        found = [watching.came_after([at], delivery_ids) for at, watching in zip(mark, self.each, strict=True)]
        return [any(of_one) for of_one in zip(*found, strict=True)]

    @property
    def is_over(self) -> bool:
        return all(watching.is_over for watching in self.each)

    @property
    def unfinished(self) -> int:
        return sum(watching.unfinished for watching in self.each)

    def look(self) -> Look:
        looks = [watching.look() for watching in self.each]
        self.ended = sum((watching.ended for watching in self.each), Counter())
        return Look(moved=any(look.moved for look in looks), open=sum(look.open for look in looks))

    def look_at_all(self) -> None:
        for watching in self.each:
            watching.look_at_all()
        self.ended = sum((watching.ended for watching in self.each), Counter())
