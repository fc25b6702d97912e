"""Rehearsals for people: of a delivery as it is, and of an edit before it is sent. Who looked goes on record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import msgspec

from schemas.event import event_document
from schemas.fault import EventFault
from schemas.principal import Principal
from schemas.rehearsal import Rehearsal
from worker.jobs.rehearsing import Rehearser
from worker.ledger.audit import Audit
from worker.ledger.queries.next_attempts import NextAttempt
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, BadRequest, NotKept
from worker.ops.desk.correction import Correction
from worker.ops.desk.differences import difference
from worker.ops.desk.ids import refusal_seq, whole_id
from worker.ops.desk.not_found import why_unknown
from worker.providers.base import Provider


class EditPreview(msgspec.Struct, frozen=True, kw_only=True):
    """An edit before it is sent. ``faults`` say what is not valid in it, ``refusal`` why it is no edit of this event;
    where both are empty it can be sent, and ``rehearsal`` says what comes of it. ``changes`` are the lines that differ
    from the event as it was accepted, as in a unified diff. All of it names the customer."""

    id: str
    faults: tuple[EventFault, ...] = ()
    refusal: str = ""
    changes: tuple[str, ...] = ()
    rehearsal: Rehearsal | None = None


class RehearsalDesk:
    """Raises ``StoreUnreachable``, and ``StoreFull`` where the look cannot be put on record; ``NotKept`` for an id that
    nobody knows, ``BadRequest`` for one of a refusal, ``NoAccount`` where the provider cannot be worked here."""

    def __init__(self, store: Store, correcting: Correction, providers: Callable[[], Mapping[str, Provider]]) -> None:
        self.store = store
        self.correcting = correcting
        self.providers = providers

    def rehearse(self, named: str, edited: bytes | None = None, *, by: Principal) -> Rehearsal:
        """What would become of a delivery if it were attempted now, with ``edited`` in its event's place where that is
        given. Nothing is sent, and no vendor is asked. Raises ``BadRequest`` for an edit that is none."""
        rehearser, found = self._found(named, by)
        event = None if edited is None else self.correcting.edit_of(found.delivery.id, edited)
        if isinstance(event, str):
            raise BadRequest(event, field="edited")
        return rehearser.rehearsal(found, event)

    def edit_preview(self, named: str, text: bytes, *, by: Principal) -> EditPreview:
        """What an edit of a delivery's event would change, and what would become of it."""
        rehearser, found = self._found(named, by)
        before = json.dumps(event_document(found.accepted)).encode()
        shown = EditPreview(id=found.delivery.id, changes=tuple(difference(before, text)))
        if faults := self.correcting.faults(text):
            return msgspec.structs.replace(shown, faults=tuple(faults))
        event = self.correcting.edit_of(found.delivery.id, text)
        if isinstance(event, str):
            return msgspec.structs.replace(shown, refusal=event)
        return msgspec.structs.replace(shown, rehearsal=rehearser.rehearsal(found, event))

    def _found(self, named: str, by: Principal) -> tuple[Rehearser, NextAttempt]:
        if refusal_seq(named) is not None:
            raise BadRequest(f"{named} is a refusal: it has no delivery to rehearse.", field="id")
        rehearser = Rehearser(self.store, self.providers())
        found = rehearser.attempts.of(whole_id(rehearser.attempts.deliveries, named))
        if found is None:
            message = f"The ledger knows no delivery {named}."
            raise why_unknown(self.store, named) or NotKept(message, Advice.NOT_KEPT, field="id", named=named)
        Audit(self.store).note("read", f"rehearsal {found.delivery.id}", why="", by=by)
        return rehearser, found
