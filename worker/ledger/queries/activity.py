"""What happened in each minute, as the steps themselves have counted it. Every method raises ``StoreUnreachable``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import msgspec

from worker.ledger.delays import LAST_PLACE, delay_ms_of
from worker.ledger.provider_rows import read_table
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards

MINUTE_MS = 60_000
MOST_MINUTES = 2 * 24 * 60
"""Minutes are kept for two days."""
COUNTED = ("dead", "parked", "superseded", "skipped", "discarded")
NOT_DELIVERED = ("skipped", "superseded", "discarded")


class MinuteAtProvider(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries came to what at one provider within a minute. ``parked`` counts attempts that failed and are
    made again. ``delay_p50_ms`` and ``delay_p95_ms`` say within how long half of those that were delivered came there
    from when they were accepted, and 95 in 100: to a factor of two, ``None`` where none was. ``delays`` counts them by
    place (see ``delay_ms_of``), so that minutes can be put together."""

    provider: str
    accepted: int = 0
    delivered: int = 0
    dead: int = 0
    parked: int = 0
    superseded: int = 0
    skipped: int = 0
    discarded: int = 0
    delay_p50_ms: int | None = None
    delay_p95_ms: int | None = None
    delays: dict[int, int] = {}


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """A minute that begins at ``at`` (RFC 3339, UTC): the events that were accepted and are kept, and what happened at
    each provider. The present one is not over."""

    at: str
    accepted: int
    providers: list[MinuteAtProvider]


class Activity:
    """Reads the minutes of all shards."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def last(self, minutes: int = 60) -> list[Minute]:
        """So many minutes up to the present one, the oldest first, of those that are kept."""
        last = self.shards.first.now_ms() // MINUTE_MS
        wanted = range(last - min(minutes, MOST_MINUTES) + 1, last + 1)
        names = [row.name for row in read_table(self.shards.first).rows]
        of_shards = self.shards.each(partial(_of_shard, minutes=wanted, names=names))
        return [_minute(minute, names, [each[place] for each in of_shards]) for place, minute in enumerate(wanted)]


def _minute(minute: int, names: Sequence[str], of_shards: Sequence[Counter[str]]) -> Minute:
    total: Counter[str] = sum(of_shards, Counter())
    at_providers = [_at_provider(name, total) for name in names]
    return Minute(at=instant(minute * MINUTE_MS), accepted=total["accepted"], providers=at_providers)


def _at_provider(name: str, total: Counter[str]) -> MinuteAtProvider:
    delays = {place: count for place in range(LAST_PLACE + 1) if (count := total[f"{name}|after{place}"])}
    return MinuteAtProvider(
        provider=name,
        **{word: total[f"{name}|{word}"] for word in ("accepted", "delivered", *COUNTED)},
        delay_p50_ms=delay_ms_of(delays, 0.5),
        delay_p95_ms=delay_ms_of(delays, 0.95),
        delays=delays,
    )


def _of_shard(shard: Store, *, minutes: range, names: Sequence[str]) -> list[Counter[str]]:
    """What one shard has of each minute, by ``provider|word``."""
    key = shard.keys.key
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for minute in minutes:
            pipe.hgetall(key("minute", minute=minute))
        for minute in minutes:
            pipe.zcount(key("events"), minute * MINUTE_MS, f"({(minute + 1) * MINUTE_MS}")
        for name in names:
            pipe.hmget(key("counts", provider=name), "accepted", *NOT_DELIVERED)
            pipe.zcard(key("open", provider=name))
        told = pipe.execute()
    found = [Counter({text(word): int(count) for word, count in kept.items()}) for kept in told[: len(minutes)]]
    for one, accepted in zip(found, told[len(minutes) : 2 * len(minutes)], strict=True):
        one["accepted"] = int(accepted)
    now = told[2 * len(minutes) :]
    for name, counts, is_open in zip(names, now[::2], now[1::2], strict=True):
        all_ever, *others = (int(count or 0) for count in counts)
        _tell_between(found, f"{name}|delivered", all_ever - sum(others) - is_open)
        _tell_between(found, f"{name}|accepted", all_ever)
    return found


def _tell_between(minutes: Sequence[Counter[str]], name: str, now: int) -> None:
    """A minute's first tick notes how many there were until then; what lies between two notes came since the first of
    them. A minute without one had no worker."""
    later = now
    for minute in reversed(minutes):
        if name in minute:
            later, minute[name] = minute[name], later - minute[name]
