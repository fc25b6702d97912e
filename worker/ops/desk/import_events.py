"""Events from a file: through the admission in batches, refusals noted by their line, and followed to their end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import ParamSpec, TypeVar

import msgspec

from worker.errors import StoreFull, StoreUnreachable
from worker.intake.admission import Admission
from worker.ledger.intake import Receipt
from worker.ledger.queries.progress import EventProgress
from worker.ops.desk.raw_file import RawEvent

BATCH = 200
FULL_WAIT_S = 1.0
SAY_S = 10.0
AWAY_S = 10.0
LOOK_S = 0.25

Given = ParamSpec("Given")
Came = TypeVar("Came")


class LineRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """One event that was not accepted, and the line of the file that it begins on."""

    line: int
    event_id: str | None
    reason: str
    errors: list[dict[str, str]]


class ToldBefore(msgspec.Struct, frozen=True, kw_only=True):
    """A duplicate of another event, which told of the same refund or invoice: its line, its id and the other's."""

    line: int
    event_id: str | None
    duplicate_of: str


@dataclass
class Imported:
    """What came of the events so far. ``unwanted`` were accepted, and no provider wants them. ``told_before`` are those
    duplicates that another event made one."""

    accepted: int = 0
    duplicates: int = 0
    unwanted: int = 0
    refusals: list[LineRefusal] = field(default_factory=list)
    told_before: list[ToldBefore] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.accepted + self.duplicates + len(self.refusals)


@dataclass
class EventImport:
    """Imports events through the admission. ``told`` hears after each batch how it stands, ``waits`` why nothing goes
    on, at once and every ten seconds.

    A store that is away is waited for a while, for it may be starting again. Raises ``StoreUnreachable`` after that:
    what the cast counts by then has been accepted, and a repeat of all is safe.
    """

    admission: Admission
    watching: EventProgress
    cast: Imported = field(default_factory=Imported)
    told: Callable[[Imported], None] = lambda _cast: None
    waits: Callable[[str], None] = lambda _why: None

    def run(self, raws: Iterable[RawEvent], *, follows: bool = False) -> None:
        """Admit all of them, in order. With ``follows``, ``watching`` learns of each that has deliveries."""
        left = iter(raws)
        while batch := list(islice(left, BATCH)):
            receipts = self._admit(batch)
            for raw, receipt in zip(batch, receipts, strict=True):
                self._note(raw, receipt)
            if follows:
                first = [receipt.deliveries[0] for receipt in receipts if receipt.deliveries]
                patiently(self.watching.follow, first)
            self.told(self.cast)

    def _admit(self, batch: list[RawEvent]) -> list[Receipt]:
        """Receipts for a batch. One that a full or an absent store cuts short is brought again as a whole: what had got
        in before comes back as a duplicate, and is told from a real one by the number of its arrival."""
        mark = patiently(self.watching.mark)
        tries, began_s = 0, time.monotonic()
        say_s = began_s

        def admit() -> list[Receipt]:
            nonlocal tries
            tries += 1
            return self.admission.admit([raw.body for raw in batch])

        while True:
            try:
                receipts = patiently(admit)
            except StoreFull as error:
                if (now_s := time.monotonic()) >= say_s:
                    self.waits(self._waiting(error, int(now_s - began_s), is_first=tries == 1))
                    say_s = now_s + SAY_S
                _never.wait(FULL_WAIT_S)
            else:
                return patiently(self._own, receipts, mark) if tries > 1 else receipts

    def _waiting(self, error: StoreFull, waited_s: int, *, is_first: bool) -> str:
        still = "" if is_first else f"Still waiting, for {waited_s} s now. "
        return f"{error} {still}Accepted before: {self.cast.accepted}."

    def _own(self, receipts: list[Receipt], mark: tuple[int, ...]) -> list[Receipt]:
        again = [one for one in receipts if one.status == "duplicate" and one.deliveries and not one.duplicate_of]
        came = self.watching.came_after(mark, [one.deliveries[0] for one in again])
        own = {one.event_id for one, is_own in zip(again, came, strict=True) if is_own}
        return [msgspec.structs.replace(one, status="accepted") if one.event_id in own else one for one in receipts]

    def _note(self, raw: RawEvent, receipt: Receipt) -> None:
        if receipt.status == "refused":
            reason = receipt.reason.value if receipt.reason else receipt.status
            refusal = LineRefusal(line=raw.line, event_id=receipt.event_id, reason=reason, errors=receipt.errors)
            self.cast.refusals.append(refusal)
        elif receipt.status == "duplicate":
            self.cast.duplicates += 1
            if receipt.duplicate_of:
                before = ToldBefore(line=raw.line, event_id=receipt.event_id, duplicate_of=receipt.duplicate_of)
                self.cast.told_before.append(before)
        else:
            self.cast.accepted += 1
            self.cast.unwanted += not receipt.deliveries


def follow_to_the_end(watching: EventProgress, until_s: float | None) -> Iterator[EventProgress]:
    """Look until nothing moves any more or the time is over, and give the watching after each look.

    ``until_s`` is on the monotonic clock. The last look sees to everything that is left. A store that is away is waited
    for as by ``EventImport``.
    """
    while not watching.is_over and (until_s is None or time.monotonic() < until_s):
        moved = patiently(watching.look).moved
        yield watching
        if not moved:
            _never.wait(LOOK_S)
    patiently(watching.look_at_all)
    yield watching


def patiently(step: Callable[Given, Came], *given: Given.args, **named: Given.kwargs) -> Came:
    """What a step comes to that may be repeated. Raises ``StoreUnreachable`` where the store stays away for
    ``AWAY_S``."""
    give_up_s = time.monotonic() + AWAY_S
    while True:
        try:
            return step(*given, **named)
        except StoreUnreachable:
            if time.monotonic() > give_up_s:
                raise
            _never.wait(LOOK_S)


_never = threading.Event()
