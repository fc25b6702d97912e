"""What one process works with: its configuration, the store, the providers and the driver, each made once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from schemas.config import Config
from worker import alerts
from worker.ledger.connection import Store
from worker.ledger.gates import Gates
from worker.ledger.intake import DAY_MS, Intake
from worker.ledger.memory import SharedMemory
from worker.ledger.ownership import Ownership
from worker.ledger.shards import open_store
from worker.ledger.tidy import Tidy
from worker.ledger.whole.intake import open_intake
from worker.ledger.whole.ownership import open_ownership
from worker.policy.plan import Plan, plan_of
from worker.providers import make_providers
from worker.providers.base import Provider
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory


@dataclass(frozen=True)
class ShardParts:
    """What looks after one shard of the ledger, or after all of it where it has no shards."""

    store: Store
    gates: Gates
    tidy: Tidy
    plans: Mapping[str, Plan]


@dataclass
class Parts:
    """The parts of one process. Cheap to make: nothing connects before it is used.

    ``worker`` is the name this process beats under, where it is a worker. ``stopping`` is set when the process shuts
    down: runners then finish the attempt in hand and leave.
    """

    config: Config
    store_url: str
    broker_url: str
    threads: int = 32
    stopping: threading.Event = field(default_factory=threading.Event)
    worker: str = ""
    running: Counter[tuple[str, int]] = field(default_factory=Counter)
    _placing: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def store(self) -> Store:
        """The ledger's store, or the first of its shards."""
        return open_store(self.store_url, self.config.store.shards)

    @cached_property
    def broker(self) -> Store:
        """A client of the broker where that is a Redis: the same as the store unless it has an address of its own."""
        return self.store if self.broker_url == self.store_url else Store(self.broker_url, is_ledger=False)

    @cached_property
    def intake(self) -> Intake:
        return open_intake(
            self.store,
            dedupe_days=self.config.retention.dedupe_days,
            refusal_days=self.config.retention.refusal_days,
            max_pending=self.config.limits.max_pending,
        )

    @property
    def shards(self) -> list[ShardParts]:
        """What a tick looks after, in each shard of the ledger."""
        keep_ms = self.config.retention.delivered_days * DAY_MS
        return [ShardParts(shard, Gates(shard), Tidy(shard, keep_ms), self.plans) for shard in self.store.shards]

    @cached_property
    def ownership(self) -> Ownership:
        return open_ownership(self.store)

    @cached_property
    def driver(self) -> Driver:
        return Driver()

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """The accounts whose adapters can be loaded; of the others it is told once."""
        memory = SharedMemory(self.store, ProcessMemory())
        made, broken = make_providers(self.config.providers.values(), memory)
        for name, why in broken.items():
            alerts.kind_broken(name, self.config.providers[name].kind, why)
        return made

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        return {
            name: plan_of(provider.config, has_test=provider.test() is not None, sends_key=provider.sends_key)
            for name, provider in self.providers.items()
        }

    @property
    def has_room(self) -> bool:
        """Whether a thread in four is free: then an idle runner is in nobody's way."""
        return sum(self.running.values()) <= self.threads * 3 // 4

    @contextmanager
    def place(self, provider: str, shard: int = 0) -> Iterator[bool]:
        """A place for one runner of a provider in a shard, or False where this process has none: a provider that is not
        in its configuration or whose adapter it cannot load, one that has as many threads as leaves two for each of the
        others, or a shard that has as many as leaves two for each provider in each of the other shards. A runner waits
        long for a shard that is away."""
        with self._placing:
            has_place = provider in self.providers and shard < len(self.store.shards)
            has_place = has_place and self._has_thread(provider, shard)
            if has_place:
                self.running[provider, shard] += 1
        try:
            yield has_place
        finally:
            if has_place:
                with self._placing:
                    self.running[provider, shard] -= 1

    def _has_thread(self, provider: str, shard: int) -> bool:
        providers, others = len(self.config.providers), len(self.store.shards) - 1
        of_provider = sum(count for (name, _), count in self.running.items() if name == provider)
        if of_provider >= max(1, self.threads - 2 * (providers - 1)):
            return False
        of_shard = sum(count for (_, number), count in self.running.items() if number == shard)
        return not others or of_shard < max(providers, self.threads - 2 * providers * others)
