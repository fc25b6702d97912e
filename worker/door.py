"""The door every event comes through: validate, accept or refuse, and call runners.

Fails shut: when it raises, the caller still has the events, and may bring all of them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from schemas.config import LimitsConfig
from schemas.event import event_digest
from schemas.fault import EventFault, InvalidEvent
from schemas.loading import read_decoded, read_event
from schemas.outcome import Reason
from worker.clock import utc_now
from worker.ledger.intake import Arrival, Intake, Reader, Receipt

Raw = bytes | object
KEPT_BODY_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Door:
    """Lets events in. ``call`` is told which providers want a runner, each as often as it wants one. ``alarm`` is told
    of each refusal, as ``alerts.event_refused`` is: where nobody else shows them to a person."""

    intake: Intake
    limits: LimitsConfig
    call: Callable[[Iterable[str]], object]
    alarm: Callable[[int, str, str, Reason, Sequence[EventFault]], object] = lambda *_: None

    def admit(self, raws: Sequence[Raw], reader: Reader | None = None) -> list[Receipt]:
        """A receipt for each raw event, in order: bytes of JSON, or a value already decoded.

        Raises ``StoreFull``, ``NoProviders``, ``StoreUnreachable`` and ``LeaseLost`` (see ``Intake.accept``); a repeat
        of all is safe.
        """
        read = [self._read(raw) for raw in raws]
        receipts, calls = self.intake.accept([one for one in read if isinstance(one, Arrival)], reader)
        self.call(calls)
        accepted = iter(receipts)
        return [
            self._kept(next(accepted), raw, one.event.source, reader)
            if isinstance(one, Arrival)
            else self._refuse(raw, one, reader)
            for raw, one in zip(raws, read, strict=True)
        ]

    def refuse(self, raw: Raw, fault: InvalidEvent, reader: Reader | None = None) -> Receipt:
        """Keep what cannot be an event at all, with why."""
        return self._refuse(raw, fault, reader)

    def _read(self, raw: Raw) -> Arrival | InvalidEvent:
        limits, now = self.limits, utc_now()
        try:
            if isinstance(raw, bytes):
                event = read_event(raw, limit_bytes=limits.body_bytes, totals=limits.totals, now=now)
            else:
                event = read_decoded(raw, limit_bytes=limits.body_bytes, totals=limits.totals, now=now)
        except InvalidEvent as fault:
            return fault
        return Arrival(event, event_digest(event))

    def _kept(self, receipt: Receipt, raw: Raw, source: str, reader: Reader | None) -> Receipt:
        """A receipt as it is, with the refusal of a reused id kept like any other."""
        if receipt.status == "refused":
            faults = [EventFault(**error) for error in receipt.errors]
            fault = InvalidEvent(faults, receipt.reason or Reason.ID_REUSED)
            self._keep(raw, fault, (source, receipt.event_id or ""), reader)
        return receipt

    def _refuse(self, raw: Raw, fault: InvalidEvent, reader: Reader | None) -> Receipt:
        source, event_id = _named(raw)
        self._keep(raw, fault, (source, event_id), reader)
        errors = [msgspec.to_builtins(error) for error in fault.errors]
        return Receipt(event_id or None, "refused", [], errors, fault.reason)

    def _keep(self, raw: Raw, fault: InvalidEvent, named: tuple[str, str], reader: Reader | None) -> None:
        source, event_id = named
        why, faults = fault.reason, fault.errors
        number = self.intake.refuse(_bytes(raw), why, faults, source=source, event_id=event_id, reader=reader)
        self.alarm(number, source, event_id, why, faults)


def _bytes(raw: Raw) -> bytes:
    """What is kept of a refused body: all of it, but for what is too large to be an event by far."""
    body = raw if isinstance(raw, bytes) else msgspec.json.encode(raw)
    return body[:KEPT_BODY_BYTES]


def _named(raw: Raw) -> tuple[str, str]:
    """Source and id as far as a refused body tells them."""
    try:
        value = msgspec.json.decode(raw) if isinstance(raw, bytes) else raw
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "", ""
    if not isinstance(value, dict):
        return "", ""
    source, event_id = value.get("source"), value.get("id")
    return (source if isinstance(source, str) else "")[:128], (event_id if isinstance(event_id, str) else "")[:128]
