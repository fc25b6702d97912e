"""Why nothing is found under an id, where more is known of it than that."""

from __future__ import annotations

from worker.ledger.audit import Audit
from worker.ledger.queries.refusals import Refusals
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, NotKept
from worker.ops.desk.ids import TOO_SHORT, refusal_seq


def why_unknown(store: Store, named: str) -> NotKept | None:
    """What there is to say of an id under which nothing is kept: it is cut too short, or a refusal that was accepted
    since. ``None`` where nothing is known of it. Raises ``StoreUnreachable``."""
    if TOO_SHORT.fullmatch(named):
        message = f"{named} is too short: give more characters of the id."
        return NotKept(message, Advice.ID_TOO_SHORT, field="id", named=named)
    seq = refusal_seq(named)
    event_id = None if seq is None else Refusals(store).event_id_at(seq)
    if event_id is None:
        return None
    for deed in Audit(store).deeds():
        if deed.verb == "replay" and named in deed.what.split():
            return NotKept(f"{named} was accepted by {deed.who} at {deed.at} as event {event_id}.", field="id")
    return None
