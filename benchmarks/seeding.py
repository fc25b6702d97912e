"""Fills a ledger by the steps that a worker takes, without a vendor: accept, claim, and the end of an attempt."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from benchmarks import meter
from benchmarks.accounts import read_config
from benchmarks.contestants import Scene
from benchmarks.orders import endless_events
from schemas.config import Config
from schemas.delivery import Attempt, Link
from schemas.event import Event, event_digest
from schemas.loading import read_decoded
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from worker.ledger.claims import Claim
from worker.ledger.intake import Arrival, Intake
from worker.ledger.lanes import Finished, Runner
from worker.ledger.store.client import Store
from worker.policy.plan import plan_of

CHUNK_ORDERS = 250
BATCH = 50
CAUSES = 7
"""Dead letters of one cause in a row would hold the gate."""

End = Callable[[Claim], Finished]


class Seeding:
    """One process that accepts and finishes. Nobody else is to work on this ledger meanwhile."""

    def __init__(self, store: Store, config: Config) -> None:
        self.store = store
        # Nothing that is told here is to close a gate.
        self.plans = [replace(plan_of(each), trip_after=10**9) for each in config.providers.values()]
        self.intake = Intake(store)

    def fill(self, orders: int, name: str, end: End) -> None:
        """So many orders, each accepted and each delivery of it ended once."""
        events = itertools.islice(endless_events(name), orders)
        with meter.unsynced(self.store.client):
            while chunk := list(itertools.islice(events, CHUNK_ORDERS)):
                self.accept(chunk)
                self.finish(end)

    def accept(self, events: list[dict[str, Any]]) -> None:
        now = datetime.now(UTC)
        valid = [read_decoded(event, limit_bytes=262_144, now=now) for event in events]
        arrivals = [Arrival(event, event_digest(event)) for event in valid]
        for start in range(0, len(arrivals), BATCH):
            self.intake.accept(arrivals[start : start + BATCH])

    def finish(self, end: End) -> None:
        """One attempt at every delivery that is ready."""
        for plan in self.plans:
            runner = Runner(self.store, plan)
            claimed = runner.begin()
            while isinstance(claimed, Claim):
                claimed = runner.finish(claimed, end(claimed))
            runner.leave()


@contextmanager
def seeding(scene: Scene) -> Iterator[Seeding]:
    """For a scene's ledger, whose provider table a worker has written."""
    store = Store(scene.store.url)
    try:
        yield Seeding(store, read_config(scene.config))
    finally:
        store.close()


def delivered(claim: Claim) -> Finished:
    """A vendor's yes."""
    outcome = Outcome(
        kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, http_status=201, calls=1, link=_link(claim.event, claim.seq)
    )
    return _finished(claim, outcome, Verdict(kind=VerdictKind.SETTLE, reason=Reason.SAVED, state="delivered"))


def parked(claim: Claim) -> Finished:
    """A vendor that is away; due again at once."""
    outcome = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, http_status=503, calls=1)
    return _finished(claim, outcome, Verdict(kind=VerdictKind.PARK, reason=Reason.SERVER_ERROR, spends_try=True))


def buried(claim: Claim) -> Finished:
    """A vendor's no."""
    message = f"The vendor knows no product {claim.seq % CAUSES}."
    outcome = Outcome(kind=OutcomeKind.REJECTED, reason=Reason.NO_PRODUCT, http_status=422, calls=1, message=message)
    return _finished(claim, outcome, Verdict(kind=VerdictKind.BURY, reason=Reason.REJECTED))


def one_in(some: int, first: End, other: End) -> End:
    """The one end for one event in so many, the other for the rest."""
    return lambda claim: (other if claim.seq % some else first)(claim)


def _finished(claim: Claim, outcome: Outcome, verdict: Verdict) -> Finished:
    attempt = Attempt(
        number=claim.number,
        at_ms=claim.started_ms,
        took_ms=100,
        outcome=outcome.kind.value,
        reason=outcome.reason.value,
        http_status=outcome.http_status,
        message=outcome.message,
        digest="0123456789abcdef",
    )
    fingerprint = f"{claim.seq % CAUSES:016x}" if verdict.kind is VerdictKind.BURY else ""
    return Finished(outcome=outcome, verdict=verdict, attempt=attempt, fingerprint=fingerprint)


def _link(event: Event, seq: int) -> Link:
    items = event.data.order.items if event.data.order else []
    return Link(order_id=str(seq), line_ids={item.id: f"{seq}-{n}" for n, item in enumerate(items) if item.id})
