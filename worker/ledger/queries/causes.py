"""Dead letters by cause: what became of the letters of each, in all shards, and what people said of it.

The figures are kept by the steps themselves (lib/cause.lua), so that a page costs no more round trips for more causes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import islice

from schemas.cause import CauseNote, CauseState, DeadGroup, DeadLetterSample, Ignored, Taken
from schemas.delivery import Delivery
from worker.errors import NothingMatched
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.queries.cause_records import (
    CauseMark,
    CauseRecord,
    is_kept,
    letter_places,
    read_causes,
    read_marks,
    read_notes,
    state_of,
)
from worker.ledger.queries.paging import PAGE, BadCursor, Cursor, Mark, Page, list_number
from worker.ledger.queries.rows import DeliveryPlace, read_deliveries
from worker.ledger.store.client import Store
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards

EVERY_STATE = frozenset(CauseState)


class NoCause(NothingMatched):
    """The ledger knows no such cause."""


class Causes:
    """The causes of all providers. Every method raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def page(
        self,
        provider: str | None = None,
        states: Collection[CauseState] = EVERY_STATE,
        cursor: Cursor | None = None,
        limit: int = PAGE,
    ) -> Page[DeadGroup]:
        """Up to ``limit`` causes, the most numerous first within each provider, from behind the cursor on. One whose
        letters become more or fewer meanwhile may be told again, or be passed over. A dozen round trips to each shard,
        however many there are. Raises ``BadCursor`` for the cursor of another list."""
        listed = list_number("causes", provider, *sorted(states))
        if cursor is not None and (cursor.listed != listed or set(cursor.marks) != {0}):
            raise BadCursor
        table, causes = self._found(provider, states)
        if cursor is not None:
            behind = cursor.stretch[0], -cursor.marks[0].score, cursor.stretch[1]
            causes = [one for one in causes if one.place > behind]
        shown = causes[:limit]
        next_cursor = None
        if len(causes) > limit:
            rank, most, fingerprint = shown[-1].place
            next_cursor = Cursor(listed, (rank, fingerprint), {0: Mark(-float(most), 0, 0)})
        return Page(self._read(shown, table), next_cursor, len(shown))

    def listed(
        self,
        provider: str | None = None,
        states: Collection[CauseState] = EVERY_STATE,
        *,
        only_dead: bool = False,
    ) -> Iterator[DeadGroup]:
        """All of them as they were when the first was read; ``only_dead`` those that letters are dead of."""
        table, causes = self._found(provider, states)
        left = (one for one in causes if one.sum("dead") or not only_dead)
        while some := list(islice(left, PAGE)):
            yield from self._read(some, table)

    def find(self, provider: str, beginning: str) -> DeadGroup:
        """The cause whose fingerprint this is, or begins so. Raises ``NoCause`` where there is none, or several."""
        table, causes = self._found(provider, EVERY_STATE)
        found = _beginning(causes, beginning)
        if len(found) != 1:
            several = ", ".join(one.fingerprint for one in found[:5])
            said = f"{beginning} begins {len(found)} of them: {several}." if found else f"{beginning} begins none."
            raise NoCause(f"Give the fingerprint of a cause of {provider}, as `ordercast dead --group` has it: {said}")
        return self._read(found, table)[0]

    def fingerprints(self, provider: str | None, beginning: str) -> set[str]:
        """Those that are this, or begin so."""
        return {one.fingerprint for one in _beginning(self._found(provider, EVERY_STATE)[1], beginning)}

    def _found(self, provider: str | None, states: Collection[CauseState]) -> tuple[Table, list[CauseRecord]]:
        """Those in these states, in the order of the list."""
        table, *_ = self.shards.each(read_table)  # where one is away the list is not whole, even an empty one
        names = [row.name for row in table.rows if provider in (None, row.name)]
        causes: dict[tuple[str, str], CauseRecord] = {}
        ranks = {row.name: rank for rank, row in enumerate(table.rows)}
        for number, kept in enumerate(self.shards.each(partial(read_causes, names=names))):
            for name, fingerprint, told, tally in kept:
                key = name, fingerprint
                one = causes.setdefault(key, CauseRecord(name, fingerprint, ranks[name]))
                one.tallies[number], one.told[number] = tally, told
        for key, marks in read_marks(self.shards.first, names):
            if key in causes:
                causes[key].marks = marks
        now_ms = self.shards.first.now_ms()
        for one in causes.values():
            one.state = state_of(one, now_ms)
        lasting = (one for one in causes.values() if one.state in states and is_kept(one, now_ms))
        return table, sorted(lasting, key=lambda one: one.place)

    def _read(self, causes: Sequence[CauseRecord], table: Table) -> list[DeadGroup]:
        """The same with a letter of each, and their notes."""
        places: dict[tuple[str, str], DeliveryPlace] = {}
        samples: dict[tuple[int, DeliveryPlace], Delivery] = {}
        for shard in self.shards:
            here = [one for one in causes if one.newest == shard.number]
            found = letter_places(shard, here)
            places |= {(one.provider, one.fingerprint): place for one, place in zip(here, found, strict=True)}
            letters = read_deliveries(shard, list(dict.fromkeys(found)), table) if found else {}
            samples |= {(shard.number, place): letter for place, letter in letters.items()}
        notes = read_notes(self.shards.first, causes)
        return [
            _group(one, samples.get((one.newest, places[one.provider, one.fingerprint])), own)
            for one, own in zip(causes, notes, strict=True)
        ]


def _beginning(causes: Sequence[CauseRecord], beginning: str) -> list[CauseRecord]:
    """One whose fingerprint this is goes before all that begin so."""
    found = [one for one in causes if one.fingerprint.startswith(beginning)]
    return [one for one in found if one.fingerprint == beginning] or found


def _group(one: CauseRecord, sample: Delivery | None, notes: tuple[CauseNote, ...]) -> DeadGroup:
    reason, _, message = one.told[one.newest].partition("|")
    taken, ignored = one.marks.taken, one.marks.ignored
    is_over = one.state is CauseState.RESOLVED
    return DeadGroup(
        one.provider,
        reason,
        one.fingerprint,
        one.sum("dead"),
        instant(min(tally.first for tally in one.tallies.values())),
        instant(one.latest("last")),
        DeadLetterSample(sample.id if sample else "", message),
        sample.last_attempt.reason if sample and sample.last_attempt else None,
        one.state,
        one.sum("going"),
        one.sum("ever"),
        instant(one.latest("closed")) if is_over else None,
        instant(one.latest("reopened")) if one.latest("reopened") else None,
        one.sum("reopenings"),
        Taken(who=taken.who, at=instant(taken.at_ms)) if taken else None,
        _shown(ignored) if ignored and one.state is CauseState.IGNORED else None,
        notes,
    )


def _shown(said: CauseMark) -> Ignored:
    until = None if said.until_ms is None else instant(said.until_ms)
    return Ignored(who=said.who, at=instant(said.at_ms), why=said.why, until=until, more=said.more)
