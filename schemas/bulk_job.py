"""A job: what a person has done to many deliveries, as people see it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from schemas.rehearsal import WELL_FORETOLD


class JobKind(StrEnum):
    REPLAY = "replay"
    DISCARD = "discard"
    REHEARSE = "rehearse"
    BACKFILL = "backfill"
    RECONCILE = "reconcile"
    ERASE = "erase"


class JobState(StrEnum):
    """Counting what matches; counted, and waiting to be confirmed; running; paused; done; cancelled."""

    COUNTING = "counting"
    COUNTED = "counted"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


OPEN = (JobState.COUNTING, JobState.COUNTED, JobState.RUNNING, JobState.PAUSED)
WORKED_AT = frozenset({JobState.COUNTING, JobState.RUNNING})
DONE_WORDS = frozenset(
    {
        *("replayed", "discarded", "enqueued", "added", "already_there", "same", "sent_again", "listed"),
        *("erased", "rewritten"),
        *WELL_FORETOLD,
    }
)
"""What comes of an item where nothing is wrong with it any more; any other word says why not."""


class BulkJob(msgspec.Struct, frozen=True, kw_only=True):
    """One job as people see it. ``matched`` is how many were counted, ``None`` until then; ``results`` what came of
    them so far: ``replayed``, ``discarded``, ``erased``, of a rehearsal a word of ``Foretold``, or the word for why
    not. ``beside`` is what was seen while counting, and is not to be touched: how many by word. ``wanted`` is what was
    asked for. ``moved_by`` is who confirmed, paused, resumed or cancelled it last. One that is ``scheduled`` was begun
    by the configuration, and nobody confirms it; one with ``dry_run`` only counts, is done then, and cannot be
    confirmed. Instants are RFC 3339 in UTC."""

    id: str
    kind: JobKind
    state: JobState
    wanted: dict[str, Any]
    who: str
    why: str
    at: str
    forced: bool = False
    dry_run: bool = False
    rate_per_second: float | None = None
    matched: int | None = None
    results: dict[str, int] = msgspec.field(default_factory=dict)
    beside: dict[str, int] = msgspec.field(default_factory=dict)
    moved_by: str | None = None
    ended_at: str | None = None
    scheduled: bool = False

    @property
    def done(self) -> int:
        return sum(count for word, count in self.results.items() if word in DONE_WORDS)

    @property
    def failed(self) -> int:
        return sum(self.results.values()) - self.done

    @property
    def coverage(self) -> dict[str, int] | msgspec.UnsetType:
        """How many there were by word: what was seen while counting, and what came of those it touched. Unset where the
        kind sees nothing beside those."""
        if not self.beside:
            return msgspec.UNSET
        words = [*self.beside, *self.results]
        return {word: self.beside.get(word, 0) + self.results.get(word, 0) for word in words}

    @property
    def left(self) -> int:
        return max(0, (self.matched or 0) - sum(self.results.values()))

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN
