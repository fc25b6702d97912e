"""Refusals as people see them, and the one thing that is done with them: a corrected one leaves the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from schemas.fault import EventFault
from worker.ledger.queries.paging import (
    PAGE,
    SCANNED,
    Cursor,
    Entry,
    Listing,
    Mark,
    Members,
    Page,
    Stretch,
    all_pages,
    index_members,
    list_number,
)
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event
from worker.ledger.store.instants import instant
from worker.ledger.store.shards import Shards

FIELDS = ("at", "source", "id", "reason", "errors", "body", "order", "task", "headers", "x")
"""The last four are absent where nothing is known of them, and in what older versions kept."""

_PLACES = re.compile(r"(?<=\.)\d+(?=\.|$)")  # which line of an order: no cause of its own
_VALUES = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"|-?\d+(?:[.,]\d+)*")  # what is said of one order: no cause of its own
_decode_faults = msgspec.json.Decoder(list[EventFault]).decode
_decode_headers = msgspec.json.Decoder(dict[str, str]).decode


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be accepted, and why. ``id`` is ``r`` and the number of its arrival; ``event_id``, ``source`` and
    ``order``, the order's number, are what the body told of them, if anything; ``task_id`` is its message's, where that
    was no call. ``at`` is RFC 3339 in UTC."""

    id: str
    event_id: str | None
    source: str | None
    order: str | None = None
    task_id: str | None = None
    at: str
    reason: str
    errors: list[EventFault]


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """A refusal with the number of its arrival and its body: as it was sent, at most 1 MiB. ``headers`` are some of its
    message's, where that was no call. Where its customer was erased, both are empty."""

    seq: int
    shown: Refusal
    body: bytes
    headers: Mapping[str, str]
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class RefusalFilter:
    """Which refusals: every part that is set must agree. ``since_ms`` and ``until_ms`` bound the time of refusal, the
    store's clock; ``order`` is an order number, ``named`` either that or the id of an event."""

    source: str | None = None
    order: str | None = None
    reason: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    named: str | None = None

    def takes(self, refusal: Refusal) -> bool:
        """Whether a refusal agrees, its time apart: the index has taken care of that."""
        return (
            self.source in (None, refusal.source)
            and self.order in (None, refusal.order)
            and self.reason in (None, refusal.reason)
            and self.named in (None, refusal.order, refusal.event_id)
        )


ALL = RefusalFilter()


class Refusals:
    """Finds refusals by the numbers that people see, newest first. Every method raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def listed(self, wanted: RefusalFilter = ALL, *, with_body: bool = True) -> Iterator[KeptRefusal]:
        """All that agree, newest first, read a page at a time: stop early and nothing more is read. Without bodies they
        are empty."""
        return all_pages(self._listing(wanted, with_body=with_body))

    def page(
        self,
        wanted: RefusalFilter = ALL,
        cursor: Cursor | None = None,
        *,
        limit: int = PAGE,
        most_scanned: int = SCANNED,
        with_body: bool = True,
    ) -> Page[KeptRefusal]:
        """Up to ``limit`` that agree, newest first, from behind the cursor of the page before; as
        ``Deliveries.page``."""
        return self._listing(wanted, with_body=with_body).page(cursor, limit, most_scanned)

    def _listing(self, wanted: RefusalFilter, *, with_body: bool) -> Listing[KeptRefusal]:
        def read(entries: Sequence[Entry]) -> list[KeptRefusal | None]:
            of_shard: dict[Store, list[int]] = {}
            for entry in entries:
                of_shard.setdefault(entry.shard, []).append(entry.seq)
            found = {
                kept.seq: kept
                for shard, seqs in of_shard.items()
                for kept in self._read(shard, seqs, with_body=with_body)
                if wanted.takes(kept.shown)
            }
            return [found.get(self.shards.number(entry.shard, entry.seq)) for entry in entries]

        def members(shard: Store, mark: Mark | None) -> Members:
            highest = "+inf" if wanted.until_ms is None else wanted.until_ms
            lowest = "-inf" if wanted.since_ms is None else wanted.since_ms
            return index_members(shard, shard.keys.key("refusals"), mark, highest=highest, lowest=lowest)

        number = list_number("refusals", wanted.source, wanted.order, wanted.reason, wanted.named)
        return Listing(number, [Stretch((0, ""), self.shards.all, members)], read)

    def find(self, number: int) -> KeptRefusal | None:
        """The refusal of this number, ``None`` where there is none or its days are over."""
        shard, seq = self.shards.numbered(number)
        return next(iter(self._read(shard, [seq])), None)

    def event_id_at(self, number: int) -> str | None:
        """The id of the event that was accepted under this number, if one was."""
        shard, seq = self.shards.numbered(number)
        with shard.errors():
            body = shard.client.hget(shard.keys.key("event", seq=seq), "b")
        return unpack_event(body).id if body else None

    def forget(self, number: int) -> None:
        """Take a refusal off the list: its event has been accepted."""
        shard, seq = self.shards.numbered(number)
        with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
            pipe.zrem(shard.keys.key("refusals"), seq)
            pipe.delete(shard.keys.key("refusal", seq=seq))
            pipe.execute()

    def _read(self, shard: Store, seqs: list[int], *, with_body: bool = True) -> list[KeptRefusal]:
        fields = [name if with_body or name != "body" else "no body" for name in FIELDS]
        with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
            for seq in seqs:
                pipe.hmget(shard.keys.key("refusal", seq=seq), *fields)
            rows = pipe.execute()
        return [
            _refusal(self.shards.number(shard, seq), row)
            for seq, row in zip(seqs, rows, strict=True)
            if row[0] is not None
        ]


class RefusalSample(msgspec.Struct, frozen=True):
    id: str
    message: str


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Refusals of one reason whose first fault is at one place and says the same but for numbers and quoted values.
    ``sample`` is the newest of them."""

    reason: str
    path: str
    count: int
    first_at: str
    last_at: str
    sample: RefusalSample


def causes(found: Iterable[Refusal]) -> list[Cause]:
    """Refusals by their cause, the most frequent first. ``found`` are in order of time, the newest first."""
    known: dict[tuple[str, str, str], Cause] = {}
    for one in found:
        fault = one.errors[0] if one.errors else EventFault("", "")
        path = _PLACES.sub("*", fault.path)
        cause = (one.reason, path, _VALUES.sub("*", fault.message))
        kept = known.get(cause) or Cause(
            reason=one.reason,
            path=path,
            count=0,
            first_at=one.at,
            last_at=one.at,
            sample=RefusalSample(one.id, fault.message),
        )
        known[cause] = msgspec.structs.replace(kept, count=kept.count + 1, first_at=one.at)
    return sorted(known.values(), key=lambda cause: -cause.count)


def _refusal(number: int, row: list[bytes]) -> KeptRefusal:
    at, source, event_id, reason, errors, body, order, task_id, headers, erased = row
    shown = Refusal(
        id=f"r{number}",
        event_id=text(event_id) or None,
        source=text(source) or None,
        order=text(order) or None,
        task_id=text(task_id) or None,
        at=instant(text(at)),
        reason=text(reason),
        errors=_decode_faults(errors),
    )
    return KeptRefusal(number, shown, body or b"", _decode_headers(headers) if headers else {}, erased is not None)
