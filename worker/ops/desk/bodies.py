"""What was accepted or refused, whole, for a person who is about to correct it. Who looked goes on record."""

from __future__ import annotations

import json
from dataclasses import dataclass

from schemas.event import Event, event_document
from schemas.principal import Principal
from worker.ledger.audit import Audit
from worker.ledger.queries.deliveries import Deliveries
from worker.ledger.queries.events import Events, KeptEvent
from worker.ledger.queries.refusals import Refusals
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, BadRequest, NotKept
from worker.ops.desk.ids import DELIVERY_ID, refusal_seq, whole_id
from worker.ops.desk.not_found import why_unknown


@dataclass(frozen=True, slots=True)
class Body:
    """An event as JSON, or a refused body as it was sent. ``edited`` names the providers that were sent an edited one
    in its place."""

    text: bytes
    edited: tuple[str, ...] = ()


class Bodies:
    """Bodies for people. Raises ``StoreUnreachable``, and ``StoreFull`` where the look cannot be put on record."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.deliveries, self.events = Deliveries(store), Events(store)
        self.refusals = Refusals(store)

    def of(self, named: str, *, source: str | None, by: Principal, is_edited: bool = False) -> Body:
        """The body of an event by its own id, by the id of a delivery or the beginning of one, or by a refusal's id.
        ``is_edited``: what a replay sent in its place last, at the provider of the delivery that is named.

        Raises ``NotKept`` where nothing of that id is kept, ``BadRequest`` where several sources sent one.
        """
        found = self._of_refusal(named) or self._of_delivery(named, is_edited) or self._of_event(named, source)
        if found is None:
            message = f"There is no event, delivery or refusal {named}: its days may be over."
            raise why_unknown(self.store, named) or NotKept(message, Advice.NOT_KEPT, field="id", named=named)
        Audit(self.store).note("read", f"event {named}", why="", by=by)
        return found

    def _of_refusal(self, named: str) -> Body | None:
        seq = refusal_seq(named)
        kept = None if seq is None else self.refusals.find(seq)
        if kept is not None and kept.is_erased:
            raise NotKept(f"What was sent as {named} has been erased with its customer.", field="id")
        return None if kept is None else Body(kept.body)

    def _of_delivery(self, named: str, is_edited: bool) -> Body | None:
        written = whole_id(self.deliveries, named)
        [found] = self.deliveries.find([written]) if DELIVERY_ID.fullmatch(written) else [None]
        if found is None:
            return None
        kept = self.events.kept(found.event.source, found.event.id) or KeptEvent(found.event, {})
        edit = kept.edits.get(found.place.provider)
        if is_edited and edit is None:
            raise NotKept(f"No replay of {named} was edited.", Advice.NOT_EDITED, field="edited", named=named)
        return Body(_text(edit if is_edited and edit else kept.event), tuple(kept.edits))

    def _of_event(self, named: str, source: str | None) -> Body | None:
        sources = [source] if source else self.events.sources()
        found = {one: kept for one in sources if (kept := self.events.kept(one, named))}
        if len(found) > 1:
            known = ", ".join(found)
            message = f"Event {named} came from {known}: say which."
            raise BadRequest(message, Advice.EVENT_SOURCE, field="source", named=named, known=known)
        return next((Body(_text(kept.event), tuple(kept.edits)) for kept in found.values()), None)


def _text(event: Event) -> bytes:
    return json.dumps(event_document(event), ensure_ascii=False, indent=2).encode()
