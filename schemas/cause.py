"""A cause: what dead letters of one provider died of, as people see it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class CauseState(StrEnum):
    """Open: letters of it are dead. Replaying: none is, and some were replayed and have not ended. Resolved: all were
    delivered, discarded or replaced by newer ones. Ignored: a person said so."""

    OPEN = "open"
    REPLAYING = "replaying"
    RESOLVED = "resolved"
    IGNORED = "ignored"


class CauseNote(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote to a cause. ``at`` is RFC 3339 in UTC."""

    at: str
    who: str
    text: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Who sees to a cause, and since when."""

    who: str
    at: str


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """Who ignores a cause, and why: until ``until``, or until ``more`` letters have died of it since; where neither is
    set, for good."""

    who: str
    at: str
    why: str
    until: str | None = None
    more: int | None = None


class DeadLetterSample(msgspec.Struct, frozen=True):
    """A letter of a cause; ``id`` is empty where none is kept any more."""

    id: str
    message: str


class DeadGroup(msgspec.Struct, frozen=True):
    """Dead letters of one cause at one provider; ``attempt_reason`` is the one of their last attempts.

    ``count`` is how many are dead now, ``replaying`` how many were replayed and have not ended, ``ever`` how often
    letters have died of it, ``first_at`` and ``last_at`` when that was first and last. ``closed_at`` is since when none
    is left. ``reopened_at`` is when a letter died of it last though none was dead of it any more, ``reopenings`` how
    often that was. Instants are RFC 3339 in UTC.
    """

    provider: str
    reason: str
    fingerprint: str
    count: int
    first_at: str
    last_at: str
    sample: DeadLetterSample
    attempt_reason: str | None = None
    state: CauseState = CauseState.OPEN
    replaying: int = 0
    ever: int = 0
    closed_at: str | None = None
    reopened_at: str | None = None
    reopenings: int = 0
    taken: Taken | None = None
    ignored: Ignored | None = None
    notes: tuple[CauseNote, ...] = ()
