"""Everything that runs on one machine: the store, the sandbox, the workers, and what they are configured with."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from schemas.config import Config
from worker import embedded
from worker.errors import StoreUnreachable
from worker.ledger.provider_table import add_to_table, start_words
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.store.client import Store, shown
from worker.ledger.store.shards import open_store, reach_shards
from worker.messages import INTAKE_QUEUE
from worker.ops.desk.addresses import web_address
from worker.ops.local import sandbox_process as stand
from worker.ops.local.desk_socket import DeskSocket
from worker.ops.local.signals import Wakeup
from worker.ops.local.supervisor import ProcessSpec, ProcessSupervisor
from worker.settings import PATH_VARIABLE, config_digest
from worker.settings.author import Author, author

ENDING_S = 10.0
REVIVE_S = 5.0
SANDBOX = "sandbox"
WEB = "web"
NOT_FOR_CHILDREN = frozenset({
    "APP", "BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_URL", "CELERY_BROKER_WRITE_URL",
    "CELERY_RESULT_BACKEND", "LOADER", "NO_COLOR", "RESULT_BACKEND",
})  # fmt: skip
"""Variables that Celery's command line reads for itself: they would silently beat our configuration, or be refused."""

AS_ROOT = "ignore:You're running the worker with superuser"
"""Celery warns root of pickled messages; we accept JSON only."""


class Running(msgspec.Struct, frozen=True):
    """What runs where, without passwords. ``listen`` is the port of the embedded store, ``broker`` another than the
    store, ``web`` where people find the desk."""

    store: str
    embedded: bool
    listen: str | None
    broker: str | None
    sandbox: str | None
    config: str | None
    workers: dict[str, int]
    web: str | None = None


@dataclass(frozen=True, slots=True)
class WantedProcesses:
    """What is to run. ``config_file`` is what the processes read, ``sandbox`` the socket at which the vendors are
    played, which listens already, ``listen`` where the embedded store listens beside its own. With ``is_alone`` no
    setting comes from the environment, and nobody is told of a table that nobody else has. ``desk`` is where the
    desk is served, None where it is not."""

    config: Config
    config_file: Path | None
    workers: int
    sandbox: socket.socket | None = None
    listen: tuple[str, int] | None = None
    log_level: str = "WARNING"
    is_alone: bool = False
    desk: DeskSocket | None = None


