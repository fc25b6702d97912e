"""What people say of a cause: notes, who has taken it, that it is ignored. It is in the first shard alone."""

from __future__ import annotations

from enum import StrEnum

from schemas.principal import Principal
from worker.errors import OrdercastError
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import Shards

TEXT_CHARS = 500


class CauseDeed(StrEnum):
    NOTE = "note"
    TAKE = "take"
    RELEASE = "release"
    IGNORE = "ignore"
    REOPEN = "reopen"


SENTENCES = {
    "taken": "{who} has taken this cause: whoever takes it over releases it first.",
    "not_taken": "Nobody has taken this cause.",
    "not_ignored": "Nobody ignores this cause: it is open by itself as soon as a letter dies of it.",
}


class CauseRefused(OrdercastError):
    """It cannot be done with a cause as it stands."""

    reason = "cause_state"


class CauseMarks:
    """Each is one step, and on record. They raise ``StoreUnreachable``, ``StoreFull``, and ``CauseRefused``. Texts are
    cut at 500 characters. Whether there is such a cause nobody asks here: see ``Causes.find``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def note(self, provider: str, fingerprint: str, said: str, *, by: Principal, why: str = "") -> None:
        """Keep what somebody writes: the last 20 notes stay."""
        self._mark(provider, fingerprint, CauseDeed.NOTE, by, why, said[:TEXT_CHARS])

    def take(self, provider: str, fingerprint: str, *, by: Principal, why: str = "") -> None:
        """Say that one sees to it. Refused where somebody else does."""
        self._mark(provider, fingerprint, CauseDeed.TAKE, by, why)

    def release(self, provider: str, fingerprint: str, *, by: Principal, why: str = "") -> None:
        """Nobody sees to it any more, whoever did."""
        self._mark(provider, fingerprint, CauseDeed.RELEASE, by, why)

    def ignore(
        self,
        provider: str,
        fingerprint: str,
        *,
        by: Principal,
        why: str,
        ever: int,
        until_ms: int | None = None,
        more: int | None = None,
    ) -> None:
        """Leave it out of the lists until an instant of the store's clock, or until so many ``more`` have died of it
        than ``ever`` did, whichever is first; without both, for good."""
        bounds = ["" if bound is None else bound for bound in (until_ms, more)]
        self._mark(provider, fingerprint, CauseDeed.IGNORE, by, why, *bounds, ever)

    def reopen(self, provider: str, fingerprint: str, *, by: Principal, why: str = "") -> None:
        """Ignore it no more."""
        self._mark(provider, fingerprint, CauseDeed.REOPEN, by, why)

    def _mark(self, provider: str, fingerprint: str, deed: CauseDeed, by: Principal, why: str, *more: object) -> None:
        said = why[:TEXT_CHARS], by.signed, by.request
        answer = self.shards.first.run("cause_mark", provider, fingerprint, deed.value, *said, *more)
        if text(answer[0]) == "refused":
            raise CauseRefused(SENTENCES[text(answer[1])].format(who=text(answer[2])))
