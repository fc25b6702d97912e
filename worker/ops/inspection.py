"""What ``check`` looks at, each with what to do about it: configuration, store, ledger, workers, providers."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cache, cached_property
from itertools import islice
from urllib.parse import urlsplit

import certifi
import msgspec

from schemas.config import Config, ProviderConfig
from schemas.event import Event
from schemas.outcome import OutcomeKind, Reason
from worker.errors import StoreUnreachable
from worker.ledger.board import Status
from worker.ledger.connection import Store
from worker.ledger.fitness import LEAST, Fitness, fitness
from worker.ledger.table import Row, read_table
from worker.ledger.whole.reading import open_records
from worker.ops.applying import EmptyConfiguration
from worker.ops.desk import Desk
from worker.policy.plan import plan_of
from worker.providers import make_provider
from worker.providers.base import Provider
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory
from worker.settings.configfile import told_secrets

THREADS = 32
BEATS_S = 30.0
TRIES_AT_ONCE = 8
EVENTS_LOOKED_AT = 300
"""So many of the newest say what numbers orders have: one page or two of the ledger, however much is in it."""


class Level(StrEnum):
    """How it stands: well, worth a thought, or not so that it can run."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at, and how it is; where it is not well, what to do."""

    level: Level
    what: str
    message: str


