"""The provider table in the ledger: accept fans out by it, so that a process with an older file drops no provider."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from schemas.config import ProviderConfig
from schemas.event import Event
from worker.ledger.connection import Store


class Row(msgspec.Struct, frozen=True):
    """One provider as accept sees it. ``ordinal`` is its number for ever; a removed one stays with ``gone`` set.

    ``keeps_all``: every event goes out, and no snapshot stands for those before it. Runners read it at the gate, where
    ``apply`` writes it too: by their own file some would drop what others keep.
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

    def wants(self, event: Event) -> bool:
        return (
            not self.gone
            and (self.test_events or not event.test)
            and _matches(event.source, self.sources)
            and _matches(event.type, self.events)
        )


@lru_cache(maxsize=1024)
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class Table(msgspec.Struct, frozen=True):
    """All rows ever, and the version they stand at. ``digest`` is of the configuration that wrote it."""

    version: int = 0
    digest: str = ""
    rows: tuple[Row, ...] = ()

    def wanting(self, event: Event) -> list[Row]:
        return [row for row in self.rows if row.wants(event)]

    def names(self, mask: int) -> list[str]:
        return [row.name for row in self.rows if mask >> row.ordinal & 1]

    def with_providers(self, providers: dict[str, ProviderConfig], digest: str) -> Table:
        """This table as the given configuration wants it: ordinals kept, the missing marked as gone. Where a kind
        cannot be loaded its provider stays as it is, for its settings are not known, and the digest too."""
        present = {row.name: row for row in self.rows if not row.gone}
        known = {row.name: row.ordinal for row in self.rows}
        fresh = iter(range(len(known), len(known) + len(providers)))
        rows = {
            name: Row(
                name=name,
                kind=config.kind,
                ordinal=known[name] if name in known else next(fresh),
                limit=config.max_in_flight,
                blocks=config.after_dead == "block",
                sources=config.sources,
                events=config.events,
                test_events=config.test_events,
                keeps_all=not config.supersede,
            )
            for name, config in providers.items()
        }
        rows |= {name: present[name] for name, config in providers.items() if config.broken and name in present}
        if self.version and any(config.broken for config in providers.values()):
            digest = self.digest
        removed = [msgspec.structs.replace(row, gone=True) for row in self.rows if row.name not in rows]
        ordered = sorted([*rows.values(), *removed], key=lambda row: row.ordinal)
        return Table(version=self.version, digest=digest, rows=tuple(ordered))


_decode = msgspec.json.Decoder(Table).decode


def read_table(store: Store) -> Table:
    """The table as it stands; empty where no configuration was ever applied. Raises ``StoreUnreachable``."""
    with store.errors():
        version, kept = store.client.hmget(store.keys.key("table"), "version", "json")
    if kept is None:
        return Table()
    return msgspec.structs.replace(_decode(kept), version=int(version))


def apply_table(store: Store, providers: dict[str, ProviderConfig], digest: str) -> Table:
    """Write the configured providers into the ledger, and give the table that stands. Safe to repeat and to race."""
    while True:
        present = read_table(store)
        wanted = present.with_providers(providers, digest)
        if wanted == present:
            return present
        kept = msgspec.json.encode(msgspec.structs.replace(wanted, version=0))
        is_split = int(len(store.shards) > 1)
        rows = [part for row in wanted.rows for part in (row.name, int(row.keeps_all))]
        version = int(store.run("apply", present.version, kept, is_split, *rows))
        if version > 0:
            return msgspec.structs.replace(wanted, version=version)
