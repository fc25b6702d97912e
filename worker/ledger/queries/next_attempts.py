"""What an attempt at a delivery would begin with if it were made now, and what the ones before it sent. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.delivery import Delivery, Link, SentRequest, order_digest
from schemas.event import Event
from schemas.order import Order
from worker.ledger.links import read_links
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.deliveries import Deliveries
from worker.ledger.queries.rows import DeliveryPlace, read_deliveries
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event, unpack_final, unpack_sent
from worker.ledger.store.shards import Shards


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """What a delivery would be attempted with. ``event`` is what would be sent: the last edit, where there is one, and
    ``edit`` its number. ``known_order`` is the order as it was last accepted, of an action. ``sent`` is what its last
    unclean attempts sent, the latest last."""

    delivery: Delivery
    accepted: Event = field(repr=False)
    event: Event = field(repr=False)
    edit: int
    link: Link | None
    known_order: Order | None = field(repr=False)
    sent: tuple[SentRequest, ...] = ()


class NextAttempts:
    """Finds them in the shards of their orders. Raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)
        self.deliveries = Deliveries(store)

    def of(self, delivery_id: str) -> NextAttempt | None:
        """``None`` for an id that the ledger does not know."""
        [found] = self.deliveries.find([delivery_id])
        if found is None:
            return None
        shard, place, accepted = self.shards.all[found.shard], found.place, found.event
        [delivery] = read_deliveries(shard, [place], read_table(shard)).values()
        order = order_digest(accepted.source, accepted.subject)
        [(link, _)] = read_links(shard, [(place.provider, order)])
        edit, edited, sent = _past(shard, place)
        return NextAttempt(
            delivery=delivery,
            accepted=accepted,
            event=edited or accepted,
            edit=edit,
            link=link,
            known_order=None if accepted.is_snapshot else _known_order(shard, order),
            sent=sent,
        )


def _past(shard: Store, place: DeliveryPlace) -> tuple[int, Event | None, tuple[SentRequest, ...]]:
    """The number of the last edit, that edit, and what was sent."""
    provider, seq = place
    key = shard.keys.key
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        pipe.hget(key("event", seq=seq), f">{provider}")
        pipe.hget(key("delivery", provider=provider, seq=seq), "ed")
        pipe.lrange(key("sent", provider=provider, seq=seq), 0, -1)
        packed, number, sent = pipe.execute()
    final = unpack_final(packed)
    edit = final.edits if final else int(number or 0)
    body = None
    if edit:
        with shard.errors():
            body = shard.client.hget(key("event", seq=seq), f"e{edit}:{provider}")
    return edit, unpack_event(body) if body else None, tuple(map(unpack_sent, sent))


def _known_order(shard: Store, order: str) -> Order | None:
    """The order as its newest snapshot has it, where that is kept."""
    with shard.errors():
        newest = shard.client.hget(shard.keys.key("order", order=order), "q")
        body = shard.client.hget(shard.keys.key("event", seq=text(newest)), "b") if newest else None
    return unpack_event(body).data.order if body else None
