"""A corrected event instead of the original: for one delivery, or for a refusal that is accepted after all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from schemas.act import act_of
from schemas.config import Config
from schemas.event import Event, event_digest
from schemas.fault import EventFault, InvalidEvent
from schemas.loading import read_event
from worker.clock import utc_now
from worker.ledger.intake import Arrival, open_intake
from worker.ledger.queries.dead_letters import DECLINED, DeadLetters
from worker.ledger.queries.next_attempts import NextAttempts
from worker.ledger.queries.refusals import KeptRefusal, Refusals
from worker.ledger.store.client import Store

SAME = ("id", "source", "subject")
GONE = "There is no such refusal any more."
ERASED = "What was sent has been erased with its customer: it cannot be accepted any more."
TAKEN = "It was corrected before, as event {}; enqueue this one as a new event."
TOLD_BEFORE = "Event {} told of the same refund or invoice before: it is not done again."
UNCHANGED = "Nothing was changed: it says what would be sent without it. To send that again, replay it without an edit."
OTHER_ACT = "Its {} is {}, not {}: that names what is done. To do another thing, discard this and enqueue a new event."


class Correction:
    """Reads corrected events by the same schemas as all others. Raises ``StoreUnreachable`` and ``StoreFull``."""

    def __init__(self, store: Store, config: Config, call: Callable[[Iterable[str]], object]) -> None:
        self.limits = config.limits
        self.call = call
        self.letters = DeadLetters(store)
        self.attempts = NextAttempts(store)
        self.refusals = Refusals(store)
        self.intake = open_intake(store, config)

    def edit_of(self, delivery_id: str, body: bytes) -> Event | str:
        """The corrected event for a delivery, or why it is none: another event, another sort of event, or invalid."""
        original = self.letters.event_of(delivery_id)
        edited = self.read(body)
        if original is None:
            return DECLINED["not_found"]
        if isinstance(edited, str):
            return edited
        told = {name: getattr(original, name) for name in SAME}
        if other := _other(edited, told):
            return other
        if edited.is_snapshot != original.is_snapshot:
            return f"The type cannot change from {original.type} to {edited.type}: enqueue a new event."
        return _other_act(edited, original) or edited

    def change_of(self, delivery_id: str, body: bytes) -> Event | str:
        """As ``edit_of``; why it is none also of an edit that says what would be sent without it."""
        edited = self.edit_of(delivery_id, body)
        if not isinstance(edited, str) and (found := self.attempts.of(delivery_id)) and found.event == edited:
            return UNCHANGED
        return edited

    def accept(self, seq: int, body: bytes | None) -> tuple[str, str]:
        """Accept a refused event under the number of its arrival: its result and message. ``body`` is the corrected
        one; without it the refused one is tried as it is, for limits may have changed."""
        event = self.acceptable(seq, body)
        return event if isinstance(event, tuple) else self._accept(event, seq)

    def acceptable(self, seq: int, body: bytes | None) -> Event | tuple[str, str]:
        """The event that ``accept`` would accept; or, of one that is none, the result and message of that."""
        kept = self.refusals.find(seq)
        if kept is None:
            return "not_found", GONE
        if kept.is_erased:
            return "refused", ERASED
        event = self.read(kept.body if body is None else body)
        if isinstance(event, str):
            return "refused", event
        taken = self.refusals.event_id_at(seq)
        if taken not in (None, event.id):
            return "refused", TAKEN.format(taken)
        if other := _other(event, _told(kept)):
            return "refused", other
        return event

    def _accept(self, event: Event, seq: int) -> tuple[str, str]:
        [receipt], calls = self.intake.accept([Arrival(event, event_digest(event), seq)])
        self.call(sorted(calls))
        if receipt.status == "refused":
            return "refused", " ".join(error["message"] for error in receipt.errors)
        self.refusals.forget(seq)
        if receipt.duplicate_of:
            return "replayed", TOLD_BEFORE.format(receipt.duplicate_of)
        return "replayed", "It had been accepted before." if receipt.status == "duplicate" else ""

    def faults(self, body: bytes) -> list[EventFault]:
        """All that is not valid in an edited event, each with its dotted path."""
        try:
            self._event(body)
        except InvalidEvent as fault:
            return fault.errors
        return []

    def read(self, body: bytes) -> Event | str:
        """The event, or the sentence that says why it is none."""
        try:
            return self._event(body)
        except InvalidEvent as fault:
            return f"The event is not valid: {fault}"

    def _event(self, body: bytes) -> Event:
        limits = self.limits
        return read_event(body, limit_bytes=limits.body_bytes, totals=limits.totals, now=utc_now())


def _told(kept: KeptRefusal) -> dict[str, str]:
    """What a refused body said of its identity, without what was at fault: that may be corrected."""
    try:
        body = msgspec.json.decode(kept.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        body = None
    told = {"id": kept.shown.event_id, "source": kept.shown.source}
    told["subject"] = body.get("subject") if isinstance(body, dict) else None
    at_fault = {fault.path for fault in kept.shown.errors}
    return {name: text for name, text in told.items() if isinstance(text, str) and name not in at_fault}


def _other(event: Event, told: dict[str, str]) -> str | None:
    """The sentence that refuses an event of another identity."""
    for name, text in told.items():
        if getattr(event, name) != text:
            return f"Its {name} is {getattr(event, name)!r}, not {text!r}: a correction keeps {', '.join(SAME)}."
    return None


def _other_act(edited: Event, original: Event) -> str | None:
    """The sentence that refuses an edit by which the event does what another event may tell of."""
    new, old = act_of(edited), act_of(original)
    if (new and new.name) == (old and old.name):
        return None
    [path, *_] = [act.path for act in (old, new) if act]
    return OTHER_ACT.format(path, *(act.shown if act else "absent" for act in (new, old)))
