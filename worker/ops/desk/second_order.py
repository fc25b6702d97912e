"""An edited order as a new event: a deliberate second order, where a replay would send the first one again.

It has an id of its own, so that no provider takes it for a repetition of what it was sent before, and it goes to every
provider that wants such an event. What comes of it depends on its number: under another number it is another order
everywhere; under the same one most vendors edit the order that they have (``Provider.said_twice``).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import msgspec

from schemas.event import Event, event_digest
from schemas.principal import Principal
from worker.ledger.audit import Audit
from worker.ledger.intake import Arrival
from worker.ledger.provider_rows import read_table
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.correction import Correction
from worker.providers import adapter

SECOND_OF = "secondof"
"""The attribute in which a second order names the event that it was made of."""
ID_CHARS = 100
NO_ORDER = "Only an order can go a second time: an action is done once. Enqueue a new event for another one."
OTHER_SOURCE = "Its source is {!r}, not {!r}: a second order comes from the same source."
SAME_NUMBER = "It keeps number {number}, so that it is the same order to most vendors."


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """What would be accepted. ``warnings`` say what each provider that gets it makes of its number."""

    delivery_id: str
    first: Event
    event: Event
    providers: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def digest(self) -> str:
        """16 hex digits of what is told of it: whoever confirms it gives them back, so that nothing else is done."""
        told = (self.event.id, event_digest(self.event), *self.providers, *self.warnings)
        return sha256("\0".join(told).encode()).hexdigest()[:16]


class SecondOrders:
    """Raises ``StoreUnreachable`` and ``StoreFull``."""

    def __init__(self, store: Store, correcting: Correction) -> None:
        self.store = store
        self.correcting = correcting

    def plan(self, delivery_id: str, body: bytes) -> SecondOrder:
        """The second order that an edit of a delivery's event makes. Nothing is done yet. Raises ``BadRequest`` for a
        text that makes none."""
        first = self.correcting.letters.event_of(delivery_id)
        edited = self.correcting.read(body)
        if first is None:
            raise BadRequest(f"The ledger knows no delivery {delivery_id}.", field="id")
        if isinstance(edited, str):
            raise BadRequest(edited, field="edited")
        if not (first.is_snapshot and edited.is_snapshot):
            raise BadRequest(NO_ORDER, field="edited")
        if edited.source != first.source:
            raise BadRequest(OTHER_SOURCE.format(edited.source, first.source), field="edited")
        event = _second(edited, first)
        rows = [row for row in read_table(self.store).rows if row.wants(event)]
        warnings = self._warnings(event, first, [(row.name, row.kind) for row in rows])
        return SecondOrder(delivery_id, first, event, tuple(row.name for row in rows), tuple(warnings))

    def accept(self, second: SecondOrder, *, by: Principal, why: str) -> str:
        """Put it on record and accept it; the id of the new event. The same edit is accepted once, however often it is
        asked for. Raises ``BadRequest`` where it is refused, or no reason is given."""
        if not why.strip():
            raise BadRequest(
                "Say why: a second order goes on record.", Advice.SAY_WHY, field="why", deed="second order"
            )
        event, first = second.event, second.first
        of = f"{first.source} {first.subject}: event {first.id}, delivery {second.delivery_id}"
        what = f"1: event {event.id} of {event.source} {event.subject}: second order of {of}"
        Audit(self.store).note("enqueue", what, why=why, by=by)
        [receipt], calls = self.correcting.intake.accept([Arrival(event, event_digest(event))])
        self.correcting.call(sorted(calls))
        if receipt.status == "refused":
            raise BadRequest(" ".join(error["message"] for error in receipt.errors), field="edited")
        return event.id

    @staticmethod
    def _warnings(event: Event, first: Event, wanting: list[tuple[str, str]]) -> list[str]:
        if not wanting:
            return ["No provider wants it: it would be kept, and delivered to nobody."]
        if event.subject != first.subject:
            return []
        said = [f"{name}: {adapter(kind).said_twice}" for name, kind in wanting]
        return [SAME_NUMBER.format(number=event.subject), *said]


def _second(edited: Event, first: Event) -> Event:
    """The edit under an id of its own: the one that a person gave it, else one that is the same for the same edit."""
    number = sha256(f"{first.id}\0{edited.subject}\0{event_digest(edited)}".encode()).hexdigest()[:8]
    own_id = edited.id if edited.id != first.id else f"{first.id[:ID_CHARS]}-second-{number}"
    extensions = {**edited.extensions, SECOND_OF: first.id}
    return msgspec.structs.replace(edited, id=own_id, extensions=extensions)
