"""How often events were repaired at the door, by source and by place: which producer would do well to mend what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from schemas.event import Event
from worker.clock import utc_now
from worker.ledger.store.client import Store, text

KEPT_DAYS = 30
_CHOSEN = frozenset({"attributes", "metadata", "variation", "refs", "line_ids"})
"""Below these the producer chooses the names: counted as one place, so that the counts stay few."""
_DAY_S = 86_400


class RemarkCount(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` is a remark's, with ``*`` for places in a list and for names of the producer's own."""

    source: str
    path: str
    count: int


class Remarks:
    """Counts remarks and tells the counts, all of them in the first shard. Every method raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.store = store.shards[0]

    def count(self, events: Iterable[Event]) -> None:
        """Adds the remarks of these events to the counts of today; without any, nothing is asked of the store."""
        found = Counter(f"{event.source}|{place_of(one.path)}" for event in events for one in event.remarks)
        if not found:
            return
        key = self._key(utc_now().date())
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for name, count in found.items():
                pipe.hincrby(key, name, count)
            pipe.expire(key, KEPT_DAYS * _DAY_S)
            pipe.execute()

    def by_source(self, days: int = KEPT_DAYS) -> list[RemarkCount]:
        """The counts of the last days, today among them, by source and then the most frequent first."""
        today = utc_now().date()
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for back in range(days):
                pipe.hgetall(self._key(today - timedelta(days=back)))
            kept = pipe.execute()
        totals: Counter[str] = Counter()
        for one in kept:
            totals.update({text(name): int(count) for name, count in one.items()})
        named = [(*name.partition("|"), count) for name, count in totals.items()]
        found = [RemarkCount(source=source, path=path, count=count) for source, _, path, count in named]
        return sorted(found, key=lambda one: (one.source, -one.count, one.path))

    def _key(self, day: date) -> str:
        return self.store.keys.key("remarks", day=day.isoformat())


def place_of(path: str) -> str:
    """A remark's path without what differs from event to event."""
    steps = path.split(".")
    if len(steps) == 1 and path != "subject":
        return "*"  # an extension attribute
    for place, step in enumerate(steps):
        if step in _CHOSEN:
            return ".".join([*steps[: place + 1], "*"] if place + 1 < len(steps) else steps)
        if step.isdecimal():
            steps[place] = "*"
    return ".".join(steps)
