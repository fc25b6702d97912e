"""What a configuration would change in the provider table, and what of it a start may do by itself.

A start only adds: new providers, further events and sources, other settings. What takes something away (a provider,
some of its events or sources, its kind) is done by a person who asked for it, and so is whatever undoes what a person
has done by name: a removed provider does not come back with an old file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

import msgspec

from schemas.config import ProviderConfig
from worker.ledger.provider_rows import Row, Table, row_of
from worker.ledger.store.instants import instant

ADDS, WIDENS, CHANGES = "adds", "widens", "changes"
NARROWS, REMOVES, REPLACES, RETURNS = "narrows", "removes", "replaces", "brings back"
OF_A_START = frozenset({ADDS, WIDENS, CHANGES})


class Change(msgspec.Struct, frozen=True):
    """One thing that a configuration would change of one provider. ``what`` says what, in the words of the settings.

    ``since``, ``by`` and ``at_ms`` are of the row as it stands: its version, who wrote it, and when.
    """

    provider: str
    does: str
    what: str
    is_asked_for: bool
    since: int = 0
    by: str = ""
    at_ms: int = 0

    def __str__(self) -> str:
        return f"{self.does} {self.provider}" + (f" ({self.what})" if self.what else "")


def differences(table: Table, providers: Mapping[str, ProviderConfig]) -> list[Change]:
    """Everything that would change, provider by provider."""
    found = [change for name, config in providers.items() for change in _of_provider(table.row(name), config)]
    missing = [row for row in table.rows if not row.gone and row.name not in providers]
    return found + [_change(row, row.name, REMOVES, "it is not in this configuration") for row in missing]


def todo(change: Change, *, is_older: bool = False, file: str = "") -> str:
    """What to do about a change that was not made, as a sentence. ``file`` is the configuration's, where it has one."""
    applies = "`ordercast check --apply --yes`" if change.is_asked_for or is_older else "`ordercast check --apply`"
    if change.does == REMOVES:
        return (
            f"{change.provider} stays. Add it to this configuration, or remove it with"
            f" `ordercast providers remove {change.provider} --yes --why TEXT`."
        )
    if change.does == RETURNS:
        by = f" by {change.by}" if change.by else ""
        at = f" at {instant(change.at_ms)[:16].replace('T', ' ')} UTC" if change.at_ms else ""
        return (
            f"{change.provider} was removed{by}{at}. Delete [providers.{change.provider}] from"
            f" {file or 'this configuration'}; or bring it back with {applies}."
        )
    if change.does == ADDS:
        return f"{change.provider} is not in force yet. Apply it with {applies}."
    return f"{change.provider} stays as it is. Update this configuration, or apply it with {applies}."


def wanted_rows(table: Table, providers: Mapping[str, ProviderConfig]) -> list[Row]:
    """The rows as the configuration wants them: ordinals kept, the missing marked as gone. Where a kind cannot be
    loaded here its provider's row stays as it is, for its settings are not known."""
    known = {row.name: row.ordinal for row in table.rows}
    fresh = iter(range(len(known), len(known) + len(providers)))
    rows = {name: row_of(config, known[name] if name in known else next(fresh)) for name, config in providers.items()}
    rows |= {row.name: row for row in table.rows if row.name in providers and providers[row.name].broken}
    gone = [msgspec.structs.replace(row, gone=True) for row in table.rows if row.name not in rows]
    return sorted([*rows.values(), *gone], key=lambda row: row.ordinal)


def added_rows(table: Table, providers: Mapping[str, ProviderConfig]) -> list[Row]:
    """The rows with all that a start may do by itself, and nothing else."""
    rows = []
    for wanted in wanted_rows(table, providers):
        present = table.row(wanted.name)
        if present is None:
            rows.append(wanted)
        elif wanted.gone or present.gone or present.kind != wanted.kind:
            rows.append(present)
        else:
            rows.append(_widened(present, wanted))
    return rows


def _of_provider(row: Row | None, config: ProviderConfig) -> Iterator[Change]:
    wanted = row_of(config, row.ordinal if row else 0)
    if row is not None and config.broken:
        return
    if row is None:
        yield _change(row, config.name, ADDS, config.kind)
    elif row.gone:
        yield _change(row, config.name, RETURNS, "it was removed by name")
    elif row.kind != wanted.kind:
        yield _change(row, config.name, REPLACES, f"kind: {row.kind} → {wanted.kind}")
    else:
        yield from _of_patterns(row, wanted)
        yield from _of_settings(row, wanted)


def _of_patterns(row: Row, wanted: Row) -> Iterator[Change]:
    for name in ("events", "sources"):
        before, after = getattr(row, name), getattr(wanted, name)
        told = f"{name}: {_listed(before)} → {_listed(after)}"
        if not _covers(before, after):
            yield _change(row, row.name, WIDENS, told)
        if not _covers(after, before):
            yield _change(row, row.name, NARROWS, f"{told} only" if _covers(before, after) else told)
    if row.test_events != wanted.test_events:
        does = WIDENS if wanted.test_events else NARROWS
        yield _change(row, row.name, does, f"test_events: {_word(row.test_events)} → {_word(wanted.test_events)}")


def _of_settings(row: Row, wanted: Row) -> Iterator[Change]:
    pairs = {
        "max_in_flight": (str(row.limit), str(wanted.limit)),
        "after_dead": tuple("block" if one.blocks else "continue" for one in (row, wanted)),
        "supersede": (_word(not row.keeps_all), _word(not wanted.keeps_all)),
    }
    told = [f"{name}: {before} → {after}" for name, (before, after) in pairs.items() if before != after]
    is_wanted = row.sources == wanted.sources and row.events == wanted.events and row.test_events == wanted.test_events
    if not told and is_wanted and row.settings and row.settings != wanted.settings:
        told = ["other settings than the ledger knows"]
    if told:
        yield _change(row, row.name, CHANGES, ", ".join(told))


def _change(row: Row | None, name: str, does: str, what: str) -> Change:
    signed = (row.version, row.by, row.at_ms) if row else ()
    return Change(name, does, what, does not in OF_A_START, *signed)


def _covers(patterns: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether everything that the others match is surely matched by these too."""
    return all(any(_takes_in(pattern, other) for pattern in patterns) for other in others)


def _takes_in(pattern: str, other: str) -> bool:
    """A pattern whose only wildcard is ``*`` takes in each pattern that it matches as a text."""
    return pattern == other or (not set("?[") & set(pattern) and fnmatchcase(other, pattern))


def _widened(present: Row, wanted: Row) -> Row:
    """The row as it is wanted, with nothing taken from what it has. What is left of that is another digest: the one
    that it had stays."""
    row = msgspec.structs.replace(
        wanted,
        sources=_together(present.sources, wanted.sources),
        events=_together(present.events, wanted.events),
        test_events=present.test_events or wanted.test_events,
    )
    return row if row == wanted else msgspec.structs.replace(row, settings=present.settings)


def _together(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """What either matches: as it is where nothing is added to it."""
    if _covers(before, after) and not _covers(after, before):
        return before
    return after + tuple(one for one in before if not _covers(after, (one,)))


def _listed(patterns: tuple[str, ...]) -> str:
    return "all" if patterns == ("*",) else ", ".join(patterns)


def _word(flag: object) -> str:
    return "true" if flag else "false"
