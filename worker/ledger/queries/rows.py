"""From what the ledger keeps to a ``Delivery``: three pipelined reads for any number of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from schemas.delivery import Attempt, Delivery, LastAttempt, Link, State, delivery_id
from schemas.event import Event
from worker.ledger.claims import read_claim_record
from worker.ledger.provider_rows import Table
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import FinalDelivery, unpack_attempt, unpack_event, unpack_final, unpack_link
from worker.ledger.store.instants import instant

MayTake = Callable[[Event, FinalDelivery | None], bool]
"""Whether a delivery may be wanted, by its event and, where it is final, what is kept of it there."""


class DeliveryPlace(NamedTuple):
    """Where a delivery is kept in its shard: its provider and its event's arrival number."""

    provider: str
    seq: int


@dataclass
class _Kept:
    """What was read of one delivery so far. ``closed_till_ms`` is till when its provider's gate is closed: 0 where it
    is open, infinite where a person paused it."""

    place: DeliveryPlace
    event: Event
    accepted_ms: int
    order: str
    final: FinalDelivery | None
    link: Link | None = None
    maybe: bool = False
    past: dict[str, str] = field(default_factory=dict)
    head: int | None = None
    is_claimed: bool = False
    last: Attempt | None = None
    closed_till_ms: float = 0

    @property
    def is_linked(self) -> bool:
        return self.link is not None and self.link.order_id is not None

    @property
    def packed_attempt(self) -> bytes:
        """The last attempt of a final delivery, where it is kept with it."""
        return self.final.last_attempt if self.final else b""


def read_deliveries(
    shard: Store, places: Sequence[DeliveryPlace], table: Table, may: MayTake | None = None
) -> dict[DeliveryPlace, Delivery]:
    """The deliveries at these places of a shard, in order; a place where there is none is left out. One of which
    ``may`` says that it is not wanted is left out too, and costs half as much."""
    kept = _read_events(shard, places)
    if may is not None:
        kept = [one for one in kept if may(one.event, one.final)]
    _read_work(shard, kept)
    ids = _ids_of_others(shard, kept)
    kinds = {row.name: row.kind for row in table.rows}
    return {one.place: _delivery(one, kinds.get(one.place.provider, ""), ids) for one in kept}


def _read_events(shard: Store, places: Sequence[DeliveryPlace]) -> list[_Kept]:
    """Each event once, however many of its deliveries are wanted."""
    names: dict[int, list[str]] = {}
    for place in places:
        names.setdefault(place.seq, []).append(place.provider)
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for seq, providers in names.items():
            pipe.hmget(shard.keys.key("event", seq=seq), "b", "a", "o", *(f">{name}" for name in providers))
        rows = pipe.execute()
    kept = {
        place: one
        for (seq, providers), row in zip(names.items(), rows, strict=True)
        if row[0] is not None
        for place, one in _of_event(seq, providers, row)
    }
    return [kept[place] for place in places if place in kept]


def _of_event(seq: int, providers: list[str], row: list[Any]) -> Iterator[tuple[DeliveryPlace, _Kept]]:
    body, accepted, order, *packed = row
    event, accepted_ms, digest = unpack_event(body), int(accepted), text(order)
    for name, state in zip(providers, packed, strict=True):
        if state is not None:
            place = DeliveryPlace(name, seq)
            final = unpack_final(state)
            yield place, _Kept(place, event, accepted_ms, digest, final, final.link if final else None)


def _read_work(shard: Store, kept: list[_Kept]) -> None:
    """What is not in the event's record: of a final delivery the order's link alone, and its attempts where they are
    a list."""
    key = shard.keys.key
    working = sorted({one.place.provider for one in kept if not one.final})
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for provider in working:
            pipe.hvals(key("claims", provider=provider))
            pipe.hmget(key("gate", provider=provider), "paused", "held_until", "tripped")
        for one in kept:
            provider, seq = one.place.provider, one.place.seq
            pipe.hmget(key("order", order=one.order), f"l:{provider}", f"m:{provider}")
            if not one.packed_attempt:
                pipe.lindex(key("attempts", provider=provider, seq=seq), -1)
            if not one.final:
                pipe.hgetall(key("delivery", provider=provider, seq=seq))
                _ask_lane(pipe, key("lane", provider=provider, order=one.order), one)
        answers = iter(pipe.execute())
    claimed: dict[str, set[int]] = {}
    closed: dict[str, float] = {}
    for provider in working:
        claimed[provider] = {int(read_claim_record(claim).seq) for claim in next(answers)}
        closed[provider] = _closed_till_ms(*next(answers))
    now_ms = shard.now_ms() if any(closed.values()) else 0  # a probe may be due already
    for one in kept:
        one.is_claimed = one.place.seq in claimed.get(one.place.provider, ())
        till_ms = closed.get(one.place.provider, 0)
        one.closed_till_ms = max(till_ms, now_ms) if till_ms else 0
        _fill(one, answers)


