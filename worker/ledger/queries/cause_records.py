"""A cause as the shards keep it: read in a few round trips for any number of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from schemas.cause import CauseNote, CauseState
from worker.ledger.queries.rows import DeliveryPlace
from worker.ledger.store.client import Store, text
from worker.ledger.store.instants import instant

KEPT_MS = 30 * 86_400_000
"""As lib/cause.lua has it: one that was closed before is gone, though its record may not be yet."""


class CauseTally(NamedTuple):
    """What one shard keeps of a cause: ``FIELDS`` in lib/cause.lua. Instants are in milliseconds, 0 where none is."""

    first: int
    last: int
    seq: int
    ever: int
    dead: int
    going: int
    closed: int
    reopened: int
    reopenings: int


class CauseMark(msgspec.Struct, frozen=True):
    """What cause_mark.lua keeps of what a person did."""

    who: str
    at_ms: float
    why: str = ""
    until_ms: float | None = None
    more: int | None = None
    ever: int = 0


class MarksKept(msgspec.Struct, frozen=True):
    taken: CauseMark | None = None
    ignored: CauseMark | None = None


class NoteKept(msgspec.Struct, frozen=True):
    who: str
    at_ms: float
    text: str


_decode_marks = msgspec.json.Decoder(MarksKept).decode
_decode_note = msgspec.json.Decoder(NoteKept).decode
_NO_MARKS = MarksKept()


@dataclass(slots=True)
class CauseRecord:
    """One cause as all shards have it. ``told`` is reason|message, ``newest`` the shard where a letter died of it
    last, of those that have dead ones if any has."""

    provider: str
    fingerprint: str
    rank: int
    tallies: dict[int, CauseTally] = field(default_factory=dict)
    told: dict[int, str] = field(default_factory=dict)
    marks: MarksKept = _NO_MARKS
    state: CauseState = CauseState.OPEN

    def sum(self, name: str) -> int:
        if len(self.tallies) == 1:
            return int(getattr(next(iter(self.tallies.values())), name))
        return sum(int(getattr(tally, name)) for tally in self.tallies.values())

    def latest(self, name: str) -> int:
        return max(int(getattr(tally, name)) for tally in self.tallies.values())

    @property
    def newest(self) -> int:
        return max(self.tallies, key=lambda shard: (self.tallies[shard].dead > 0, self.tallies[shard].last))

    @property
    def place(self) -> tuple[int, int, str]:
        """Its place in the list: providers in the table's order, of each the most numerous first."""
        return self.rank, -self.sum("dead"), self.fingerprint


def read_causes(shard: Store, *, names: Sequence[str]) -> list[tuple[str, str, str, CauseTally]]:
    """Provider, fingerprint, reason|message and figures of each cause in one shard."""
    key = shard.keys.key
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hgetall(key("dead_groups", provider=name))
            pipe.hgetall(key("causes", provider=name))
        told = pipe.execute()
    tallies = {
        (name, fingerprint): CauseTally(*map(int, kept.split(b"|")))
        for name, known in zip(names, told[1::2], strict=True)
        for fingerprint, kept in known.items()
    }
    causes = [(name, fingerprint) for name, known in zip(names, told[::2], strict=True) for fingerprint in known]
    tallies |= _of_letters(shard, [one for one in causes if one not in tallies])
    said = {(name, fp): text(kept) for name, known in zip(names, told[::2], strict=True) for fp, kept in known.items()}
    return [(name, text(fp), said[name, fp], tallies[name, fp]) for name, fp in causes if (name, fp) in tallies]


def _of_letters(shard: Store, causes: Sequence[tuple[str, bytes]]) -> dict[tuple[str, bytes], CauseTally]:
    """The figures of causes that only an earlier version has written, as ``cause.read`` in lib/cause.lua has them."""
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for name, fingerprint in causes:
            key = shard.keys.key("dead_group", provider=name, fingerprint=text(fingerprint))
            pipe.zcard(key)
            pipe.zrange(key, 0, 0, withscores=True)
            pipe.zrange(key, -1, -1, withscores=True)
        told = pipe.execute()
    return {
        one: CauseTally(int(first[0][1]), int(last[0][1]), int(last[0][0]), count, count, 0, 0, 0, 0)
        for one, count, first, last in zip(causes, told[::3], told[1::3], told[2::3], strict=True)
        if count
    }


def read_marks(shard: Store, names: Sequence[str]) -> Iterator[tuple[tuple[str, str], MarksKept]]:
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hgetall(shard.keys.key("cause_marks", provider=name))
        told = pipe.execute()
    for name, known in zip(names, told, strict=True):
        yield from (((name, text(fingerprint)), _decode_marks(kept)) for fingerprint, kept in known.items())


def state_of(one: CauseRecord, now_ms: int) -> CauseState:
    if _is_ignored(one, now_ms):
        return CauseState.IGNORED
    if one.sum("dead"):
        return CauseState.OPEN
    return CauseState.REPLAYING if one.sum("going") else CauseState.RESOLVED


def _is_ignored(one: CauseRecord, now_ms: int) -> bool:
    """One that was forgotten meanwhile, and has come anew, is ignored no more but for good."""
    said = one.marks.ignored
    if said is None or (said.until_ms is not None and now_ms >= said.until_ms):
        return False
    return said.more is None or 0 <= one.sum("ever") - said.ever < said.more


def is_kept(one: CauseRecord, now_ms: int) -> bool:
    return bool(one.sum("dead") or one.sum("going")) or one.latest("closed") > now_ms - KEPT_MS


def letter_places(shard: Store, causes: Sequence[CauseRecord]) -> list[DeliveryPlace]:
    """A letter of each: the newest that is dead, else the last that was."""
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for one in causes:
            key = shard.keys.key("dead_group", provider=one.provider, fingerprint=one.fingerprint)
            pipe.zrange(key, -1, -1)
        told = pipe.execute()
    return [
        DeliveryPlace(one.provider, int(found[0]) if found else one.tallies[shard.number].seq)
        for one, found in zip(causes, told, strict=True)
    ]


def read_notes(shard: Store, causes: Sequence[CauseRecord]) -> list[tuple[CauseNote, ...]]:
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for one in causes:
            pipe.lrange(shard.keys.key("cause_notes", provider=one.provider, fingerprint=one.fingerprint), 0, -1)
        told = pipe.execute()
    written = [[_decode_note(kept) for kept in notes] for notes in told]
    return [tuple(CauseNote(at=instant(n.at_ms), who=n.who, text=n.text) for n in notes) for notes in written]
