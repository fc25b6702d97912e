"""Lists a page at a time: where a page ended, so that the next one goes on there, whatever has come or gone meanwhile.

A place counted off from the top would be another one as soon as anything comes or goes above it. So a cursor says of
each shard which member of the index was read last.
"""

from __future__ import annotations

import binascii
import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Generic, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from worker.errors import OrdercastError
from worker.ledger.store.client import Store

PAGE = 200
SCANNED = 2_000
"""So many records are looked through for one page at most, where an index cannot tell which agree."""

Item = TypeVar("Item")
Members = Iterator[tuple[float, int]]
"""Members of an index, the newest first: their score, and the number of an arrival."""


Count = Annotated[int, msgspec.Meta(ge=0)]
LATEST_MS, MOST_PASSED = 2.0**53, 1_000_000
"""No instant of the store's clock is past the one, nothing has so many records at one instant: what a cursor says comes
from outside, and is not to make a page read a whole index."""


class BadCursor(OrdercastError):
    """This is no cursor of this list: ask for the first page without one."""

    reason = "bad_cursor"


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """How far the index of one shard was read: the score of the last member, that member, and how many of its score
    were read: 0 where it goes on with the first of that score. ``told`` is how many of that event's deliveries were
    told, 0 where all of them were."""

    score: Annotated[float, msgspec.Meta(ge=-LATEST_MS, le=LATEST_MS)]
    seq: Count
    passed: Annotated[int, msgspec.Meta(ge=0, le=MOST_PASSED)]
    told: Count = 0


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a list goes on, the same after a restart: ``str`` gives it as one word. ``listed`` names the list that it
    belongs to, ``stretch`` the stretch of it that was being read, ``marks`` how far, by shard."""

    listed: int
    stretch: tuple[int, str]
    marks: dict[int, Mark]

    def __str__(self) -> str:
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    @classmethod
    def read(cls, word: str) -> Cursor:
        """Raises ``BadCursor`` for what is none."""
        try:
            return _decode(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
            raise BadCursor from error


_decode = msgspec.msgpack.Decoder(Cursor).decode


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list. ``next`` is where it goes on, ``None`` at its end. ``scanned`` is how many records were looked
    through; ``is_cut`` says that the page ended for that alone, and may be short of what was asked for."""

    items: list[Item]
    next: Cursor | None
    scanned: int
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list that is in order of time: one index in each of these shards. ``key`` is its place among the
    stretches of the list. ``names`` are the providers, where each member stands for a delivery at each of them."""

    key: tuple[int, str]
    shards: Sequence[Store]
    members: Callable[[Store, Mark | None], Members]
    names: Sequence[str] = ("",)


class Entry(NamedTuple):
    """One record of a list before it is read. The last three say how far its shard has been read with it: see
    ``Mark``."""

    stretch: Stretch
    shard: Store
    seq: int
    name: str
    score: float
    passed: int
    told: int

    @property
    def mark(self) -> Mark:
        return Mark(self.score, self.seq, self.passed, self.told)


def list_number(*words: object) -> int:
    """What tells the cursors of one list from those of another."""
    return crc32("\0".join(map(str, words)).encode())


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """A list that was asked for: its number, its stretches in order, and what reads its entries, ``None`` for one that
    does not agree or is gone."""

    number: int
    stretches: Sequence[Stretch]
    read: Callable[[Sequence[Entry]], Sequence[Item | None]]

    def page(self, cursor: Cursor | None, limit: int, most_scanned: int) -> Page[Item]:
        """Up to ``limit`` (at least 1) records that agree, from behind the cursor on. Raises ``BadCursor`` for the
        cursor of another list."""
        if cursor is not None and cursor.listed != self.number:
            raise BadCursor
        entries = _entries(self.stretches, cursor)
        items: list[Item] = []
        passed: dict[int, Entry] = {}
        scanned, size = 0, min(PAGE, limit)
        while batch := list(islice(entries, min(size, most_scanned - scanned))):
            for entry, item in zip(batch, self.read(batch), strict=True):
                passed[entry.shard.number] = entry
                scanned += 1
                if item is not None:
                    items.append(item)
                    if len(items) == limit:
                        return Page(items, _behind(entry, passed, cursor, self.number), scanned)
            if scanned >= most_scanned:
                return Page(items, _behind(batch[-1], passed, cursor, self.number), scanned, is_cut=True)
            size = PAGE
        return Page(items, None, scanned)


def all_pages(listing: Listing[Item]) -> Iterator[Item]:
    """A whole list, one page after another."""
    cursor = None
    while True:
        page = listing.page(cursor, PAGE, PAGE)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _behind(entry: Entry, passed: dict[int, Entry], cursor: Cursor | None, listed: int) -> Cursor:
    """Where a list goes on behind its last entry; ``passed`` has the last one of each shard. A shard of which nothing
    was read is read from that instant on: what comes in above belongs to no later page."""
    key = entry.stretch.key
    marks = {shard.number: Mark(entry.score, 0, 0) for shard in entry.stretch.shards}
    if cursor is not None and cursor.stretch == key:
        marks |= cursor.marks
    marks |= {shard: one.mark for shard, one in passed.items() if one.stretch.key == key}
    return Cursor(listed, key, marks)


def index_members(
    shard: Store,
    key: str,
    mark: Mark | None = None,
    *,
    highest: float | str = "+inf",
    lowest: float | str = "-inf",
    size: int = PAGE,
) -> Members:
    """The members of a time index from behind the mark on, read ``size`` at a time. What has one score is in falling
    order of its text, as the server has it: so the last one read tells of all of its score which were."""
    while True:
        top, passed = (highest, 0) if mark is None else (mark.score, mark.passed)
        most = size + passed
        with shard.errors():
            page = shard.client.zrange(key, top, lowest, desc=True, byscore=True, offset=0, num=most, withscores=True)
        for member, score in page:
            if mark is not None and mark.passed and score == mark.score and member >= b"%d" % mark.seq:
                continue
            mark = _next_mark(mark, score, int(member))
            yield score, mark.seq
        if len(page) < most:
            return


def _entries(stretches: Sequence[Stretch], cursor: Cursor | None) -> Iterator[Entry]:
    for stretch in stretches:
        if cursor is None or stretch.key > cursor.stretch:
            yield from _entries_of(stretch, {})
        elif stretch.key == cursor.stretch:
            yield from _entries_of(stretch, cursor.marks)


def _entries_of(stretch: Stretch, marks: dict[int, Mark]) -> Iterator[Entry]:
    """The entries of all shards by time; at one instant the first shard's first."""
    known = dict(marks)

    def members(shard: Store) -> Iterator[tuple[float, int, Store]]:
        mark = known.get(shard.number)
        if mark is not None and mark.told:
            yield mark.score, mark.seq, shard
        yield from ((score, seq, shard) for score, seq in stretch.members(shard, mark))

    most = len(stretch.names)
    for score, seq, shard in heapq.merge(*map(members, stretch.shards), key=lambda found: found[0], reverse=True):
        mark = known.get(shard.number)
        told = mark.told if mark is not None and mark.seq == seq else 0
        mark = mark if mark is not None and told else _next_mark(mark, score, seq)
        for number, name in enumerate(stretch.names[told:], told + 1):
            yield Entry(stretch, shard, seq, name, score, mark.passed, number % most)
        known[shard.number] = msgspec.structs.replace(mark, told=0) if told else mark


def _next_mark(mark: Mark | None, score: float, seq: int) -> Mark:
    passed = mark.passed + 1 if mark is not None and mark.score == score else 1
    return Mark(score, seq, passed)
