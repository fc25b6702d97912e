"""Writing the provider table of every shard: a start adds what its configuration adds, a person applies all of it or
removes by name.

Each version is signed: who, when, by which file, and what changed. What a person or a worker changed is in the audit,
written in the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from schemas.config import ProviderConfig
from worker.errors import StoreUnreachable
from worker.ledger.provider_changes import CHANGES, REMOVES, Change, added_rows, differences, todo, wanted_rows
from worker.ledger.provider_rows import Applied, Row, Table, read_table
from worker.ledger.store.client import Store
from worker.ledger.store.instants import instant
from worker.settings.author import Author

HISTORY = 100
WHAT_CHARS, AUDIT_CHARS = 200, 2000
NOBODY = Author()


class Written(msgspec.Struct, frozen=True):
    """The table that stands, what was changed in it, and what was left as it is.

    ``older`` is the version that the configuration was last applied as, where others came after it: such a start
    changes nothing. ``away`` are the further shards that did not answer.
    """

    table: Table
    made: list[Change] = []
    kept: list[Change] = []
    older: Applied | None = None
    away: list[int] = []


def apply_table(
    store: Store,
    providers: dict[str, ProviderConfig],
    digest: str,
    author: Author = NOBODY,
    *,
    only: Sequence[Store] = (),
) -> Written:
    """Make each shard's table what the configuration says, whatever that removes: for who has asked for it. Safe to
    repeat and to race. ``only`` names some of the shards.

    Raises ``StoreUnreachable`` for the first shard. A further one that does not answer is named; its table is written
    by the first worker that reaches it, as far as a start may.
    """

    def wanted(table: Table) -> Written:
        made = differences(table, providers)
        return Written(_as(table, wanted_rows(table, providers), _known(table, providers, digest, made)), made)

    return _in_each(only or store.shards, wanted, author)


def add_to_table(
    store: Store,
    providers: dict[str, ProviderConfig],
    digest: str,
    author: Author = NOBODY,
    *,
    only: Sequence[Store] = (),
) -> Written:
    """Write what a start may: nothing is removed or narrowed, and a configuration that others were applied after
    changes nothing. As ``apply_table`` else."""

    def wanted(table: Table) -> Written:
        found = differences(table, providers)
        older = older_than(table, digest)
        if older is not None:
            return Written(table, kept=found, older=older)
        rows = added_rows(table, providers)
        kept = [change for change in found if change.is_asked_for]
        made = [change for change in found if not change.is_asked_for]
        is_known = bool(kept) and not made and table.version > 0  # then nothing of it is applied
        return Written(table if is_known else _as(table, rows, _known(table, providers, digest, made)), made, kept)

    return _in_each(only or store.shards, wanted, author)


def remove_provider(store: Store, name: str, author: Author = NOBODY) -> Written:
    """Take one provider out of each shard's table: no event goes to it any more, and what it has to deliver is still
    delivered. Changes nothing where it is not there. Raises as ``apply_table`` does."""

    def wanted(table: Table) -> Written:
        row = table.row(name)
        if row is None or row.gone:
            return Written(table)
        rows = [msgspec.structs.replace(one, gone=one.gone or one.name == name) for one in table.rows]
        change = Change(name, "removes", "", is_asked_for=True, since=row.version, by=row.by, at_ms=row.at_ms)
        return Written(_as(table, rows, ""), [change])

    return _in_each(store.shards, wanted, author)


def older_than(table: Table, digest: str) -> Applied | None:
    """The version that a configuration was last applied as, where the table has gone on since."""
    applied = table.last_applied(digest)
    return applied if applied is not None and applied.version < table.version else None


def age_words(table: Table, older: Applied) -> str:
    """That a configuration is not the newest, and what to do, in two sentences."""
    return (
        f"This configuration is the one of version {older.version} ({signature(older.at_ms, older.by)});"
        f" the provider table is at version {table.version}. Update the configuration, or go back to it with"
        " `ordercast check --apply --yes`."
    )


def start_words(written: Written) -> list[str]:
    """What a start did to the table and what it left as it is, each as a sentence for people. The first table, and
    other settings, which take nothing away, are not worth one."""
    is_first = written.table.version == 1
    older, made = written.older, [change for change in written.made if change.does != CHANGES and not is_first]
    words = [f"The provider table is at version {written.table.version} now: {told(made)}."] if made else []
    if older is not None and written.kept:
        words.append(age_words(written.table, older))
    return words + left_words(written)


def left_words(written: Written, file: str = "") -> list[str]:
    """What was left as it is, with what to do about it; the providers to remove in one sentence. ``file`` is the
    configuration's, where it has one."""
    gone = [change.provider for change in written.kept if change.does == REMOVES]
    rest = [change for change in written.kept if change.does != REMOVES]
    is_older = written.older is not None
    words = [
        f"Left as it is: this configuration {change}. {todo(change, is_older=is_older, file=file)}" for change in rest
    ]
    if gone:
        told = ", ".join(gone)
        words.append(
            f"Not in this configuration, and left in the ledger: {told}. Add what is missing, or remove it with"
            f" `ordercast providers remove {' '.join(gone)} --yes --why TEXT`."
        )
    return words


