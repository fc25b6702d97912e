"""The provider table in the ledger: accept fans out by it, so that a process with an older file drops no provider."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from schemas.config import ProviderConfig
from schemas.event import Event
from worker.ledger.store.client import Store
from worker.settings import provider_digest


class Row(msgspec.Struct, frozen=True):
    """One provider as accept sees it. ``ordinal`` is its number for ever; a removed one stays with ``gone`` set.

    ``keeps_all``: every event goes out, and no snapshot stands for those before it. Runners read it at the gate, where
    ``apply`` writes it too: by their own file some would drop what others keep. ``settings`` is the digest of all that
    the provider's configuration says. ``version`` is the table's at which the row last changed, ``at_ms`` and ``by``
    when and by whom: unknown (0, empty) of rows that an earlier release wrote.
    """

    name: str
    kind: str
    ordinal: int
    limit: int
    blocks: bool
    sources: tuple[str, ...] = ("*",)
    events: tuple[str, ...] = ("*",)
    test_events: bool = False
    keeps_all: bool = False
    gone: bool = False
    settings: str = ""
    version: int = 0
    at_ms: int = 0
    by: str = ""

    def wants(self, event: Event) -> bool:
        return (
            not self.gone
            and (self.test_events or not event.test)
            and _matches(event.source, self.sources)
            and _matches(event.type, self.events)
        )

    def is_as(self, other: Row) -> bool:
        """Whether both say the same, whoever wrote them."""
        return self.unsigned() == other.unsigned()

    def unsigned(self) -> Row:
        return msgspec.structs.replace(self, version=0, at_ms=0, by="")


@lru_cache(maxsize=1024)
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class Applied(msgspec.Struct, frozen=True):
    """One version of the table: what changed, when and by whom. ``digest`` is that of the configuration that was
    applied; empty where a person removed a provider by name."""

    version: int
    digest: str
    at_ms: int = 0
    by: str = ""
    release: str = ""
    file: str = ""
    what: str = ""


class Table(msgspec.Struct, frozen=True):
    """All rows ever, and the version they stand at. ``digest`` is of the configuration that wrote it. ``history`` are
    the newest versions, the latest last."""

    version: int = 0
    digest: str = ""
    rows: tuple[Row, ...] = ()
    history: tuple[Applied, ...] = ()

    def wanting(self, event: Event) -> list[Row]:
        return [row for row in self.rows if row.wants(event)]

    def names(self, mask: int) -> list[str]:
        return [row.name for row in self.rows if mask >> row.ordinal & 1]

    def row(self, name: str) -> Row | None:
        return next((row for row in self.rows if row.name == name), None)

    def last_applied(self, digest: str) -> Applied | None:
        """When the configuration of this digest was last applied, as far as that is remembered."""
        return next((one for one in reversed(self.history) if one.digest == digest), None)

    def agrees_with(self, providers: dict[str, ProviderConfig]) -> bool:
        """Whether each provider of the table is configured so in a file. One more there that is gone here matters
        not: its last deliveries are still sent."""
        rows = {row.name: row for row in self.rows}
        for name, config in providers.items():
            row = rows.get(name)
            if row is None or not (row.gone or row.settings in ("", provider_digest(config))):
                return False
        return all(row.gone or row.name in providers for row in self.rows)


def row_of(config: ProviderConfig, ordinal: int) -> Row:
    """A provider's row as its configuration wants it."""
    return Row(
        name=config.name,
        kind=config.kind,
        ordinal=ordinal,
        limit=config.max_in_flight,
        blocks=config.after_dead == "block",
        sources=config.sources,
        events=config.events,
        test_events=config.test_events,
        keeps_all=not config.supersede,
        settings=provider_digest(config),
    )


_decode = msgspec.json.Decoder(Table).decode


def read_table(shard: Store) -> Table:
    """The table as it stands in a shard; empty where no configuration was ever applied. Raises ``StoreUnreachable``."""
    with shard.errors():
        version, kept = shard.client.hmget(shard.keys.key("table"), "version", "json")
    if kept is None:
        return Table()
    return msgspec.structs.replace(_decode(kept), version=int(version))
