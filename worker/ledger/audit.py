"""Who did what, and why: a capped stream, newest kept. Pauses and links write theirs inside their own step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant

KEPT = 10_000
WHAT_CHARS = 2_000
PAGE = 500


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did. ``verb`` is replay, discard, pause, resume, link, read or apply; ``at`` is RFC 3339
    in UTC."""

    at: str
    who: str
    verb: str
    what: str
    why: str


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

    def deeds(self) -> Iterator[Deed]:
        """What was done, newest first, read a page at a time: stop early and nothing more is read."""
        highest = "+"
        while True:
            with self.store.errors():
                page = self.store.client.xrevrange(self.store.keys.key("audit"), highest, "-", count=PAGE)
            yield from (_deed(entry) for _, entry in page)
            if len(page) < PAGE:
                return
            highest = f"({text(page[-1][0])}"


def _deed(entry: dict[bytes, bytes]) -> Deed:
    told = {text(name): text(value) for name, value in entry.items()}
    return Deed(at=instant(told["at"]), who=told["who"], verb=told["verb"], what=told["what"], why=told["why"])
