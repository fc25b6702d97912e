"""An order that a provider does not hold as it should goes there again, by its own lane."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.delivery import delivery_id
from schemas.event import Event
from worker.ledger.accept_step import known_link
from worker.ledger.provider_rows import Row
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import event_identity
from worker.ledger.store.shards import runner_address

REFUSED = {
    "attempting": "it is being attempted now",
    "not_finished": "it is on its way there",
    "not_newest": "a newer snapshot has come in meanwhile",
    "relinked": "its link has changed meanwhile",
    "not_kept": "its snapshot is not kept any more",
}


@dataclass(frozen=True, slots=True)
class Healing:
    """What came of it: runners to call where it goes again, else why it does not."""

    calls: tuple[str, ...] = ()
    refused: str = ""


def send_again(shard: Store, row: Row, order: str, seq: int, event: Event, *, asked: str, is_gone: bool) -> Healing:
    """Send an order's newest snapshot again, in its place in the lane. ``asked`` is the vendor's id that it was asked
    for, empty where it was searched for; where it ``is_gone`` the link to it is forgotten in the same step, so that it
    is made anew, else the link notes that its save is to write what differs there. Nothing is done where another
    snapshot, link or attempt came between.

    Raises ``StoreUnreachable``. A repeat does nothing more: the first one is on its way.
    """
    named = delivery_id(row.name, event.source, event.id)
    added = (named, event_identity(event), 1 << row.ordinal, b"" if is_gone else known_link(row, event))
    word, told = shard.run("heal", row.name, row.limit, order, seq, int(is_gone), asked, *added)
    if text(word) == "refused":
        return Healing(refused=REFUSED.get(text(told), text(told)))
    return Healing((runner_address(row.name, shard.number),) * int(told))
