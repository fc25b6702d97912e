"""Replay and discard: count first, then one item after another, paced, stoppable and on record."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import msgspec

from schemas.bulk_job import DONE_WORDS
from schemas.config import Config
from schemas.delivery import State
from schemas.principal import Principal
from schemas.rehearsal import Foretold
from worker.ledger.audit import Audit
from worker.ledger.queries.dead_letters import DeadLetters, Done
from worker.ledger.queries.deliveries import Deliveries
from worker.ledger.queries.refusals import Refusals
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, BadRequest, Wording
from worker.ops.desk.correction import Correction
from worker.ops.desk.ids import REFUSAL_ID, refusal_seq, whole_id
from worker.ops.desk.not_found import why_unknown
from worker.ops.desk.pace import Pace
from worker.ops.desk.query import DeliveryQuery

EVERYTHING = DeliveryQuery()
FAILED = frozenset({"refused", "not_found", Foretold.WOULD_BE_REFUSED, Foretold.WOULD_FAIL})
BATCH = 100
FEW = 20

Verb = Literal["replay", "discard", "rehearse"]
Call = Callable[[Iterable[str]], object]


class BulkItem(msgspec.Struct, frozen=True):
    """What came of one delivery or refusal: ``result`` is replayed, discarded, enqueued, refused, not_found, with
    ``dry_run`` would, of a rehearsal a word of ``Foretold``, or of a job of another kind the word that it has for
    that."""

    id: str
    result: str
    message: str = ""

    @property
    def is_done(self) -> bool:
        return self.result in DONE_WORDS

    @property
    def has_failed(self) -> bool:
        return self.result not in DONE_WORDS and self.result != "would"


class BulkReport(msgspec.Struct, frozen=True):
    """What came of all of them. ``matched`` is how many were found, before any was touched; ``job`` is the id of the
    job that did it, where it was one; ``coverage`` how many there were by word, of a job that tells that."""

    matched: int
    done: int
    failed: int
    dry_run: bool
    results: list[BulkItem]
    job: str | msgspec.UnsetType = msgspec.UNSET
    coverage: dict[str, int] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class BulkAction:
    """What ``by`` wants replayed, discarded or rehearsed: deliveries and refusals by ``ids``, or deliveries by what was
    ``asked``, where no state means dead letters. ``edited`` is a whole corrected event as JSON.

    Raises ``BadRequest`` where it names nothing, has no reason, or edits what it does not name.
    """

    verb: Verb
    by: Principal
    ids: tuple[str, ...] = ()
    asked: DeliveryQuery = EVERYTHING
    why: str = ""
    dry_run: bool = False
    force: bool = False
    edited: bytes | None = None

    def __post_init__(self) -> None:
        if not self.ids and self.asked.is_everything:
            message = f"Say what to {self.verb}: give ids, or filters."
            raise BadRequest(message, Advice.SAY_WHAT, field="ids", verb=self.verb)
        if self.ids and self.asked != EVERYTHING:
            raise BadRequest("Give ids or filters, not both.", field="ids")
        if self.edited is not None and not self.ids:
            message = "An edit touches only what is named: give the ids of the deliveries or the refusal."
            raise BadRequest(message, field="ids")
        if not self.dry_run and self.verb != "rehearse" and not self.why.strip():
            raise BadRequest(f"Say why: a {self.verb} goes on record.", Advice.SAY_WHY, field="why", deed=self.verb)

    @property
    def words(self) -> str:
        """What it touches, in one line for the record."""
        named = " ".join(self.ids or self.asked.words())
        how = [word for word, is_so in (("forced", self.force), ("edited", self.edited is not None)) if is_so]
        return " ".join([*how, named])


@dataclass(frozen=True, slots=True)
class Selection:
    """What a ``BulkAction`` was found to touch, oldest first where it was asked for by filters; ids nobody knows."""

    undo: BulkAction
    ids: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @property
    def matched(self) -> int:
        return len(self.ids)

    @property
    def words(self) -> str:
        """What is touched, in one line for the record: how many, how they were asked for, and where few, which."""
        few = self.ids if not self.undo.ids and self.matched <= FEW else ()
        return " ".join([f"{self.matched}:", self.undo.words, *few])

    def without(self, refused: Container[str]) -> Selection:
        """What is left of it where these are not touched."""
        ids = tuple(one for one in self.ids if one not in refused)
        if not ids or ids == self.ids:
            return replace(self, ids=ids)
        return replace(self, undo=replace(self.undo, ids=ids), ids=ids)


def report(selection: Selection, items: list[BulkItem]) -> BulkReport:
    """The sum of what came of a selection so far."""
    return BulkReport(
        selection.matched,
        sum(item.is_done for item in items),
        sum(item.has_failed for item in items),
        selection.undo.dry_run,
        items,
    )


class Bulk:
    """Undoes for people. ``call`` is told which providers want a runner. Raises ``StoreUnreachable``; a replay also
    ``StoreFull``. All of it is safe to repeat."""

    def __init__(self, store: Store, config: Config, call: Call, wording: Wording) -> None:
        self.store = store
        self.wording = wording
        self.call = call
        self.letters = DeadLetters(store)
        self.refusals = Refusals(store)
        self.correcting = Correction(store, config, call)

    def select(self, undo: BulkAction) -> Selection:
        """Everything it touches, found before anything is done: what a replay moves would be missed or met twice."""
        if undo.ids:
            return self._named(undo, list(undo.ids))
        asked = undo.asked if undo.asked.state else replace(undo.asked, state=State.DEAD)
        found = Deliveries(self.store).listed(asked.filter(self.store.now_ms()))
        ids = dict.fromkeys(delivery.id for delivery in found)
        limited = list(ids)[: asked.limit]
        return Selection(undo, tuple(reversed(limited)))

    def run(self, selection: Selection, pace: Pace | None = None) -> Iterator[BulkItem]:
        """What came of each, as it comes. Ends early where ``pace`` is stopped; a rehearsal touches nothing. What is
        seen to be refused beforehand, such as an edit that is not valid, does not go on record."""
        undo, pace = selection.undo, pace or Pace()
        for unknown in selection.unknown:
            known = why_unknown(self.store, unknown)
            why = self.wording.of(known) if known else "The ledger knows no such delivery or refusal."
            yield BulkItem(unknown, "not_found", why)
        if undo.dry_run:
            yield from (BulkItem(one, "would") for one in selection.ids)
            return
        refused = {one: item for one in selection.ids if (item := self._refused(undo, one))}
        yield from refused.values()
        left = selection.without(refused)
        if left.ids:
            Audit(self.store).note(undo.verb, left.words, why=undo.why, by=undo.by)
        for some in self._batches(undo, left.ids, pace):
            if not pace.turn():
                return
            yield from self._each(undo, some)

    def _batches(self, undo: BulkAction, ids: tuple[str, ...], pace: Pace) -> Iterator[list[str]]:
        """One at a time where each is to be paced, or is more than a step of the ledger."""
        one_by_one = pace.per_second is not None or undo.edited is not None or any(map(REFUSAL_ID.fullmatch, ids))
        size, left = 1 if one_by_one else BATCH, iter(ids)
        while some := list(islice(left, size)):
            yield some

    def _named(self, undo: BulkAction, ids: list[str]) -> Selection:
        ids = list(dict.fromkeys(whole_id(self.letters.deliveries, one) for one in ids))
        deliveries = [one for one in ids if not REFUSAL_ID.fullmatch(one)]
        known = {one for one, place in zip(deliveries, self.letters.deliveries.find(deliveries), strict=True) if place}
        known |= {one for one in ids if (seq := refusal_seq(one)) is not None and self.refusals.find(seq)}
        return Selection(undo, tuple(one for one in ids if one in known), tuple(one for one in ids if one not in known))

    def _each(self, undo: BulkAction, some: list[str]) -> list[BulkItem]:
        if len(some) == 1 and (undo.edited is not None or REFUSAL_ID.fullmatch(some[0])):
            return [self._corrected(undo, some[0])]
        done = (
            self.letters.replay_each(some, force=undo.force)
            if undo.verb == "replay"
            else self.letters.discard_each(some)
        )
        return self._items(done)

    def _refused(self, undo: BulkAction, one: str) -> BulkItem | None:
        """Why one is not touched, as far as that is seen before anything is done."""
        seq = refusal_seq(one)
        if seq is not None:
            if undo.verb == "discard":
                return BulkItem(one, "refused", "A refusal holds nothing up: it is forgotten when its days are over.")
            event = self.correcting.acceptable(seq, undo.edited)
            return BulkItem(one, *event) if isinstance(event, tuple) else None
        edited = None if undo.edited is None else self.correcting.change_of(one, undo.edited)
        return BulkItem(one, "refused", edited) if isinstance(edited, str) else None

    def _corrected(self, undo: BulkAction, one: str) -> BulkItem:
        seq = refusal_seq(one)
        if seq is not None:
            return BulkItem(one, *self.correcting.accept(seq, undo.edited))
        edited = self.correcting.edit_of(one, undo.edited or b"")
        if isinstance(edited, str):
            return BulkItem(one, "refused", edited)
        return self._items([self.letters.replay(one, force=undo.force, edited=edited)])[0]

    def _items(self, done: list[Done]) -> list[BulkItem]:
        self.call([one.call for one in done if one.call])
        return [BulkItem(one.id, one.result, one.message) for one in done]
