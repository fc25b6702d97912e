"""A configuration and the provider table of the ledger: how they differ, and what is done about it when asked."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from schemas.config import Config
from worker.errors import StoreUnreachable
from worker.ledger.provider_changes import ADDS, NARROWS, REMOVES, REPLACES, RETURNS, WIDENS, Change, differences, todo
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.provider_table import (
    Written,
    add_to_table,
    age_words,
    apply_table,
    left_words,
    older_than,
    remove_provider,
    signature,
)
from worker.ledger.store.client import Store
from worker.ledger.store.instants import instant
from worker.ops.desk.advice import Advice, Advised, Wording
from worker.settings import config_digest
from worker.settings.author import author

WHOLE = {
    ADDS: "adds it",
    REMOVES: "does not have it",
    RETURNS: "has it, and it was removed by name",
    REPLACES: "wants another kind",
}
"""What is said of a provider that is not the same on both sides at all."""
NAMED = 5
"""So many providers are named in a sentence; of more it says how many."""


class TableDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the configuration would change. ``asked_for``: a start leaves it, and a person has to apply it.
    ``since``, ``by`` and ``at`` tell of the provider as it stands. ``todo`` is what to type."""

    provider: str
    does: str
    what: str
    asked_for: bool
    since: int
    by: str
    at: str | None
    todo: str


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """All that the configuration would change. ``table`` is the version that stands, ``older`` the one that this
    configuration was, where others were applied after it."""

    table: int
    older: int | None
    changes: list[TableDifference]


class EmptyConfiguration(Advised):
    """This configuration has no provider, so nothing was applied: an empty file wipes nothing."""

    reason = "empty_configuration"
    exit_code = 78

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "", Advice.EMPTY_CONFIGURATION)


class ProviderTable:
    """Looks at the table and writes it. ``file`` is the configuration's, where it has one. Every method raises
    ``StoreUnreachable``."""

    def __init__(self, store: Store, config: Config, wording: Wording, *, file: str = "") -> None:
        self.store = store
        self.config = config
        self.wording = wording
        self.file = file

    @property
    def digest(self) -> str:
        return config_digest(self.config)

    def diff(self) -> Diff:
        table = read_table(self.store)
        older = older_than(table, self.digest)
        found = differences(table, self.config.providers)
        return Diff(
            table=table.version,
            older=older.version if older and found else None,
            changes=[self._shown(one, is_older=older is not None) for one in found],
        )

    def needs_asking(self) -> bool:
        """Whether part of it takes something away, or undoes what was applied later."""
        found = self.diff()
        return bool(found.changes) and (found.older is not None or any(one.asked_for for one in found.changes))

    def apply(self, *, is_confirmed: bool, why: str) -> Written:
        """Make the table what the configuration says; where nobody has confirmed that, as far as a start may. ``why``
        goes on record. Raises ``EmptyConfiguration`` where the table has some and the configuration none."""
        if not self.config.providers and any(not row.gone for row in read_table(self.store).rows):
            raise EmptyConfiguration
        write = apply_table if is_confirmed else add_to_table
        by = author(why, self.file)
        return write(self.store, self.config.providers, self.digest, by)

    def remove(self, name: str, *, why: str) -> Written:
        """Take a provider out by name. What it has to deliver is still delivered."""
        return remove_provider(self.store, name, author(why, self.file))

    def sentences(self, written: Written) -> list[str]:
        """What was left as it is, with what to type."""
        return [self.wording.named(sentence) for sentence in left_words(written, self.file)]

    def strangeness(self) -> str | None:
        """How the table differs from this configuration, in one or two sentences; nothing where it does not."""
        table = read_table(self.store)
        if not table.version:
            return f"The ledger has no providers yet: {self.wording.say(Advice.WRITE_FIRST)}."
        found = differences(table, self.config.providers)
        if found:
            return self._words(table, found)
        for shard in self.store.shards[1:]:
            with suppress(StoreUnreachable):
                if differences(read_table(shard), self.config.providers):
                    return f"Shard {shard.number} has another provider table: {self.wording.say(Advice.APPLY_ALL)}."
        if table.digest not in ("", self.digest):
            differs = "The ledger works by another configuration than this: [limits] or [retention] differ."
            return f"{differs} {self.wording.say(Advice.APPLY_THIS)}."
        return None

    def _words(self, table: Table, found: list[Change]) -> str:
        older = older_than(table, self.digest)
        if all(one.does == RETURNS for one in found) and len(found) <= NAMED:
            return self.wording.named(" ".join(todo(one, file=self.file) for one in found))
        before = f"{_wanted_words(found)}."
        if older is not None:
            return f"{before} {self.wording.named(age_words(table, older))}"
        last = table.history[-1] if table.history else None
        if last and last.file and last.file != self.file:
            looks = self.wording.say(Advice.LOOK_WITH, file=last.file)
            before += f" It was {signature(last.at_ms, last.by)} with {last.file}: {looks}."
        if (last and last.file and last.file != self.file) or any(one.does == REMOVES for one in found):
            return f"{before} {self.wording.say(Advice.SEE_DIFF)}."
        is_asked_for = any(one.is_asked_for for one in found)
        many = "them" if len(found) > 1 or found[0].does not in (ADDS, RETURNS) else "it"
        applies = Advice.SEE_AND_APPLY_ALL if is_asked_for else Advice.SEE_AND_APPLY
        return f"{before} {self.wording.say(applies, many=many)}."

    def _shown(self, one: Change, *, is_older: bool) -> TableDifference:
        return TableDifference(
            provider=one.provider,
            does=one.does,
            what=one.what,
            asked_for=one.is_asked_for or is_older,
            since=one.since,
            by=one.by,
            at=instant(one.at_ms) if one.at_ms else None,
            todo=self.wording.named(todo(one, is_older=is_older, file=self.file)),
        )


def _wanted_words(found: list[Change]) -> str:
    """What a configuration wants otherwise than the ledger has it, provider by provider."""
    wants: dict[str, dict[str, None]] = {}
    for one in found:
        wants.setdefault(one.provider, {})[_thing(one)] = None
    if len(wants) > NAMED:
        return f"Your file and the ledger differ in {len(wants)} providers"
    does = {one.provider: WHOLE.get(one.does) for one in found}
    told = {name: does[name] or "wants other " + " and ".join(things) for name, things in wants.items()}
    return "; ".join(f"{name}: your file {words}" for name, words in told.items())


def _thing(change: Change) -> str:
    return change.what.partition(":")[0] if change.does in (WIDENS, NARROWS) else "settings"
