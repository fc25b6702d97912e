"""What people do with deliveries that stopped: replay and discard, one atomic step each; and letters by cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from schemas.cause import CauseState, DeadGroup
from schemas.delivery import order_digest
from schemas.event import Event
from worker.ledger.provider_rows import Row, read_table
from worker.ledger.queries.causes import Causes
from worker.ledger.queries.deliveries import Deliveries, FoundDelivery
from worker.ledger.store.client import Store
from worker.ledger.store.codec import pack_event
from worker.ledger.store.shards import Shards, runner_address


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a replay or discard of one delivery: ``result`` is replayed, discarded, refused or not_found.

    ``call`` is the address of a runner that is wanted, if any.
    """

    id: str
    result: str
    message: str = ""
    call: str | None = None


DECLINED = {
    "not_finished": "It has not stopped: it is pending or being attempted.",
    "superseded": "A newer snapshot of the order has taken its place; replay that one, or force this one.",
    "delivered_action": "A delivered action is never sent again: enqueue a new event, and give a refund or invoice "
    "in it an id or number of its own.",
    "delivered": "It was delivered; a delivered snapshot is sent again only by force.",
    "older": "A newer snapshot has been delivered; send the newest one again, or force this one.",
    "final": "It has already ended.",
    "attempting": "It is being attempted now; try again when the attempt has ended.",
    "erased": "Its customer has been erased: what it said is gone, and nothing is sent in its place.",
    "not_found": "The ledger knows no such delivery.",
}
"""Why a delivery was not replayed or discarded."""


class DeadLetters:
    """Undoing, in whichever shard a delivery is. Every method raises ``StoreUnreachable``; ``replay`` also
    ``StoreFull``. All are safe to repeat."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)
        self.deliveries = Deliveries(store)
        self.causes = Causes(store)

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
        [found] = self.deliveries.find([delivery_id])
        return found.event if found else None

    def groups(self, provider: str | None = None) -> Iterator[DeadGroup]:
        """The causes that letters are dead of now, the most numerous first within each provider."""
        return self.causes.listed(provider, frozenset({CauseState.OPEN, CauseState.IGNORED}), only_dead=True)

    def _each(self, step: str, delivery_ids: Sequence[str], middle: Callable[[Row], tuple[object, ...]]) -> list[Done]:
        """What came of each, one shard after another, in the order of the ids."""
        done = [Done(one, "not_found", DECLINED["not_found"]) for one in delivery_ids]
        found = list(enumerate(self.deliveries.find(delivery_ids)))
        for shard in self.shards:
            here = [(number, one) for number, one in found if one and one.shard == shard.number]
            rows = {row.name: row for row in read_table(shard).rows} if here else {}
            calls = [_call(one, middle(rows[one.place.provider])) for _, one in here]
            for (number, one), answer in zip(here, shard.run_each(step, calls), strict=True):
                address = runner_address(one.place.provider, shard.number)
                done[number] = _done(delivery_ids[number], address, answer)
        return done


def _call(one: FoundDelivery, middle: tuple[object, ...]) -> tuple[object, ...]:
    event, place = one.event, one.place
    order = order_digest(event.source, event.subject)
    return place.provider, place.seq, *middle, order, "s" if event.is_snapshot else "a"


def _done(delivery_id: str, address: str, answer: list[bytes | int]) -> Done:
    word = bytes(answer[0]).decode()
    if word == "refused":
        why = bytes(answer[1]).decode()
        return Done(delivery_id, "not_found" if why == "not_found" else "refused", DECLINED[why])
    return Done(delivery_id, word, call=address if int(answer[1]) else None)
