"""What to do about what the desk says: a closed list. The desk says how it is; each face says what to do, in the words
of those who use it: what to type, or where to press."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from worker.errors import NothingMatched, OrdercastError


class Advice(StrEnum):
    """What to do, and in brackets what its words take."""

    # of a request that cannot be done as it stands, the whole sentence
    SAY_WHY = "say_why"  # deed
    SAY_WHAT = "say_what"  # verb
    GROUP_FILTERS = "group_filters"
    ORDER_SOURCE = "order_source"  # number, known
    EVENT_SOURCE = "event_source"  # named, known
    NO_FILTER = "no_filter"  # name, what, known
    NAME_CONFIGURATION = "name_configuration"  # name
    ID_TOO_SHORT = "id_too_short"  # named
    NOT_KEPT = "not_kept"  # named
    NOT_EDITED = "not_edited"  # named
    EMPTY_CONFIGURATION = "empty_configuration"
    SEE_USERS = "see_users"  # name
    SEE_TOKENS = "see_tokens"  # name
    # of workers, the end of a sentence
    START_ONE = "start_one"  # one
    START_HERE = "start_here"
    START_ON_HOSTS = "start_on_hosts"
    # of what waits or has failed, the end of a sentence
    SEE_DEAD = "see_dead"  # provider
    SEE_WAITING = "see_waiting"  # provider
    SEE_REFUSED = "see_refused"
    SEE_UNREAD = "see_unread"
    SEE_STATUS = "see_status"
    SEE_JOB = "see_job"  # job
    # of the provider table, a sentence or its end
    WRITE_FIRST = "write_first"
    APPLY_ALL = "apply_all"
    APPLY_THIS = "apply_this"
    LOOK_WITH = "look_with"  # file
    SEE_DIFF = "see_diff"
    SEE_AND_APPLY = "see_and_apply"  # many
    SEE_AND_APPLY_ALL = "see_and_apply_all"  # many


class Wording(Protocol):
    """The words of a face."""

    def say(self, advice: Advice, **told: object) -> str:
        """What to do. ``told`` is what the words take."""

    def named(self, sentence: str) -> str:
        """A sentence of the ledger's, which tells what to type, as it is said to whoever uses this face."""

    def of(self, error: OrdercastError) -> str:
        """What an error says, and what to do about it."""


class Advised(OrdercastError):
    """It cannot be done as it stands. The message is for programs; a face words ``advice`` instead, by ``told``.

    ``field`` names the part of what was asked for that is at fault.
    """

    def __init__(self, message: str, advice: Advice | None = None, *, field: str = "", **told: object) -> None:
        super().__init__(message)
        self.advice = advice
        self.field = field
        self.told = told


class BadRequest(Advised):
    """What was asked for is not clear."""

    reason = "usage"
    exit_code = 2


class NotKept(Advised, NothingMatched):
    """Nothing of that id is kept."""
