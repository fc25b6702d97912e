"""What ``check`` looks at, each with what to do about it: configuration, store, ledger, workers, providers."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from itertools import islice
from urllib.parse import urlsplit

import certifi
import msgspec

from schemas.config import Config, ProviderConfig
from schemas.event import Event
from schemas.gate import CLOSED
from schemas.outcome import OutcomeKind, Reason
from worker.errors import OrdercastError, StoreUnreachable
from worker.ledger.provider_rows import Row, read_table
from worker.ledger.queries.events import Events
from worker.ledger.queries.status import Status, WorkerRow
from worker.ledger.store.client import Store
from worker.ledger.store.fitness import fitness
from worker.ops.desk.advice import Advice, Wording
from worker.ops.desk.desk import Desk
from worker.ops.desk.durations import span
from worker.ops.desk.findings import Finding, Level, store_findings
from worker.ops.desk.provider_table import EmptyConfiguration
from worker.ops.desk.sentences import SILENT_S, is_mute, provider_sentence
from worker.policy.plan import plan_of
from worker.providers import make_providers
from worker.providers.base import Provider
from worker.providers.connections import why_unreachable
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory
from worker.settings.configfile import told_secrets

THREADS = 32
BEATS_S = 30.0
TRIES_AT_ONCE = 8
EVENTS_LOOKED_AT = 300
"""So many of the newest say what numbers orders have: one page or two of the ledger, however much is in it."""


class Check:
    """Looks at everything a configuration needs. Never raises: what cannot be reached is a finding."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store_is_fit = True
        self._refused: set[str] = set()
        self.closed: dict[str, str] = {}
        self.broken: dict[str, str] = {}

    @cached_property
    def providers(self) -> list[Provider]:
        made, self.broken = make_providers(self.config.providers.values(), ProcessMemory())
        return list(made.values())

    def run(self, desk: Desk | None, *, applies: str = "", confirmed: bool = False) -> Iterator[Finding]:
        """The findings, as they come. ``desk`` is ``None`` where the embedded store cannot be started. ``applies`` says
        how writing the provider table into the ledger goes on record; without it, nothing is written. All of it is
        written where that is ``confirmed``."""
        yield from self._configuration()
        yield from currency_findings(self.providers)
        if desk is not None:
            try:
                yield from self._ledger(desk, applies=applies, confirmed=confirmed)
            except StoreUnreachable as error:
                yield from self._refusal(error)
        yield from self._providers()

    def _configuration(self) -> Iterator[Finding]:
        count = len(self.providers)
        locked = [one for one in self.config.providers.values() if one.locked]
        counted = "1 provider" if count == 1 else f"{count} providers"
        if locked:
            message = f"Secrets of {', '.join(one.name for one in locked)} cannot be read."
            yield Finding(Level.FAIL, "configuration", message)
        elif self.config.providers:
            yield Finding(Level.OK, "configuration", f"It can be used, and all credentials of {counted} are there.")
        else:
            yield Finding(Level.WARN, "configuration", "It has no provider: add [providers.NAME] to ordercast.toml.")

    def _ledger(self, desk: Desk, *, applies: str, confirmed: bool) -> Iterator[Finding]:
        """What there is to say of the ledger. A server that answers, and refuses something, is asked the rest."""
        sources: set[str] = set()
        looks: list[Callable[[], Iterable[Finding]]] = [
            lambda: self._fit(self._stores(desk.store, sources)),
            lambda: self._apply(desk, applies, confirmed=confirmed) if applies else (),
            lambda: [self._table(desk)],
            lambda: self._at_work(desk),
            lambda: source_findings(sorted(sources), self.providers),
            lambda: advice_findings(self.providers, desk.store),
        ]
        for look in looks:
            try:
                yield from look()
            except StoreUnreachable as error:
                if not error.word:
                    raise
                yield from self._refusal(error)

    def _refusal(self, error: OrdercastError, what: str = "store") -> Iterator[Finding]:
        """What cannot be had of the store, once, however often it is met."""
        self.store_is_fit = False
        if str(error) not in self._refused:
            self._refused.add(str(error))
            yield Finding(Level.FAIL, what, str(error))

    def _at_work(self, desk: Desk) -> Iterator[Finding]:
        """The workers; and for the providers' own findings which of them get nothing at present, and why."""
        board = desk.status()
        self.closed = {row.provider: provider_sentence(row) for row in board.providers if row.gate.state in CLOSED}
        if is_mute(board):
            yield Finding(Level.WARN, "workers", "Nobody can tell: the store takes no word of theirs at present.")
            return
        yield from worker_findings(board, self.config, desk.wording)

    def _fit(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        for finding in findings:
            self.store_is_fit &= finding.level is not Level.FAIL
            yield finding

    def _stores(self, store: Store, sources: set[str]) -> Iterator[Finding]:
        """The findings about each shard, which they name where there are several. Adds the sources that are there."""
        for shard in store.shards:
            of = f"shard {shard.number} " if len(store.shards) > 1 else ""
            try:
                found = fitness(shard)
            except StoreUnreachable as error:
                if shard.number:
                    yield Finding(Level.FAIL, f"{of}store", f"{error} Its orders wait.")
                elif error.word:
                    yield from self._refusal(error, f"{of}store")
                else:
                    raise
                continue
            sources.update(found.sources)
            for finding in store_findings(found, self.config, "[store] shards" if shard.number else "[store] url"):
                yield msgspec.structs.replace(finding, what=f"{of}{finding.what}")
            if not found.is_replica and (refusal := shard.refusal()):
                yield from self._refusal(refusal, f"{of}store")

    def _apply(self, desk: Desk, why: str, *, confirmed: bool) -> Iterator[Finding]:
        """What of the configuration could not be applied as it was asked for."""
        try:
            written = desk.applying.apply(is_confirmed=confirmed, why=why)
        except EmptyConfiguration as error:
            yield Finding(Level.FAIL, "provider table", desk.wording.of(error))
            return
        for sentence in desk.applying.sentences(written):
            yield Finding(Level.FAIL, "provider table", sentence)
        for shard in written.away:
            message = f"Shard {shard} does not answer, and keeps its table: apply again when it does."
            yield Finding(Level.FAIL, "provider table", message)

    def _table(self, desk: Desk) -> Finding:
        if strange := desk.applying.strangeness():
            return Finding(Level.WARN, "provider table", strange)
        version = read_table(desk.store).version
        return Finding(Level.OK, "provider table", f"The ledger works by this configuration (version {version}).")

    def _providers(self) -> Iterator[Finding]:
        driver = Driver()
        with ThreadPoolExecutor(TRIES_AT_ONCE, "check") as pool:
            found = pool.map(lambda provider: provider_finding(provider, driver), self.providers)
            for provider, finding in zip(self.providers, found, strict=True):
                yield gate_finding(finding, self.closed.get(provider.config.name))
        driver.close()
        for name, why in self.broken.items():
            yield Finding(Level.FAIL, f"provider {name}", f"{why} Its orders wait meanwhile.")


def worker_findings(board: Status, config: Config, wording: Wording) -> Iterator[Finding]:
    """Whether anybody works, and whether there are threads for all that may be in flight."""
    beating = [worker for worker in board.workers if worker.beat_age_s < BEATS_S]
    if beating:
        silent_s = min(worker.beat_age_s for worker in beating)
        heard = f", last heard of {span(silent_s)} ago" if silent_s > SILENT_S else ""
        yield Finding(Level.OK, "workers", f"{len(beating)} at work{heard}.")
    else:
        start = wording.say(Advice.START_ON_HOSTS if config.store.url else Advice.START_HERE)
        yield Finding(Level.WARN, "workers", f"None is at work: {start}.")
    yield from loop_findings(beating)
    own = int(os.environ.get("ORDERCAST_THREADS", THREADS))
    threads = own * (len(beating) or os.cpu_count() or 1)
    wanted = sum(provider.max_in_flight for provider in config.providers.values())
    if wanted > threads:
        message = (
            f"The providers may have {wanted} attempts in flight, and there are {threads} threads:"
            " start more workers, or lower max_in_flight."
        )
        yield Finding(Level.WARN, "threads", message)


def loop_findings(workers: Iterable[WorkerRow]) -> Iterator[Finding]:
    """Workers that say of themselves that a part of their work does not get on."""
    for worker in workers:
        if worker.failing:
            failing = ", ".join(worker.failing)
            yield Finding(Level.WARN, "workers", f"{worker.name} cannot go on with {failing}: read why in its log.")
        if worker.restarts:
            times = "once" if worker.restarts == 1 else f"{worker.restarts} times"
            message = f"{worker.name} met a defect and began afresh {times}: report what its log has at loop.restarted."
            yield Finding(Level.WARN, "workers", message)


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
    newest = cache(lambda: [event for _, event in islice(Events(store).listed(), EVENTS_LOOKED_AT)])
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


def gate_finding(finding: Finding, closed: str | None) -> Finding:
    """What was found at a provider; and where its gate is ``closed``, the sentence that says why nothing is sent."""
    if closed is None:
        return finding
    if finding.level is Level.OK:
        return Finding(Level.WARN, finding.what, f"{finding.message} But {closed}")
    return Finding(finding.level, finding.what, f"{finding.message} {closed}")


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
        reason = why_unreachable(error)
        return Finding(Level.FAIL, what, f"No connection to {host}:{port}: {reason}. Check base_url and the network.")
    return Finding(Level.OK, what, "It can be reached; it has no call that would try the credentials.")