def _fill(one: _Kept, answers: Iterator[Any]) -> None:
    known = next(answers)
    one.link, one.maybe = one.link or unpack_link(known[0]), known[1] is not None
    last = one.packed_attempt or next(answers)
    one.last = unpack_attempt(last) if last else None
    if not one.final:
        one.past = {text(name): text(value) for name, value in next(answers).items()}
        one.head = _stopped_by(one.place.seq, answers)


STRETCHES = (0, 2**50, 2**51)
"""Where the stretches of a lane begin: as in lib/dead.lua."""


def _ask_lane(pipe: Any, lane: str, one: _Kept) -> None:
    """The place of a delivery in its lane, and the first of each stretch."""
    pipe.zscore(lane, f"{one.place.seq}{'s' if one.event.is_snapshot else 'a'}")
    for begins in STRETCHES:
        pipe.zrange(lane, begins, "+inf", byscore=True, offset=0, num=1)


def _stopped_by(seq: int, answers: Iterator[Any]) -> int | None:
    """The delivery whose end this one waits for: the first of its stretch of the lane, or of the stretch before."""
    own = next(answers) or 0
    firsts = [(begins, next(answers)) for begins in STRETCHES]
    heads = [int(found[0][:-1]) for begins, found in firsts if found and begins <= own]
    return next((head for head in reversed(heads) if head != seq), None)


def _ids_of_others(shard: Store, kept: list[_Kept]) -> dict[tuple[str, int], str]:
    """The delivery ids of heads waited behind and of events that superseded."""
    others = {(k.place.provider, other) for k in kept for other in (k.head, _superseder(k)) if other != k.place.seq}
    wanted = sorted((provider, other) for provider, other in others if other)
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for _, seq in wanted:
            pipe.hget(shard.keys.key("event", seq=seq), "b")
        bodies = pipe.execute()
    events = {place: unpack_event(body) for place, body in zip(wanted, bodies, strict=True) if body}
    return {place: delivery_id(place[0], event.source, event.id) for place, event in events.items()}


def _superseder(one: _Kept) -> int | None:
    return one.final.superseded_by if one.final else None


def _delivery(one: _Kept, kind: str, ids: dict[tuple[str, int], str]) -> Delivery:
    event, provider, state = one.event, one.place.provider, _state(one)
    final, is_open = one.final, one.final is None
    waits = is_open and state is not State.DEAD
    by = _superseder(one)
    updated = final.at_ms if final else one.past.get("up")
    return Delivery(
        id=delivery_id(provider, event.source, event.id),
        event_id=event.id,
        event_type=event.type.value,
        source=event.source,
        order=event.subject,
        provider=provider,
        kind=kind,
        state=state,
        reason=final.reason if final else one.past.get("rs"),
        attempts=_attempts(one),
        next_attempt_at=_next_try(one) if state is State.PARKED else None,
        waiting_behind=ids.get((provider, one.head or 0)) if waits else None,
        in_doubt=is_open
        and (one.past.get("db", "0") != "0" or (one.maybe and not one.is_linked and event.is_snapshot)),
        superseded_by=ids.get((provider, by)) if by else None,
        link=one.link,
        created_at=instant(one.accepted_ms),
        updated_at=instant(updated or one.accepted_ms),
        last_attempt=_shown(one.last),
    )


def _state(one: _Kept) -> State:
    if one.final:
        return one.final.state
    return State.ATTEMPTING if one.is_claimed else State(one.past.get("st", "pending"))


def _next_try(one: _Kept) -> str | None:
    """When a parked delivery is tried next: when it is due, but not while its provider's gate is closed."""
    due_ms = one.past.get("due")
    if not due_ms or one.closed_till_ms == inf:
        return None
    return instant(max(float(due_ms), one.closed_till_ms))


def _closed_till_ms(paused: bytes | None, held_until: bytes | None, tripped: bytes | None) -> float:
    return inf if paused else float(held_until or tripped or 0)


def _attempts(one: _Kept) -> int:
    counted = one.final.attempts if one.final else one.past.get("n")
    return int(one.last is not None) if counted is None else int(counted)


def _shown(last: Attempt | None) -> LastAttempt | None:
    if last is None:
        return None
    return LastAttempt(
        last.number, instant(last.at_ms), last.took_ms, last.outcome, last.reason, last.http_status, last.message
    )
