"""What one process works with: its configuration, the store, the providers and the driver, each made once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from schemas.config import Config
from worker.ledger.connection import Store
from worker.ledger.gates import Gates
from worker.ledger.intake import DAY_MS, Intake
from worker.ledger.memory import SharedMemory
from worker.ledger.ownership import Ownership
from worker.ledger.tidy import Tidy
from worker.policy.plan import Plan, plan_of
from worker.providers import make_provider
from worker.providers.base import Provider
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory


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
    running: dict[str, int] = field(default_factory=dict)
    _placing: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def store(self) -> Store:
        return Store(self.store_url)

    @cached_property
    def broker(self) -> Store:
        """A client of the broker where that is a Redis: the same as the store unless it has an address of its own."""
        return self.store if self.broker_url == self.store_url else Store(self.broker_url, is_ledger=False)

    @cached_property
    def intake(self) -> Intake:
        return Intake(
            self.store,
            dedupe_days=self.config.retention.dedupe_days,
            refusal_days=self.config.retention.refusal_days,
            max_pending=self.config.limits.max_pending,
        )

    @cached_property
    def gates(self) -> Gates:
        return Gates(self.store)

    @cached_property
    def ownership(self) -> Ownership:
        return Ownership(self.store)

    @cached_property
    def tidy(self) -> Tidy:
        return Tidy(self.store, self.config.retention.delivered_days * DAY_MS)

    @cached_property
    def driver(self) -> Driver:
        return Driver()

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        memory = SharedMemory(self.store, ProcessMemory())
        return {name: make_provider(config, memory) for name, config in self.config.providers.items()}

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        return {
            name: plan_of(config, has_test=self.providers[name].test() is not None)
            for name, config in self.config.providers.items()
        }

    @property
    def has_room(self) -> bool:
        """Whether a thread in four is free: then an idle runner is in nobody's way."""
        return sum(self.running.values()) <= self.threads * 3 // 4

    @contextmanager
    def place(self, provider: str) -> Iterator[bool]:
        """A place for one runner of a provider, or False where this process has none: a provider that is not in its
        configuration, or one that has as many threads as leaves two for each of the others."""
        most = max(1, self.threads - 2 * (len(self.config.providers) - 1))
        with self._placing:
            has_place = provider in self.config.providers and self.running.get(provider, 0) < most
            if has_place:
                self.running[provider] = self.running.get(provider, 0) + 1
        try:
            yield has_place
        finally:
            if has_place:
                with self._placing:
                    self.running[provider] -= 1