class Machine:
    """Starts it, keeps it running, ends it. A context manager for the main thread.

    Raises ``StoreUnreachable`` where the store cannot be had at the start. ``tell`` is told what a person should know.
    """

    def __init__(self, wanted: WantedProcesses, tell: Callable[[str], None], out: int = 2) -> None:
        self.wanted = wanted
        self.tell = tell
        self.out = out
        self.held: embedded.EmbeddedStore | None = None
        self._open = ExitStack()
        self._store_is_away = False
        self.ready: set[str] = set()
        self._hangups = 0

    def __enter__(self) -> Self:
        config = self.wanted.config
        try:
            if self.wanted.sandbox is not None:
                self._open.callback(self.wanted.sandbox.close)
            if self.wanted.desk is not None:
                self._open.callback(self.wanted.desk.close)
            if config.store.url is None:
                held = embedded.hold(Path(config.store.dir), listen=self.wanted.listen)
                self.held = self._open.enter_context(held)
                self.held.wait_s = REVIVE_S
            self.store = open_store(config.store.url or self._held_url, config.store.shards)
            for shard in self.store.shards:
                self._open.callback(shard.close)
            reach_shards(self.store)
            _takes_writes(self.store)
            written = add_to_table(self.store, config.providers, config_digest(config), self._author())
            for away in written.away:
                self.tell(
                    f"Shard {away} does not answer: its orders wait until it does. Start it, or correct [store] shards."
                )
            for sentence in [] if self.wanted.is_alone else start_words(written):
                self.tell(sentence)
            self.wakeup = self._open.enter_context(Wakeup())
        except BaseException:
            self._open.close()
            raise
        self.supervisor = ProcessSupervisor(self._posts(), self._environ(), self.tell, self.out)
        self.began_s = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        asked = self.wakeup.times
        with self._open:
            self.supervisor.end(self.longest_s + ENDING_S, self.wakeup.wait, hurry=lambda: self.wakeup.times > asked)

    @property
    def longest_s(self) -> float:
        """How long one call may take at the slowest provider."""
        return max((provider.timeout.total_s for provider in self.wanted.config.providers.values()), default=0.0)

    def look(self, wait_s: float = 0.5) -> None:
        """See that everything runs, then wait for ``wait_s`` seconds, or until something happens."""
        self.supervisor.look()
        self._pass_hangups_on()
        self._keep_store()
        self._take_desk()
        self.wakeup.wait(wait_s)

    def _pass_hangups_on(self) -> None:
        """The workers read their secrets again at SIGHUP; nobody else knows it."""
        if self.wakeup.hangups > self._hangups:
            self._hangups = self.wakeup.hangups
            self.supervisor.signal(signal.SIGHUP, but=SANDBOX)
            self.tell("The workers read the secrets again.")

    def is_ready(self) -> bool:
        """Whether every worker's heart has been heard since the start."""
        names = {name for name, _ in self._workers()} - self.ready
        if names and not self._store_is_away:
            age_s = time.monotonic() - self.began_s
            try:
                beats = LedgerStatus(self.store).read(INTAKE_QUEUE).workers
            except StoreUnreachable:
                return False
            self.ready |= {beat.name.partition("@")[0] for beat in beats if beat.beat_age_s < age_s} & names
            names -= self.ready
        return not names

    def running(self) -> Running:
        config, sandbox = self.wanted.config, self.wanted.sandbox
        listens_at = self.held.listens_at if self.held else None
        return Running(
            store=shown(self.store.url),
            embedded=config.store.url is None,
            listen="{}:{}".format(*listens_at) if listens_at else None,
            broker=shown(config.store.broker_url) if config.store.broker_url else None,
            sandbox=stand.address(sandbox) if sandbox else None,
            config=str(self.wanted.config_file) if self.wanted.config_file else None,
            workers={name: pid for name, pid in self._workers() if pid is not None},
            web=web_address(config.web) if self.wanted.desk and self.wanted.desk.taken else None,
        )

    def _author(self) -> Author:
        return author("ordercast up", str(self.wanted.config_file or ""))

    @property
    def _held_url(self) -> str:
        if self.held is None:
            raise StoreUnreachable
        return self.held.url

    def _workers(self) -> list[tuple[str, int | None]]:
        return [
            (member.spec.name, member.pid)
            for member in self.supervisor.members
            if member.spec.name not in (SANDBOX, WEB)
        ]

    def _keep_store(self) -> None:
        """The embedded store's supervisor keeps the server; we keep the supervisor."""
        if self.held is None:
            return
        try:
            self.held.revive()
        except StoreUnreachable as error:
            if not self._store_is_away:
                self.tell(str(error))
            self._store_is_away = True
        else:
            self._store_is_away = False

    def _posts(self) -> list[ProcessSpec]:
        specs = []
        if self.wanted.sandbox is not None:
            listener = self.wanted.sandbox.fileno()
            specs.append(ProcessSpec(SANDBOX, "worker.ops.local.sandbox_process", (str(listener),), (listener,)))
        options = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", self.wanted.log_level)
        for number in range(1, self.wanted.workers + 1):
            name = f"worker{number}"
            arguments = ("--quiet", "-A", "worker", "worker", "-n", f"{name}@%h", *options)
            specs.append(ProcessSpec(name, "celery", arguments))
        return [*specs, *self._desk_specs()]

    def _desk_specs(self) -> list[ProcessSpec]:
        desk = self.wanted.desk
        if desk is None or desk.taken is None:
            return []
        listener = desk.taken.fileno()
        return [ProcessSpec(WEB, "worker.ops.web", (str(listener),), (listener,))]

    def _take_desk(self) -> None:
        """Serve the desk as soon as its address can be had."""
        if self.wanted.desk is not None and self.wanted.desk.look():
            self.supervisor.add(self._desk_specs())
            self.tell(f"The address is free: the desk is served at {web_address(self.wanted.config.web)} from now on.")

    def _environ(self) -> Mapping[str, str]:
        environ = {name: value for name, value in os.environ.items() if name not in NOT_FOR_CHILDREN}
        if self.wanted.is_alone:
            environ = {n: v for n, v in environ.items() if not n.startswith("ORDERCAST_") and n != "REDIS_URL"}
        if "NO_COLOR" in os.environ:
            environ["NO_COLOR"] = "1"
        environ.setdefault("PYTHONWARNINGS", AS_ROOT)
        config = self.wanted.config
        said = config.origins.get(("store", "broker_url"))
        is_in_file = said is not None and said.by == "file" and not said.through
        if config.store.broker_url and not is_in_file:  # as a variable it would seem to beat the file, which said it
            environ["ORDERCAST_STORE_BROKER_URL"] = config.store.broker_url
        if self.wanted.config_file is not None:
            environ[PATH_VARIABLE] = str(self.wanted.config_file)
        return environ


def _takes_writes(store: Store) -> None:
    """Raises what the store says where it may only be read from."""
    if refusal := store.refusal():
        raise refusal
