"""What people do with deliveries that stopped: replay and discard, one atomic step each; and letters by cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from schemas.delivery import order_digest
from schemas.event import Event
from worker.ledger.provider_rows import Row, read_table
from worker.ledger.queries.deliveries import Records
from worker.ledger.queries.rows import Place, read_deliveries
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import pack_event
from worker.ledger.store.instants import instant


class Sample(msgspec.Struct, frozen=True):
    id: str
    message: str


class Group(msgspec.Struct, frozen=True):
    """Dead letters of one cause at one provider; ``attempt_reason`` is the one of their last attempts."""

    provider: str
    reason: str
    fingerprint: str
    count: int
    first_at: str
    last_at: str
    sample: Sample
    attempt_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a replay or discard of one delivery: ``result`` is replayed, discarded, refused or not_found.

    ``call`` is the provider that wants a runner, if any.
    """

    id: str
    result: str
    message: str = ""
    call: str | None = None


REFUSALS = {
    "not_finished": "It has not stopped: it is pending or being attempted.",
    "superseded": "A newer snapshot of the order has taken its place; replay that one, or force this one.",
    "delivered_action": "A delivered action is never sent again: enqueue a new event, and give a refund or invoice "
    "in it an id or number of its own.",
    "delivered": "It was delivered; a delivered snapshot is sent again only by force.",
    "older": "A newer snapshot has been delivered; send the newest one again, or force this one.",
    "final": "It has already ended.",
    "attempting": "It is being attempted now; try again when the attempt has ended.",
    "not_found": "The ledger knows no such delivery.",
}


class DeadLetters:
    """Undoing. Every method raises ``StoreUnreachable``; ``replay`` also ``StoreFull``. All are safe to repeat."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.records = Records(store)

    def replay(self, delivery_id: str, *, force: bool = False, edited: Event | None = None) -> Done:
        """Put a stopped delivery back into its old place in its lane. ``edited`` is sent instead of the original, for
        this delivery alone; its key at the provider changes. ``force`` is a person's word: a snapshot goes over newer
        ones, and an action in doubt counts as not done."""
        return self.replay_each([delivery_id], force=force, edited=edited)[0]

    def replay_each(
        self, delivery_ids: Sequence[str], *, force: bool = False, edited: Event | None = None
    ) -> list[Done]:
        """The same of many, in order and in a few round trips; each is atomic by itself."""
        body = pack_event(edited) if edited else b""
        return self._each("replay", delivery_ids, lambda row: (int(force), body, row.limit))

    def discard(self, delivery_id: str) -> Done:
        """Give a delivery up; what waited behind it goes on."""
        return self.discard_each([delivery_id])[0]

    def discard_each(self, delivery_ids: Sequence[str]) -> list[Done]:
        """The same of many, in order and in a few round trips; each is atomic by itself."""
        return self._each("discard", delivery_ids, lambda row: (row.limit,))

    def event_of(self, delivery_id: str) -> Event | None:
        """The event of a delivery as it was accepted, ``None`` where the ledger knows no such delivery."""
        [found] = self.records.find([delivery_id])
        return found.event if found else None

    def _each(self, step: str, delivery_ids: Sequence[str], middle: Callable[[Row], tuple[object, ...]]) -> list[Done]:
        rows = {row.name: row for row in read_table(self.store).rows}
        found = self.records.find(delivery_ids)
        calls = [
            (
                one.place.provider,
                one.place.seq,
                *middle(rows[one.place.provider]),
                order_digest(one.event.source, one.event.subject),
                "s" if one.event.is_snapshot else "a",
            )
            for one in found
            if one
        ]
        answers = iter(self.store.run_each(step, calls) if calls else [])
        return [
            _done(wanted, one.place, next(answers)) if one else Done(wanted, "not_found", REFUSALS["not_found"])
            for wanted, one in zip(delivery_ids, found, strict=True)
        ]

    def groups(self, provider: str | None = None) -> Iterator[Group]:
        """Dead letters by cause, the most numerous first within each provider."""
        table = read_table(self.store)
        for row in table.rows:
            if provider in (None, row.name):
                found = (self._group(row.name, text(fp), text(told)) for fp, told in self._causes(row.name).items())
                yield from sorted((g for g in found if g), key=lambda group: -group.count)

    def _causes(self, provider: str) -> dict[bytes, bytes]:
        with self.store.errors():
            return dict(self.store.client.hgetall(self.store.keys.key("dead_groups", provider=provider)))

    def _group(self, provider: str, fingerprint: str, told: str) -> Group | None:
        key = self.store.keys.key("dead_group", provider=provider, fingerprint=fingerprint)
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            pipe.zcard(key)
            pipe.zrange(key, 0, 0, withscores=True)
            pipe.zrange(key, -1, -1, withscores=True)
            count, first, last = pipe.execute()
        if not count:
            return None
        reason, _, message = told.partition("|")
        [sample] = read_deliveries(self.store, [Place(provider, int(last[0][0]))], read_table(self.store))
        return Group(
            provider,
            reason,
            fingerprint,
            count,
            instant(int(first[0][1])),
            instant(int(last[0][1])),
            Sample(sample.id, message),
            sample.last_attempt.reason if sample.last_attempt else None,
        )


def _done(delivery_id: str, place: Place, answer: list[bytes | int]) -> Done:
    word = bytes(answer[0]).decode()
    if word == "refused":
        why = bytes(answer[1]).decode()
        return Done(delivery_id, "not_found" if why == "not_found" else "refused", REFUSALS[why])
    return Done(delivery_id, word, call=place.provider if int(answer[1]) else None)
