"""The admission that every event goes through: validate, accept or refuse, and call runners.

Fails shut: when it raises, the caller still has the events, and may bring all of them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import tzinfo

import msgspec

from schemas.config import Config, LimitsConfig
from schemas.event import Event, event_digest
from schemas.fault import EventFault, InvalidEvent
from schemas.loading import Rules, read_decoded, read_event
from schemas.outcome import Reason
from worker.clock import utc_now
from worker.errors import OrdercastError
from worker.intake.claimed import Claimed, Gist, claimed_by
from worker.ledger.intake import Arrival, Intake, Reader, Receipt
from worker.ledger.remarks import Remarks

Raw = bytes | object
Alarm = Callable[[int, str, str, Reason, Sequence[EventFault]], object]
KEPT_BODY_BYTES = 1_048_576


def _tell_nobody(*_: object) -> None:
    """Where a person is shown each refusal anyway."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets events in. ``call`` is told which providers want a runner, each as often as it wants one. ``zones`` are the
    time zones of sources whose instants have none. ``alarm`` is told of each refusal, as ``alerts.event_refused`` is:
    where nobody else shows them to a person."""

    intake: Intake
    limits: LimitsConfig
    call: Callable[[Iterable[str]], object]
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    alarm: Alarm = _tell_nobody

    def admit(self, raws: Sequence[Raw], reader: Reader | None = None) -> list[Receipt]:
        """A receipt for each raw event, in order: bytes of JSON, or a value already decoded.

        Raises ``StoreFull``, ``NoProviders``, ``StoreUnreachable`` and ``LeaseLost`` (see ``Intake.accept``); a repeat
        of all is safe.
        """
        read = [self._read(raw) for raw in raws]
        receipts, calls = self.intake.accept([one for one in read if isinstance(one, Arrival)], reader)
        self.call(calls)
        self._count_remarks(read, receipts)
        accepted = iter(receipts)
        return [
            self._kept(next(accepted), raw, one.event, reader)
            if isinstance(one, Arrival)
            else self._refuse(raw, one, reader)
            for raw, one in zip(raws, read, strict=True)
        ]

    def refuse(self, raw: bytes, fault: InvalidEvent, gist: Gist, reader: Reader | None = None) -> Receipt:
        """Keep a message that is no call at all, with why. Its receipt names no event: nobody read one."""
        self._keep(raw, fault, gist, reader)
        return _refusal(None, fault)

    def _read(self, raw: Raw) -> Arrival | InvalidEvent:
        limits = self.limits
        rules = Rules(totals=limits.totals, strict=limits.strict, zones=self.zones)
        try:
            if isinstance(raw, bytes):
                event = read_event(raw, limit_bytes=limits.body_bytes, now=utc_now(), **rules)
            else:
                event = read_decoded(raw, limit_bytes=limits.body_bytes, now=utc_now(), **rules)
        except InvalidEvent as fault:
            return fault
        return Arrival(event, event_digest(event))

    def _count_remarks(self, read: Sequence[Arrival | InvalidEvent], receipts: Sequence[Receipt]) -> None:
        """A count is lost rather than the answer: the events are in."""
        admitted = zip((one.event for one in read if isinstance(one, Arrival)), receipts, strict=True)
        fresh = [event for event, receipt in admitted if event.remarks and receipt.status == "accepted"]
        if fresh:
            with suppress(OrdercastError):
                Remarks(self.intake.shards.first).count(fresh)

    def _kept(self, receipt: Receipt, raw: Raw, event: Event, reader: Reader | None) -> Receipt:
        """A receipt as it is, with the refusal of a reused id kept like any other."""
        if receipt.status == "refused":
            claimed = Claimed(event.source, receipt.event_id or "", event.subject)
            faults = [EventFault(**error) for error in receipt.errors]
            self._keep(raw, InvalidEvent(faults, receipt.reason or Reason.ID_REUSED), Gist(claimed=claimed), reader)
        return receipt

    def _refuse(self, raw: Raw, fault: InvalidEvent, reader: Reader | None) -> Receipt:
        claimed = claimed_by(_decoded(raw))
        self._keep(raw, fault, Gist(claimed=claimed), reader)
        return _refusal(claimed.event_id or None, fault)

    def _keep(self, raw: Raw, fault: InvalidEvent, gist: Gist, reader: Reader | None) -> None:
        told = gist.claimed
        number = self.intake.refuse(
            _bytes(raw),
            fault.reason,
            fault.errors,
            source=told.source,
            event_id=told.event_id,
            order=told.order,
            task_id=gist.task_id,
            headers=gist.headers,
            reader=reader,
        )
        self.alarm(number, told.source, told.event_id, fault.reason, fault.errors)


def open_admission(
    intake: Intake, config: Config, call: Callable[[Iterable[str]], object], alarm: Alarm = _tell_nobody
) -> Admission:
    """The admission of a configuration: by its limits, and the time zones of its sources."""
    return Admission(intake, config.limits, call, config.zones, alarm)


def _refusal(event_id: str | None, fault: InvalidEvent) -> Receipt:
    return Receipt(event_id, "refused", [], [msgspec.to_builtins(error) for error in fault.errors], fault.reason)


def _bytes(raw: Raw) -> bytes:
    """What is kept of a refused body: all of it, but for what is too large to be an event by far."""
    try:
        body = raw if isinstance(raw, bytes) else msgspec.json.encode(raw)
    except UnicodeEncodeError:  # half characters, which only an escape can write
        body = json.dumps(raw, separators=(",", ":"), default=str).encode()
    return body[:KEPT_BODY_BYTES]


def _decoded(raw: Raw) -> object:
    """A refused body as far as it can be read."""
    try:
        return msgspec.json.decode(raw) if isinstance(raw, bytes) else raw
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
