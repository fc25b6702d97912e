"""One order as a line of time over all providers, and as a matrix of its events and providers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from schemas.delivery import FINAL_STATES, State
from worker.ledger.audit import Deed
from worker.ledger.queries.orders import DeliveryStory, OrderStory, PastAttempt
from worker.ledger.queries.refusals import Refusal


class Happening(StrEnum):
    """What sort of thing happened, in the order in which things of one moment are told."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEED = "deed"
    EDIT = "edit"
    ATTEMPT = "attempt"
    ENDED = "ended"
    WAITS = "waits"


RANKS = {kind: rank for rank, kind in enumerate(Happening)}


NO_PROVIDER: Mapping[str, str] = MappingProxyType({})


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an order; ``waits`` is how it stands with a delivery since then. ``at`` is RFC 3339 in
    UTC. ``provider`` and ``delivery`` are there where it is about one of them; ``event`` is an event's own id."""

    at: str
    kind: Happening
    sentence: str
    provider: str | None = None
    event: str | None = None
    delivery: str | None = None


class MatrixCell(msgspec.Struct, frozen=True):
    """How an event stands at a provider."""

    delivery: str
    state: State
    reason: str | None


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event, and its state at each provider that wanted it."""

    event: str
    type: str
    cells: dict[str, MatrixCell]


def timeline(
    story: OrderStory,
    deeds: Iterable[Deed] = (),
    refused: Iterable[Refusal] = (),
    closed: Mapping[str, str] = NO_PROVIDER,
) -> list[TimelineEntry]:
    """All that happened to an order, the oldest first: its events with what was repaired of them, what was refused of
    its number, each attempt that is kept, what people did, and how each delivery ended or what it waits for. ``closed``
    says in a sentence why a provider gets nothing at present."""
    entries = [*_accepted(story), *_refused(refused), *_deeds(deeds), *_deliveries(story, closed)]
    return sorted(entries, key=lambda one: (datetime.fromisoformat(one.at), RANKS[one.kind]))


def matrix(story: OrderStory) -> list[MatrixRow]:
    """The order's events as they came in, each with its state at each provider."""
    cells: dict[str, dict[str, MatrixCell]] = {}
    for one in story.deliveries:
        cells.setdefault(one.event_id, {})[one.provider] = MatrixCell(one.id, one.state, one.reason)
    return [MatrixRow(event=event.id, type=event.type, cells=cells.get(event.id, {})) for event in story.events]


def _accepted(story: OrderStory) -> Iterator[TimelineEntry]:
    """An event that no provider wanted has no instant of the ledger: it stands at the producer's."""
    accepted = {one.event_id: one.created_at for one in reversed(story.deliveries)}
    for event in story.events:
        revision = "" if event.revision is None else f", revision {event.revision}"
        wanted = "" if event.id in accepted else " No provider wanted it."
        remarks = "".join(f" Repaired: {remark.path} {remark.message}." for remark in event.remarks)
        yield TimelineEntry(
            at=accepted.get(event.id, event.time),
            kind=Happening.ACCEPTED,
            sentence=f"{event.type} {event.id}{revision} was accepted.{wanted}{remarks}",
            event=event.id,
        )


def _refused(refused: Iterable[Refusal]) -> Iterator[TimelineEntry]:
    for one in refused:
        faults = "; ".join(f"{fault.path}: {fault.message}".removeprefix(": ") for fault in one.errors)
        sentence = (
            f"{one.id} was refused ({one.reason}): {faults}." if faults else f"{one.id} was refused: {one.reason}."
        )
        yield TimelineEntry(at=one.at, kind=Happening.REFUSED, sentence=sentence, event=one.event_id)


def _deeds(deeds: Iterable[Deed]) -> Iterator[TimelineEntry]:
    for deed in deeds:
        kind = Happening.EDIT if "edited" in deed.what.split() else Happening.DEED
        why = f" Why: {deed.why}" if deed.why else ""
        yield TimelineEntry(at=deed.at, kind=kind, sentence=f"{deed.who}: {deed.verb} {deed.what}.{why}")


def _deliveries(story: OrderStory, closed: Mapping[str, str]) -> Iterator[TimelineEntry]:
    named = {one.id: f"{one.event_type} {one.event_id}" for one in story.deliveries}
    dead = {one.id for one in story.deliveries if one.state is State.DEAD}
    for one in story.deliveries:
        for attempt in one.history:
            yield _entry(one, attempt.at, Happening.ATTEMPT, _attempt(one, attempt))
        if one.state in FINAL_STATES or one.state is State.DEAD:
            yield _entry(one, one.updated_at, Happening.ENDED, _end(one, named))
        else:
            yield _entry(one, one.updated_at, Happening.WAITS, _wait(one, named, dead, closed.get(one.provider, "")))


def _entry(one: DeliveryStory, at: str, kind: Happening, sentence: str) -> TimelineEntry:
    return TimelineEntry(
        at=at, kind=kind, sentence=sentence, provider=one.provider, event=one.event_id, delivery=one.id
    )


def _attempt(one: DeliveryStory, attempt: PastAttempt) -> str:
    told = [attempt.outcome, attempt.reason, *([f"HTTP {attempt.http_status}"] if attempt.http_status else [])]
    message = f" {attempt.message}" if attempt.message else ""
    return f"Attempt {attempt.number} at {one.event_id}: {', '.join(told)}, in {attempt.took_ms} ms.{message}"


def _end(one: DeliveryStory, named: dict[str, str]) -> str:
    if one.superseded_by:
        return f"{one.event_id} is superseded by {named.get(one.superseded_by, one.superseded_by)}."
    doubt = ", and it is open whether it was done" if one.in_doubt else ""
    return f"{one.event_id} is {one.state}{f': {one.reason}' if one.reason else ''}{doubt}."


def _wait(one: DeliveryStory, named: dict[str, str], dead: set[str], closed: str) -> str:
    doubt = " It is open whether it was done." if one.in_doubt else ""
    if one.waiting_behind:
        head = named.get(one.waiting_behind, one.waiting_behind)
        is_dead = ", which is dead: replay or discard that one" if one.waiting_behind in dead else ""
        return f"{one.event_id} waits behind {head}{is_dead}.{doubt}"
    if one.state is State.ATTEMPTING:
        return f"{one.event_id} is being attempted now.{doubt}"
    why = f" ({one.reason})" if one.reason else ""
    if closed:
        return f"{one.event_id} waits{why}: {closed}{doubt}"
    if one.next_attempt_at:
        return f"{one.event_id} waits{why}: next try {one.next_attempt_at}.{doubt}"
    return f"{one.event_id} waits for its turn.{doubt}"