def signature(at_ms: int, by: str) -> str:
    """When and by whom something was applied."""
    return f"applied {instant(at_ms)[:16].replace('T', ' ')} UTC" + (f" by {by}" if by else "")


def told(changes: list[Change]) -> str:
    """The changes in one line."""
    return "; ".join(map(str, changes))


def _known(table: Table, providers: dict[str, ProviderConfig], digest: str, made: list[Change]) -> str:
    """The digest to sign with. Where a kind is broken the file's own is not known: it must not make an older one of the
    configuration that others read whole."""
    if not any(config.broken for config in providers.values()):
        return digest
    return "" if made else table.digest


def _as(table: Table, rows: list[Row], digest: str) -> Table:
    """The table with these rows, signatures kept where nothing changed."""
    before = {row.name: row for row in table.rows}
    signed = [before[row.name] if row.name in before and row.is_as(before[row.name]) else row for row in rows]
    return msgspec.structs.replace(table, digest=digest, rows=tuple(signed))


def _in_each(shards: Sequence[Store], wanted: Callable[[Table], Written], author: Author) -> Written:
    first, away = None, []
    for shard in shards:
        try:
            written = _write(shard, wanted, author)
        except StoreUnreachable:
            if shard.number == 0:
                raise
            away.append(shard.number)
        else:
            first = first or written
    return msgspec.structs.replace(first or Written(Table()), away=away)


def _write(shard: Store, wanted: Callable[[Table], Written], author: Author) -> Written:
    while True:
        present = read_table(shard)
        found = wanted(present)
        if found.table == present:
            return found
        signed = _signed(found, present, author, shard.now_ms())
        if _stands(shard, signed, present.version, told(found.made), author):
            return msgspec.structs.replace(found, table=signed)


def _signed(found: Written, present: Table, author: Author, at_ms: int) -> Table:
    version, table = present.version + 1, found.table
    before = set(present.rows)
    rows = tuple(
        row if row in before else msgspec.structs.replace(row, version=version, at_ms=at_ms, by=author.who)
        for row in table.rows
    )
    what = told(found.made)[:WHAT_CHARS]
    applied = Applied(version, table.digest, at_ms, author.who, author.release, author.file, what)
    return msgspec.structs.replace(table, version=version, rows=rows, history=(*present.history, applied)[-HISTORY:])


def _stands(shard: Store, table: Table, before: int, made: str, author: Author) -> bool:
    """Whether the table was written, and no other had been meanwhile."""
    kept = msgspec.json.encode(msgspec.structs.replace(table, version=0))
    rows = [part for row in table.rows for part in (row.name, int(row.keeps_all))]
    is_split = int(len(shard.shards) > 1)
    what = f"version {table.version}: {made or 'other limits or retention'}"[:AUDIT_CHARS]
    if shard.number or not author.who:  # the first shard's audit has it; a table that nobody signs is a test's
        what = ""
    return int(shard.run("apply", before, kept, is_split, what, author.why, author.who, *rows)) > 0