class Inspection:
    """Looks at everything a configuration needs. Never raises: what cannot be reached is a finding."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store_is_fit = True

    @cached_property
    def providers(self) -> list[Provider]:
        memory = ProcessMemory()
        return [make_provider(config, memory) for config in self.config.providers.values()]

    def run(self, desk: Desk | None, *, applies: bool = False, confirmed: bool = False) -> Iterator[Finding]:
        """The findings, as they come. ``desk`` is ``None`` where the embedded store cannot be started. ``applies``
        writes the provider table into the ledger: all of it where that is ``confirmed``."""
        yield from self._configuration()
        yield from currency_findings(self.providers)
        if desk is not None:
            try:
                yield from self._ledger(desk, applies=applies, confirmed=confirmed)
            except StoreUnreachable as error:
                self.store_is_fit = False
                yield Finding(Level.FAIL, "store", f"{error} Start it, or correct [store] url.")
        yield from self._providers()

    def _configuration(self) -> Iterator[Finding]:
        count = len(self.config.providers)
        if count:
            yield Finding(
                Level.OK, "configuration", f"It can be used, and all credentials of {count} providers are there."
            )
        else:
            yield Finding(Level.WARN, "configuration", "It has no provider: add [providers.NAME] to ordercast.toml.")

    def _ledger(self, desk: Desk, *, applies: bool, confirmed: bool) -> Iterator[Finding]:
        sources: set[str] = set()
        for finding in self._stores(desk.store, sources):
            self.store_is_fit &= finding.level is not Level.FAIL
            yield finding
        if applies:
            yield from self._apply(desk, confirmed=confirmed)
        yield self._table(desk)
        yield from worker_findings(desk.status(), self.config)
        yield from source_findings(sorted(sources), self.providers)
        yield from advice_findings(self.providers, desk.store)

    def _stores(self, store: Store, sources: set[str]) -> Iterator[Finding]:
        """The findings about each shard, which they name where there are several. Adds the sources that are there."""
        for shard in store.shards:
            of = f"shard {shard.number} " if len(store.shards) > 1 else ""
            try:
                found = fitness(shard)
            except StoreUnreachable as error:
                if shard.number == 0:
                    raise
                yield Finding(
                    Level.FAIL, f"{of}store", f"{error} Its orders wait; start it, or correct [store] shards."
                )
                continue
            sources.update(found.sources)
            for finding in store_findings(found, self.config):
                yield msgspec.structs.replace(finding, what=f"{of}{finding.what}")

    def _apply(self, desk: Desk, *, confirmed: bool) -> Iterator[Finding]:
        """What of the configuration could not be applied as it was asked for."""
        try:
            written = desk.applying.apply(is_confirmed=confirmed)
        except EmptyConfiguration as error:
            yield Finding(Level.FAIL, "provider table", str(error))
            return
        for sentence in desk.applying.sentences(written):
            yield Finding(Level.FAIL, "provider table", sentence)
        for shard in written.away:
            message = f"Shard {shard} does not answer, and keeps its table: apply again when it does."
            yield Finding(Level.FAIL, "provider table", message)

    def _table(self, desk: Desk) -> Finding:
        if strange := desk.strangeness():
            return Finding(Level.WARN, "provider table", strange)
        version = read_table(desk.store).version
        return Finding(Level.OK, "provider table", f"The ledger works by this configuration (version {version}).")

    def _providers(self) -> Iterator[Finding]:
        driver = Driver()
        with ThreadPoolExecutor(TRIES_AT_ONCE, "check") as pool:
            yield from pool.map(lambda provider: provider_finding(provider, driver), self.providers)
        driver.close()


def store_findings(found: Fitness, config: Config) -> Iterator[Finding]:
    """Version, durability and eviction."""
    least = ".".join(map(str, LEAST[found.server]))
    version = f"{found.server.capitalize()} {found.version}"
    if found.is_recent:
        yield Finding(Level.OK, "store", f"{version} answers.")
    else:
        yield Finding(Level.FAIL, "store", f"{version} is too old: {least} or later is needed.")
    if not found.settings:
        message = "It does not show its settings: make sure of AOF, appendfsync always and maxmemory-policy noeviction."
        yield Finding(Level.WARN, "durability", message)
        return
    yield _durability(found, config)
    policy = found.settings.get("maxmemory-policy")
    if policy == "noeviction":
        yield Finding(Level.OK, "eviction", "Nothing is ever evicted.")
    else:
        message = f"maxmemory-policy is {policy}: a full store would drop orders. Set it to noeviction."
        yield Finding(Level.FAIL, "eviction", message)


def _durability(found: Fitness, config: Config) -> Finding:
    if found.is_on_disk:
        return Finding(Level.OK, "durability", "What is accepted is on disk.")
    if found.settings.get("appendonly") != "yes":
        lost = "everything since the last snapshot"
        advice = "set appendonly yes and appendfsync always"
    else:
        lost = "up to 1 s of accepted events"
        advice = "set appendfsync always"
    if config.store.durability == "memory":
        return Finding(Level.WARN, "durability", f"memory, as configured: a crash loses {lost}.")
    return Finding(
        Level.FAIL, "durability", f"A crash of the store loses {lost}: {advice}, or say [store] durability = memory."
    )


def worker_findings(board: Status, config: Config) -> Iterator[Finding]:
    """Whether anybody works, and whether there are threads for all that may be in flight."""
    beating = [worker for worker in board.workers if worker.beat_age_s < BEATS_S]
    if beating:
        yield Finding(Level.OK, "workers", f"{len(beating)} at work.")
    else:
        yield Finding(Level.WARN, "workers", "None is at work: start them with `ordercast up`.")
    own = int(os.environ.get("ORDERCAST_THREADS", THREADS))
    threads = own * (len(beating) or os.cpu_count() or 1)
    wanted = sum(provider.max_in_flight for provider in config.providers.values())
    if wanted > threads:
        message = (
            f"The providers may have {wanted} attempts in flight, and there are {threads} threads:"
            " start more workers, or lower max_in_flight."
        )
        yield Finding(Level.WARN, "threads", message)


def currency_findings(providers: Iterable[Provider]) -> Iterator[Finding]:
    """Accounts that take every order for one in their own currency, and are not told which that is."""
    for provider in providers:
        if not provider.has_currency and provider.config.currency is None:
            name = provider.config.name
            message = (
                "The vendor has no field for a currency, so that an order in another one would be booked as the"
                f" account's: set the account's own, as in currency = \"EUR\", in [providers.{name}]."
            )
            yield Finding(Level.WARN, f"provider {name}", message)


def advice_findings(providers: Iterable[Provider], store: Store) -> Iterator[Finding]:
    """What each account's own adapter warns of. The newest events are read once, and only where it looks at their keys.
    Raises ``StoreUnreachable``."""
    rows = {row.name: row for row in read_table(store).rows}
    newest = cache(lambda: [event for _, event in islice(open_records(store).events(), EVENTS_LOOKED_AT)])
    for provider in providers:
        config, row = provider.config, rows.get(provider.config.name)
        for message in provider.advice(_keys(config, row, newest)):
            yield Finding(Level.WARN, f"provider {config.name}", message)


def _keys(config: ProviderConfig, row: Row | None, newest: Callable[[], list[Event]]) -> Iterator[str]:
    """The keys at a provider of those events that it wants; none at one that is not in the ledger yet."""
    for event in newest() if row else ():
        if row and row.wants(event):
            yield config.order_key.format(number=event.subject, source=event.source)


def source_findings(sources: list[str], providers: Iterable[Provider]) -> Iterator[Finding]:
    """Providers that would take orders of two sources for one, by their number."""
    for provider in providers:
        named = [pattern for pattern in provider.config.sources if pattern != "*"]
        several = len(sources) > 1 or len(named) > 1
        if several and plan_of(provider.config, sends_key=provider.sends_key).shares_keys:
            message = (
                "Several sources send orders, and two of one number would be taken for one:"
                ' set order_key = "{source}-{number}", or narrow sources.'
            )
            yield Finding(Level.WARN, f"provider {provider.config.name}", message)


def provider_finding(provider: Provider, driver: Driver) -> Finding:
    """Whether a provider answers: by its own harmless call where it has one, else whether a connection can be made."""
    what = f"provider {provider.config.name}"
    test = provider.test()
    if test is None:
        return _connection(what, provider.config)
    outcome = driver.converse(provider, test).outcome
    if outcome.kind is OutcomeKind.ACCEPTED:
        return Finding(Level.OK, what, "It answers, and takes our credentials.")
    advice = {
        OutcomeKind.UNAUTHORIZED: "Correct its credentials.",
        OutcomeKind.THROTTLED: "It answers; try again later.",
    }.get(outcome.kind, f"Check base_url ({provider.config.base_url}) and whether the vendor is up.")
    if outcome.kind is OutcomeKind.REJECTED or outcome.reason is Reason.FORBIDDEN:
        advice = ""  # the account is known: the adapter says what is wrong with it
    if outcome.kind is OutcomeKind.UNAUTHORIZED and (told := told_secrets(provider.config)):
        advice += f" Tried with {told}."
    level = Level.WARN if outcome.kind is OutcomeKind.THROTTLED else Level.FAIL
    return Finding(level, what, f"{outcome.message or outcome.reason} {advice}".rstrip())


def _connection(what: str, config: ProviderConfig) -> Finding:
    place = urlsplit(config.base_url)
    is_tls = place.scheme == "https"
    host, port = place.hostname or "", place.port or (443 if is_tls else 80)
    try:
        with socket.create_connection((host, port), config.timeout.connect_s) as line:
            if is_tls:
                # certifi's bundle, as deliveries use it
                with ssl.create_default_context(cafile=certifi.where()).wrap_socket(line, server_hostname=host):
                    pass
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return Finding(Level.FAIL, what, f"No connection to {host}:{port} ({reason}): check base_url and the network.")
    return Finding(Level.OK, what, "It can be reached; it has no call that would try the credentials.")
