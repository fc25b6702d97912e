"""What must hold after any number of faults: nothing lost, doubled, out of order or moved twice, and all of it ended.

Reads what the shop told, the vendors' own records and the ledger, and trusts none of them alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schemas.delivery import Delivery, State
from tests.chaos.deeds import AFTER, DEEDS, MOVING, times_done
from tests.chaos.orders import Body, grand

SNAPSHOTS = {"order.created", "order.updated"}
CANNOT_UPDATE = {"retargeting"}
CANNOT_TELL = {("openbizbox", "order.refunded"), ("openbizbox", "order.invoiced")}
"""What nobody but a person can say of: the vendor shows it nowhere (worker/providers/openbizbox/journal.py)."""

Held = list[dict[str, Any]]


@dataclass
class Findings:
    """How often each promise was broken, with the cases. ``asked`` letters are no breach: they wait for a person."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    moved_twice: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        return {name: len(cases) for name, cases in vars(self).items() if name != "asked"}

    @property
    def is_clean(self) -> bool:
        return not any(self.counts().values())

    def __str__(self) -> str:
        cases = {name: getattr(self, name)[:5] for name, count in self.counts().items() if count}
        return f"{self.counts()}, {len(self.asked)} asked: {cases}"


def check(events: Iterable[Body], vendors: Mapping[str, Held], deliveries: Iterable[Delivery]) -> Findings:
    """What is broken. ``events`` are all that the shop told and ``vendors`` maps each kind to the orders it holds."""
    found = Findings()
    by_order: dict[str, list[Body]] = defaultdict(list)
    for event in events:
        by_order[event["subject"]].append(event)
    ledger = _by_name(found, deliveries)
    for kind, orders in vendors.items():
        held: dict[str, Held] = defaultdict(list)
        for order in orders:
            held[str(order["key"])].append(order)
        for number, of_order in by_order.items():
            _Case(found, kind, number, of_order, held[number], ledger).check()
    return found


def is_askable(delivery: Delivery) -> bool:
    """Whether a dead letter may be there: of what nobody can tell, with the evidence."""
    return (
        delivery.state is State.DEAD
        and (delivery.kind, delivery.event_type) in CANNOT_TELL
        and delivery.reason == "unknown"
        and delivery.last_attempt is not None
        and "back office" in delivery.last_attempt.message
    )


def _by_name(found: Findings, deliveries: Iterable[Delivery]) -> dict[tuple[str, str], Delivery]:
    """Each delivery by event and kind. One that is there twice, or stands where none may, is unfinished."""
    ledger: dict[tuple[str, str], Delivery] = {}
    listed = list(deliveries)
    found.asked = {delivery.id for delivery in listed if is_askable(delivery)}
    for delivery in listed:
        name = f"{delivery.kind} {delivery.event_id}"
        if (delivery.event_id, delivery.kind) in ledger:
            found.unfinished.append(f"{name} is in the ledger twice")
        ledger[delivery.event_id, delivery.kind] = delivery
        if not _is_ended(delivery, found.asked):
            found.unfinished.append(f"{name} is {delivery.state} ({delivery.reason})")
    return ledger


def _is_ended(delivery: Delivery, asked: set[str]) -> bool:
    if delivery.state in (State.DELIVERED, State.DISCARDED):
        return True
    if delivery.state is State.SUPERSEDED:
        return delivery.event_type in SNAPSHOTS
    if delivery.state is State.SKIPPED:
        return (delivery.kind, delivery.event_type) not in DEEDS and not (
            delivery.event_type in SNAPSHOTS and delivery.kind not in CANNOT_UPDATE
        )
    return delivery.id in asked or delivery.waiting_behind in asked


@dataclass(frozen=True)
class _Case:
    """One order at one vendor."""

    found: Findings
    kind: str
    number: str
    events: list[Body]
    held: Held
    ledger: Mapping[tuple[str, str], Delivery]

    def check(self) -> None:
        self._is_known()
        self._is_held_once()
        for order in self.held:
            self._is_in_order(order)
        for what in {event["type"] for event in self.events} - SNAPSHOTS:
            self._is_done_once(what)

    def _is_known(self) -> None:
        for event in self.events:
            if (event["id"], self.kind) not in self.ledger:
                self.found.lost.append(f"{self.kind} {event['id']} is not in the ledger")

    def _is_held_once(self) -> None:
        snapshots = [event for event in self.events if event["type"] in SNAPSHOTS]
        reached = [event for event in snapshots if self._state(event) is not State.PENDING]
        if reached and not self.held:
            self.found.lost.append(f"{self.kind} has no {self.number}")
        if len(self.held) > 1:
            self.found.doubled.append(f"{self.kind} has {self.number} {len(self.held)} times")
        if not self.held or not reached or self.kind in CANNOT_UPDATE:
            return
        ended_at = Decimal(str(self.held[-1]["saves"][-1][1]))
        if ended_at != grand(reached[-1]):
            self.found.lost.append(f"{self.kind} {self.number} ended at {ended_at}, not {grand(reached[-1])}")

    def _is_in_order(self, order: dict[str, Any]) -> None:
        totals = [Decimal(str(save[1])) for save in order["saves"]]
        if totals != sorted(totals):
            self.found.out_of_order.append(f"{self.kind} {self.number}: {totals}")
        newest, totals_at = None, AFTER.get(self.kind)
        for event in self.events:
            if event["type"] in SNAPSHOTS:
                newest = grand(event)
                continue
            for after in totals_at(order, event) if totals_at else []:
                if after != newest:
                    self.found.out_of_order.append(f"{self.kind} {event['id']} came after {after}, not {newest}")

    def _is_done_once(self, what: str) -> None:
        events = [event for event in self.events if event["type"] == what]
        if (self.kind, what) not in DEEDS:
            return
        done = sum(times_done(self.kind, order, events[0]) for order in self.held)
        states = Counter(self._state(event) for event in events)
        if done > len(events):
            into = self.found.moved_twice if (self.kind, what) in MOVING else self.found.doubled
            into.append(f"{self.kind} {self.number} {what} {done} times, told {len(events)} times")
        if done < states[State.DELIVERED] + states[State.DISCARDED]:
            self.found.lost.append(f"{self.kind} {self.number} {what} {done} times, delivered {events[0]['id']}")

    def _state(self, event: Body) -> State | None:
        delivery = self.ledger.get((event["id"], self.kind))
        return delivery.state if delivery else None
