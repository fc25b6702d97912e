"""Who did what, and why: a capped stream, newest kept. Pauses, links and jobs write theirs inside their own step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from schemas.principal import Principal
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards

KEPT = 10_000
WHAT_CHARS = 2_000
PAGE = 500


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did. ``verb`` is replay, discard, rehearse, enqueue, pause, resume, cancel, link, read,
    apply, of a cause note, take, release, ignore or reopen, or of who may come in add, invite, join, change, remove,
    create or revoke; ``at`` is RFC 3339 in UTC; ``request`` is the
    id of the request at the web that it was asked for with."""

    at: str
    who: str
    verb: str
    what: str
    why: str
    request: str | None = None


class Audit:
    """The record of what people did: most of it is in the first shard, a link's in the shard of its order. Raises
    ``StoreUnreachable`` and ``StoreFull``: what cannot be put on record is not done."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def note(self, verb: str, what: str, *, why: str, by: Principal) -> None:
        """Put one deed on record, before it is done."""
        first = self.shards.first
        at_ms = first.now_ms()
        told = {"verb": verb, "what": what[:WHAT_CHARS], "why": why, "who": by.signed, "rid": by.request}
        entry: dict[Any, Any] = {
            "at": at_ms,
            **told,
        }  # the fields of lib/audit.lua in its order: then they cost nothing
        with first.errors():
            first.client.xadd(first.keys.key("audit"), entry, maxlen=KEPT, approximate=True)

    def deeds(self) -> Iterator[Deed]:
        """What was done, newest first, read a page at a time: stop early and nothing more is read. A pause is on record
        in every shard, a moment apart: it is told once."""
        told, told_by = None, set[int]()
        for shard, deed in self.shards.merged(_deeds, lambda deed: deed.at):
            words = deed.who, deed.verb, deed.what, deed.why, deed.request
            if words != told or shard.number in told_by:
                told_by.clear()
                yield deed
            told = words
            told_by.add(shard.number)


def _deeds(shard: Store) -> Iterator[Deed]:
    highest = "+"
    while True:
        with shard.errors():
            page = shard.client.xrevrange(shard.keys.key("audit"), highest, "-", count=PAGE)
        yield from (_deed(entry) for _, entry in page)
        if len(page) < PAGE:
            return
        highest = f"({text(page[-1][0])}"


def _deed(entry: dict[bytes, bytes]) -> Deed:
    told = {text(name): text(value) for name, value in entry.items()}
    return Deed(
        at=instant(told["at"]),
        who=told["who"],
        verb=told["verb"],
        what=told["what"],
        why=told["why"],
        request=told.get("rid") or None,
    )
