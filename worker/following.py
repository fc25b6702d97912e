"""A worker follows the provider table: what is applied on one host is taken up by all, without a restart.

It reads its configuration again when the table has a new version, and while the two differ when the file changes. What
it cannot read leaves all as it is, and so does a file that has lost all its providers: it may be half written. A
provider that is in the table is worked on as before where the file has lost it: the table says what is removed.
Attempts in hand are finished with what they began with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from schemas.config import Config, ProviderConfig
from worker.clock import Clock, uptime_s
from worker.errors import ConfigError
from worker.ledger.provider_changes import RETURNS, Change, differences, todo
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.provider_table import age_words, older_than
from worker.ledger.store.instants import instant
from worker.log import get as get_logger
from worker.process import Process
from worker.settings import config_digest
from worker.settings.configfile import Stamp, with_secrets_of

SECRETS_S = 1.0
RETRY_S = 2.0

Subscribe = Callable[[Collection[str], Collection[str]], object]
"""Is told which providers have come and which have gone."""

log = get_logger("ordercast.table")


class Following:
    """Looks, with each tick, whether table, configuration or secrets have changed. Raises ``StoreUnreachable``."""

    def __init__(self, process: Process, subscribe: Subscribe | None = None, clock: Clock = uptime_s) -> None:
        self.process = process
        self.subscribe = subscribe
        self.clock = clock
        self.works_by = 0
        """The version of the table that this process works by; 0 where its configuration was never applied."""
        self.leaves: dict[str, str] = {}
        """The providers of the table that this process does not work, each with why."""
        self._kinds: dict[str, str] = {}
        self._reads = set(process.providers)
        self._told: set[str] = set()
        self._seen = -1
        self._differs = False
        self._is_unread = False
        self._stamp: Stamp = None
        self._looked_s = self._tried_s = -RETRY_S

    def begin(self) -> None:
        """The first look, before anything is delivered."""
        self._take_up(read_table(self.process.store).version)

    def look(self, version: int) -> None:
        """See what has changed, given the version at which the table stands."""
        if version != self._seen:
            self._take_up(version)
        elif self._is_due():
            self._read(read_table(self.process.store))
        self._look_at_secrets()

    def _take_up(self, version: int) -> None:
        table, seen = read_table(self.process.store), self._seen
        if seen >= 0:
            for one in table.history:
                if one.version > seen:
                    log.warning(
                        "table.changed",
                        version=one.version,
                        what=one.what,
                        by=one.by,
                        release=one.release,
                        file=one.file,
                    )
        self._read(table, is_first=seen < 0)
        self._seen = version

    def _is_due(self) -> bool:
        """Whether the file is worth another look: it could not be read, or it differs and has changed."""
        file, now_s = self.process.file, self.clock()
        if file is None or not (self._is_unread or self._differs) or now_s - self._tried_s < RETRY_S:
            return False
        return self._is_unread or file.stamp() != self._stamp

    def _read(self, table: Table, *, is_first: bool = False) -> None:
        """Read the configuration again, unless it was read just now, and work by it as far as the table has the
        same."""
        config, file = self.process.config, self.process.file
        self._tried_s = self.clock()
        if file is not None:
            self._stamp = file.stamp()
            if not is_first:
                try:
                    config = file.load()
                except ConfigError as error:
                    self._say_unread("; ".join(error.problems))
                    return
                if self.process.config.providers and not config.providers:
                    self._say_unread(f"{file.name} has no provider any more")
                    return
        self._is_unread = False
        self._work_by(table, config)

    def _work_by(self, table: Table, config: Config) -> None:
        """A provider that is of another kind in the table is left to others: what it has to deliver is not for ours."""
        self._kinds, wanted = {row.name: row.kind for row in table.rows}, config.providers
        before = self.process.config.providers
        live = [row.name for row in table.rows if not row.gone]
        ours = {name: before[name] for name in live if name in before} | {
            name: _readable(one, before.get(name)) for name, one in wanted.items()
        }
        self.process.take({name: one for name, one in ours.items() if self._kinds.get(name, one.kind) == one.kind})
        self._answer_for(wanted)
        found, digest = differences(table, wanted), config_digest(config)
        self._differs = any(change.does != RETURNS for change in found)
        applied = table.last_applied(digest)
        self.works_by = (applied.version if applied else 0) if self._differs else table.version
        self._tell(table, found, digest)

    def _answer_for(self, wanted: Mapping[str, ProviderConfig]) -> None:
        """Read the queues of what can be worked now, and no others; and say which providers these are not."""
        works = set(self.process.providers)
        come, gone = sorted(works - self._reads), sorted(self._reads - works)
        self._reads = works
        if self.subscribe and (come or gone):
            self.subscribe(come, gone)
        self.leaves = {name: self._why_left(name, wanted.get(name)) for name in self._kinds if name not in works}

    def _why_left(self, name: str, config: ProviderConfig | None) -> str:
        if name in self.process.unmade and name in self.process.config.providers:
            return self.process.unmade[name]
        if config is None:
            return f"its configuration has no [providers.{name}]."
        return f"its configuration has the kind {config.kind} there, the table {self._kinds[name]}."

    def _say_unread(self, problems: str) -> None:
        if not self._is_unread:
            log.warning("config.unread", message=f"{problems}: the one before is used until this is mended.")
        self._is_unread = True

    def _look_at_secrets(self) -> None:
        credentials, now_s = self.process.credentials, self.clock()
        changed = []
        if self.process.hung_up.is_set():
            self.process.hung_up.clear()
            changed = credentials.renew_all()
        elif now_s - self._looked_s >= SECRETS_S:
            self._looked_s = now_s
            changed = credentials.look()
        if changed:
            self._answer_for(self.process.config.providers)
        for name in changed:
            self.process.hasten(name)

    def _tell(self, table: Table, found: list[Change], digest: str) -> None:
        """A line for all that the table has otherwise than this configuration, which is left as it is; none for what
        was told before and is so still."""
        older = older_than(table, digest)
        before, self._told = self._told, {str(one) for one in found}
        if older is not None and found:
            self._told.add(said := f"older {older.version} {table.version}")
            if said not in before:
                log.warning("config.older", version=older.version, table=table.version, message=age_words(table, older))
        file = self.process.file.name if self.process.file else ""
        for one in found:
            if str(one) not in before:
                log.warning(
                    "table.kept",
                    provider=one.provider,
                    wanted=str(one),
                    since=one.since,
                    at=instant(one.at_ms) if one.at_ms else None,
                    by=one.by,
                    message=todo(one, is_older=older is not None, file=file),
                )


def _readable(config: ProviderConfig, known: ProviderConfig | None) -> ProviderConfig:
    """The configuration; with the secrets that were known before in the place of those that cannot be read."""
    if config.locked and known is not None and known.kind == config.kind and not known.locked:
        return with_secrets_of(known, config)
    return config
