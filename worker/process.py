"""What one process works with: its configuration, the store, the providers and the driver, each made once."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from schemas.config import Config, ProviderConfig
from worker import alerts, log
from worker.errors import OrdercastError
from worker.ledger.adapter_cache import AdapterCache
from worker.ledger.customers import Customers
from worker.ledger.gates import Gates
from worker.ledger.intake import DAY_MS, Intake, open_intake
from worker.ledger.ownership import Ownership
from worker.ledger.provider_table import add_to_table, told
from worker.ledger.retention import Retention
from worker.ledger.store.client import Store
from worker.ledger.store.safety import Safety
from worker.ledger.store.shards import open_store
from worker.loops import Loops
from worker.policy.plan import Plan, plan_of
from worker.providers import make_providers
from worker.providers.base import Provider
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory
from worker.settings import config_digest
from worker.settings.author import author
from worker.settings.configfile import ConfigFile
from worker.settings.credentials import Credentials

_current: dict[int, Process] = {}


def current() -> Process:
    """What this process works with; a forked child makes its own."""
    process = _current.get(os.getpid())
    if process is None:
        inherited = next(iter(_current.values()))
        process = _current[os.getpid()] = Process(
            inherited.config, inherited.store_url, inherited.broker_url, file=inherited.file
        )
    return process


def begin(process: Process) -> None:
    """Make this what the process works with, in place of what it was before."""
    _current.clear()
    _current[os.getpid()] = process


def apply_config(shards: Sequence[Store] = ()) -> list[int]:
    """Add what the configuration adds to the ledger's table, by which accept fans out; of all shards, or of these.
    Gives the further shards that do not answer."""
    process = current()
    by = author("a worker's start", process.file.name if process.file else "")
    written = add_to_table(process.store, process.config.providers, config_digest(process.config), by, only=shards)
    if written.made:
        log.get("ordercast.table").warning(
            "table.changed", version=written.table.version, what=told(written.made), by=by.who, release=by.release
        )
    return written.away


class Plans(Mapping[str, Plan]):
    """The plans of all providers, replaced all at once: who goes through them meanwhile sees the ones it began with."""

    def __init__(self, plans: dict[str, Plan]) -> None:
        self.present = plans

    def __getitem__(self, name: str) -> Plan:
        return self.present[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.present)

    def __len__(self) -> int:
        return len(self.present)

    def items(self) -> ItemsView[str, Plan]:
        return self.present.items()

    def values(self) -> ValuesView[Plan]:
        return self.present.values()


@dataclass(frozen=True)
class ProcessShard:
    """What looks after one shard of the ledger, or after all of it where it has no shards."""

    store: Store
    gates: Gates
    tidy: Retention
    plans: Mapping[str, Plan]
    safety: Safety


@dataclass
class Process:
    """What one process works with. Cheap to make: nothing connects before it is used.

    ``worker`` is the name this process beats under, where it is a worker. ``stopping`` is set when the process shuts
    down: runners then finish the attempt in hand and leave. ``file`` is where the configuration came from, where it can
    be read again; ``hung_up`` is set when somebody wants the secrets read again now. ``takes_all`` says that a worker
    reads the queues of all providers. ``loops`` are what a worker does on threads of its own. ``unmade`` says why a
    provider of the configuration cannot be worked.
    """

    config: Config
    store_url: str
    broker_url: str
    threads: int = 32
    stopping: threading.Event = field(default_factory=threading.Event)
    worker: str = ""
    loops: Loops = field(default_factory=Loops)
    running: Counter[tuple[str, int]] = field(default_factory=Counter)
    file: ConfigFile | None = None
    hung_up: threading.Event = field(default_factory=threading.Event)
    takes_all: bool = True
    unmade: dict[str, str] = field(default_factory=dict)
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
        return open_intake(self.store, self.config)

    @property
    def shards(self) -> list[ProcessShard]:
        """What a tick looks after, in each shard of the ledger."""
        keep_ms = self.config.retention.delivered_days * DAY_MS
        durability, customers = self.config.store.durability, Customers(self.store)
        return [
            ProcessShard(
                shard, Gates(shard), Retention(shard, keep_ms, customers), self.plans, Safety(shard, durability)
            )
            for shard in self.store.shards
        ]

    @cached_property
    def ownership(self) -> Ownership:
        return Ownership(self.store)

    @cached_property
    def driver(self) -> Driver:
        return Driver()

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Each provider as it is configured at present, but those that cannot be worked. Never changed, but
        replaced by another (see ``take``)."""
        return self._made(self.config.providers.values())

    @cached_property
    def memory(self) -> AdapterCache:
        return AdapterCache(self.store, ProcessMemory())

    @cached_property
    def plans(self) -> Plans:
        return Plans({name: _plan(provider) for name, provider in self.providers.items()})

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self.file, lambda: self.config.providers, self.replace)

    def take(self, wanted: Mapping[str, ProviderConfig]) -> tuple[list[str], list[str]]:
        """Work by these providers from now on; what is in hand ends as it began. Gives who came and who went."""
        with self._placing:
            return self._take(wanted)

    def replace(self, known: ProviderConfig, renewed: ProviderConfig) -> bool:
        """Put other settings in the place of a provider's. False where these are not the present ones any more."""
        with self._placing:
            if self.config.providers.get(known.name) is not known:
                return False
            self._take({**self.config.providers, known.name: renewed})
            return True

    def _take(self, wanted: Mapping[str, ProviderConfig]) -> tuple[list[str], list[str]]:
        before = self.config.providers
        configs = {name: before[name] if before.get(name) == one else one for name, one in wanted.items()}
        kept = {name: one for name, one in self.providers.items() if configs.get(name) is one.config}
        fresh = self._made(one for name, one in configs.items() if name not in kept)
        for provider in fresh.values():
            log.keep_secret(*provider.secrets)
        providers = {name: one for name in configs if (one := kept.get(name) or fresh.get(name))}
        self.plans.present = {name: _plan(provider) for name, provider in providers.items()}
        self.providers = providers
        self.config = msgspec.structs.replace(self.config, providers=configs)
        come, gone = configs.keys() - before.keys(), before.keys() - configs.keys()
        return sorted(come), sorted(gone)

    def _made(self, configs: Iterable[ProviderConfig]) -> dict[str, Provider]:
        """The accounts whose adapters can be loaded and whose secrets are there; of the others it is told once."""
        wanted = {config.name: config for config in configs}
        made, broken = make_providers(wanted.values(), self.memory)
        for name, why in broken.items():
            if self.unmade.get(name) == why:
                continue
            if wanted[name].locked:
                alerts.secret_missing(name, why)
            else:
                alerts.kind_broken(name, wanted[name].kind, why)
        kept = {name: why for name, why in self.unmade.items() if name not in wanted}
        self.unmade = kept | broken
        return made

    def hasten(self, provider: str) -> None:
        """Have a provider that is held for its credentials probed now: they have changed. Where the store is away the
        probe comes when it is due."""
        for shard in self.store.shards:
            with suppress(OrdercastError):
                Gates(shard).hasten(provider)

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


def _plan(provider: Provider) -> Plan:
    return plan_of(provider.config, has_test=provider.test() is not None, sends_key=provider.sends_key)
