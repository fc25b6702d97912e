"""Events cast from a file: through the door in batches, refusals noted by their line, and followed to their end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from worker.door import Door
from worker.errors import StoreFull
from worker.ledger.intake import Receipt
from worker.ledger.watching import Watching
from worker.ops.rawfile import RawEvent

BATCH = 200
FULL_WAIT_S = 1.0
LOOK_S = 0.25


class LineRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """One event that was not accepted, and the line of the file that it begins on."""

    line: int
    event_id: str | None
    reason: str
    errors: list[dict[str, str]]


@dataclass
class Cast:
    """What came of the events so far. ``unwanted`` were accepted, and no provider wants them."""

    accepted: int = 0
    duplicates: int = 0
    unwanted: int = 0
    refusals: list[LineRefusal] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.accepted + self.duplicates + len(self.refusals)


@dataclass
class Casting:
    """Casts events through a door. ``told`` hears after each batch how it stands, ``waits`` why nothing goes on.

    Raises ``StoreUnreachable``: what the cast counts by then has been accepted, and a repeat of all is safe.
    """

    door: Door
    watching: Watching
    cast: Cast = field(default_factory=Cast)
    told: Callable[[Cast], None] = lambda _cast: None
    waits: Callable[[str], None] = lambda _why: None
    _never: threading.Event = field(default_factory=threading.Event)

    def run(self, raws: Iterable[RawEvent], *, follows: bool = False) -> None:
        """Admit all of them, in order. With ``follows``, ``watching`` learns of each that has deliveries."""
        left = iter(raws)
        while batch := list(islice(left, BATCH)):
            receipts = self._admit(batch)
            for raw, receipt in zip(batch, receipts, strict=True):
                self._note(raw, receipt)
            if follows:
                self.watching.follow(receipt.deliveries[0] for receipt in receipts if receipt.deliveries)
            self.told(self.cast)

    def _admit(self, batch: list[RawEvent]) -> list[Receipt]:
        """Receipts for a batch. A full store is waited for, and the whole batch brought again: what had got in before
        comes back as a duplicate, and is told from a real one by the number of its arrival."""
        mark, was_full = self.watching.last_seq(), False
        while True:
            try:
                receipts = self.door.admit([raw.body for raw in batch])
            except StoreFull as error:
                if not was_full:
                    self.waits(str(error))
                was_full = True
                self._never.wait(FULL_WAIT_S)
            else:
                return self._own(receipts, mark) if was_full else receipts

    def _own(self, receipts: list[Receipt], mark: int) -> list[Receipt]:
        again = [one for one in receipts if one.status == "duplicate" and one.deliveries]
        seqs = self.watching.seqs_of([one.deliveries[0] for one in again])
        own = {one.event_id for one, seq in zip(again, seqs, strict=True) if seq is not None and seq > mark}
        return [msgspec.structs.replace(one, status="accepted") if one.event_id in own else one for one in receipts]

    def _note(self, raw: RawEvent, receipt: Receipt) -> None:
        if receipt.status == "refused":
            reason = receipt.reason.value if receipt.reason else receipt.status
            refusal = LineRefusal(line=raw.line, event_id=receipt.event_id, reason=reason, errors=receipt.errors)
            self.cast.refusals.append(refusal)
        elif receipt.status == "duplicate":
            self.cast.duplicates += 1
        else:
            self.cast.accepted += 1
            self.cast.unwanted += not receipt.deliveries


def follow_to_the_end(watching: Watching, until_s: float | None) -> Iterator[Watching]:
    """Look until nothing moves any more or the time is over, and give the watching after each look.

    ``until_s`` is on the monotonic clock. The last look sees to everything that is left.
    """
    never = threading.Event()
    while not watching.is_over and (until_s is None or time.monotonic() < until_s):
        moved = watching.look().moved
        yield watching
        if not moved:
            never.wait(LOOK_S)
    watching.look_at_all()
    yield watching
