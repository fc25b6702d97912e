"""What would become of a delivery if it were attempted now: read from the ledger, rendered by its adapter, not sent."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from schemas.delivery import SentRequest
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind
from schemas.rehearsal import BodyLine, Foretold, Rehearsal, RehearsedCall
from worker.errors import OrdercastError
from worker.ledger.adapter_cache import AdapterCache
from worker.ledger.ownership import Ownership
from worker.ledger.queries.next_attempts import NextAttempt, NextAttempts
from worker.ledger.store.client import Store
from worker.policy.plan import shares_keys
from worker.providers import make_provider
from worker.providers.base import Operation, Provider
from worker.providers.body_lines import body_lines, changes
from worker.providers.memory import ProcessMemory
from worker.providers.preparing import prepared
from worker.providers.rehearsing import RehearsalMemory, RehearsedOperation, rehearsed

ENDS = {
    OutcomeKind.ACCEPTED: Foretold.WOULD_BE_SKIPPED,
    OutcomeKind.UNSUPPORTED: Foretold.WOULD_BE_SKIPPED,
    OutcomeKind.REJECTED: Foretold.WOULD_BE_REFUSED,
}
LOOKS_FIRST = "It is in doubt: before anything is sent, it is looked up whether it has been done."
ASKS_FIRST = "It is in doubt, and nobody but a person can tell whether it was done: nothing is sent unless forced."
OTHER_CALL = "The last attempt made another call ({step}), so the two are not compared."
NOTHING_KEPT = "Nothing is kept of what was sent before."
CUT = "Of what was sent before only the beginning is kept, so the two are not compared."
WAITS = "What is sent depends on the vendor's answer to {step}, which was not asked."


class NoAccount(OrdercastError):
    """The provider cannot be worked by this configuration."""

    reason = "config"
    exit_code = 78


class Rehearser:
    """Rehearses deliveries with the accounts as they are configured now. Raises ``StoreUnreachable``."""

    def __init__(self, store: Store, providers: Mapping[str, Provider]) -> None:
        self.store = store
        self.providers = providers
        self.attempts = NextAttempts(store)
        self.ownership = Ownership(store)

    def of(self, delivery_id: str, edited: Event | None = None) -> Rehearsal | None:
        """What would become of it now, of ``edited`` in its place where that is given; ``None`` for an id that the
        ledger does not know. Raises ``NoAccount``."""
        found = self.attempts.of(delivery_id)
        return None if found is None else self.rehearsal(found, edited)

    def rehearsal(self, found: NextAttempt, edited: Event | None = None) -> Rehearsal:
        """The same of one that was found. Raises ``NoAccount``."""
        provider = self._provider(found.delivery.provider)
        event = edited or found.event
        _, operation = prepared(
            provider,
            event,
            edit=found.edit + (edited is not None),
            link=found.link,
            known_order=found.known_order,
            owner=self._owner(provider, event),
        )
        told = rehearsed(provider, operation, event.data.order or found.known_order)
        return _made(found, told, _notes(found, operation, told))

    def _provider(self, name: str) -> Provider:
        """The account with a memory that no worker sees."""
        provider = self.providers.get(name)
        if provider is None:
            message = f"Provider {name} is not configured here, or cannot be worked: see `ordercast check`."
            raise NoAccount(message)
        own = ProcessMemory()
        return make_provider(provider.config, RehearsalMemory(AdapterCache(self.store, own), own))

    def _owner(self, provider: Provider, event: Event) -> str:
        if not shares_keys(provider.config, sends_key=provider.sends_key):
            return event.source
        return self.ownership.present_owner(provider.config.name, event)


def _notes(found: NextAttempt, operation: Operation, told: RehearsedOperation) -> list[str]:
    notes = list(told.assumed)
    if found.delivery.in_doubt and operation.on_unknown != "resend":
        notes.insert(0, ASKS_FIRST if operation.on_unknown == "ask" else LOOKS_FIRST)
    return notes


def _made(found: NextAttempt, told: RehearsedOperation, notes: list[str]) -> Rehearsal:
    delivery = found.delivery
    made = Rehearsal(
        id=delivery.id,
        provider=delivery.provider,
        kind=delivery.kind,
        result=Foretold.DEPENDS,
        reads=told.reads,
        notes=tuple(notes),
    )
    if told.request is not None:
        sent = told.request.sent
        call = RehearsedCall(sent.method, sent.step, told.request.path)
        return _compared(replace(made, call=call), sent, found.sent[-1] if found.sent else None)
    if told.outcome is not None:
        return _ended(made, told.outcome)
    return replace(made, message=WAITS.format(step=told.waits_for))


def _ended(made: Rehearsal, outcome: Outcome) -> Rehearsal:
    result = ENDS.get(outcome.kind, Foretold.WOULD_FAIL)
    return replace(made, result=result, reason=outcome.reason.value, message=outcome.message)


def _compared(made: Rehearsal, sent: SentRequest, before: SentRequest | None) -> Rehearsal:
    lines = body_lines(sent)
    made = replace(made, body=tuple(BodyLine(path, value) for path, value in lines.items()))
    why_not = _why_not_compared(sent, before)
    if why_not is not None or before is None:
        return replace(made, result=Foretold.WOULD_BE_SENT, notes=(*made.notes, why_not or NOTHING_KEPT))
    is_same = sent.digest == before.digest
    found = [] if is_same else changes(body_lines(before), lines)
    return replace(made, result=Foretold.CHANGED if found else Foretold.SAME, changes=tuple(found))


def _why_not_compared(sent: SentRequest, before: SentRequest | None) -> str | None:
    if before is None:
        return NOTHING_KEPT
    if (before.step, before.method) != (sent.step, sent.method):
        return OTHER_CALL.format(step=before.step)
    return CUT if before.is_cut and sent.digest != before.digest else None
