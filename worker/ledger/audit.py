"""Who did what, and why: a capped stream, newest kept. Pauses write theirs inside their own step."""

from __future__ import annotations

from typing import Any

from worker.ledger.connection import Store

KEPT = 10_000
WHAT_CHARS = 2_000


class Audit:
    """The record of what people did. Raises ``StoreUnreachable`` and ``StoreFull``: what cannot be put on record is not
    done."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def note(self, verb: str, what: str, *, why: str, who: str) -> None:
        """Put one deed on record, before it is done."""
        at_ms = self.store.now_ms()
        entry: dict[Any, Any] = {"at": at_ms, "verb": verb, "what": what[:WHAT_CHARS], "why": why, "who": who}
        with self.store.errors():
            self.store.client.xadd(self.store.keys.key("audit"), entry, maxlen=KEPT, approximate=True)
