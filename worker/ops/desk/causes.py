"""What people do with a cause of dead letters: look at it, write to it, take it, ignore it."""

from __future__ import annotations

from schemas.cause import DeadGroup
from schemas.principal import Principal
from worker.ledger.cause_marks import CauseDeed, CauseMarks
from worker.ledger.queries.causes import Causes
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.query import Moment


class CauseDesk:
    """A cause is named by its provider, and by its fingerprint or the beginning of one. Every method raises
    ``StoreUnreachable``, and ``NoCause`` where there is none or several; those that change one give it as it is then,
    and raise ``StoreFull``, and ``CauseRefused`` where it cannot be done with this one now."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.found = Causes(store)
        self.marks = CauseMarks(store)

    def find(self, provider: str, fingerprint: str) -> DeadGroup:
        return self.found.find(provider, fingerprint)

    def note(self, provider: str, fingerprint: str, said: str, *, by: Principal, why: str = "") -> DeadGroup:
        """Keep a text: the last 20 of a cause stay. Raises ``BadRequest`` for an empty one."""
        if not said.strip():
            raise BadRequest("The note is empty.", field="note")
        one = self.find(provider, fingerprint)
        self.marks.note(provider, one.fingerprint, said.strip(), by=by, why=why)
        return self.find(provider, one.fingerprint)

    def mark(self, provider: str, fingerprint: str, deed: CauseDeed, *, by: Principal, why: str = "") -> DeadGroup:
        """Take it, release it, or ignore it no more."""
        one = self.find(provider, fingerprint)
        getattr(self.marks, deed.value)(provider, one.fingerprint, by=by, why=why)
        return self.find(provider, one.fingerprint)

    def ignore(
        self,
        provider: str,
        fingerprint: str,
        *,
        by: Principal,
        why: str,
        until: Moment | None = None,
        more: int | None = None,
    ) -> DeadGroup:
        """Ignore it until a time that is to come, until so many more have died of it, or for good. Raises
        ``BadRequest`` where nobody says why, or the time is over."""
        if not why.strip():
            raise BadRequest("Say why: it goes on record.", Advice.SAY_WHY, field="why", deed="cause that is ignored")
        now_ms = self.store.now_ms()
        until_ms = until.end_ms(now_ms) if until else None
        if until_ms is not None and until_ms <= now_ms:
            raise BadRequest(f"{until.text if until else ''} is over: name a time that is to come.", field="until")
        one = self.find(provider, fingerprint)
        self.marks.ignore(provider, one.fingerprint, by=by, why=why, ever=one.ever, until_ms=until_ms, more=more)
        return self.find(provider, one.fingerprint)
