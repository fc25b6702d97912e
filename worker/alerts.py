"""The log lines that call a person, all at WARNING: what happened, why, and in ``advice`` what to do about it.

No line carries an order's body, a secret or a customer; ``message`` is a provider's answer, scrubbed. All of them are
listed in ``docs/alerts.md``. A flood of one cause is a few lines a minute and then their number.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from schemas.bulk_job import BulkJob
from schemas.fault import EventFault
from schemas.gate import GateNews
from schemas.outcome import Reason
from schemas.shortened import shortened
from worker.clock import Clock, uptime_s
from worker.log import get as get_logger

MOST_OF_A_CAUSE, MOST_OF_AN_EVENT, SPAN_S = 5, 60, 60.0

log = get_logger("ordercast.alerts")


@dataclass
class _Cause:
    """Lines of one cause in its present minute: how many were printed, how many not, and the last of those."""

    begun_s: float
    printed: int = 0
    left_out: int = 0
    last: Mapping[str, Any] = field(default_factory=dict)


class Repeats:
    """Prints the same thing five times a minute at most, and sixty lines of any one event; the rest is counted, and
    told in one line with ``more`` when the minute is over. What is left out is in the log at INFO. Safe for many
    threads."""

    def __init__(self, clock: Clock = uptime_s) -> None:
        self.clock = clock
        self.causes: dict[tuple[str, Hashable], _Cause] = {}
        self._lock = threading.Lock()

    def tell(self, event: str, cause: Hashable, fields: Mapping[str, Any]) -> None:
        with self._lock:
            self._end_of_minutes()
            kept = self._cause(event, cause)
            is_printed = kept.printed < MOST_OF_A_CAUSE
            if is_printed:
                kept.printed += 1
                self._cause(event, None).printed += 1
            else:
                kept.left_out, kept.last = kept.left_out + 1, fields
        (log.warning if is_printed else log.info)(event, **fields)

    def tell_rest(self) -> None:
        """Tell what was left out of minutes that are over. To be called now and then."""
        with self._lock:
            self._end_of_minutes()

    def _cause(self, event: str, cause: Hashable) -> _Cause:
        """The cause; where its event has had its lines already, one for all that are new: ``None`` stands for it."""
        whole = self.causes.setdefault((event, None), _Cause(self.clock(), printed=MOST_OF_A_CAUSE))
        if cause is None or ((event, cause) not in self.causes and whole.printed >= MOST_OF_AN_EVENT + MOST_OF_A_CAUSE):
            return whole
        return self.causes.setdefault((event, cause), _Cause(self.clock()))

    def _end_of_minutes(self) -> None:
        now_s = self.clock()
        over = [key for key, kept in self.causes.items() if now_s - kept.begun_s >= SPAN_S]
        for key in over:
            kept = self.causes.pop(key)
            if kept.left_out:
                log.warning(key[0], **kept.last, more=kept.left_out)


repeats = Repeats()
"""The one of this process."""


def gate_changed(news: GateNews, shard: int | None = None) -> None:
    """A gate has opened or closed. ``shard`` is given where the ledger has several. What a person wrote of it is not
    told: it may name a customer, and a log forgets nobody."""
    fields: dict[str, Any] = {
        "provider": news.provider,
        "reason": news.reason,
        "http_status": news.http_status,
        "message": shortened(news.message, 300),
        "until": _instant(news.until_ms),
        "waiting": news.waiting,
        "closed_s": None if news.closed_ms is None else round(news.closed_ms / 1000),
        "who": news.who,
        "untold": news.untold or None,
        "shard": shard,
    }
    told = {name: value for name, value in fields.items() if value not in (None, "")}
    log.warning(_GATE_EVENTS[news.state], at=_instant(news.at_ms), **told, advice=_gate_advice(news))


def delivery_died(cause: str, fields: Mapping[str, Any], *, awaits_order: bool = False) -> None:
    """A delivery has become a dead letter. ``cause`` is its fingerprint; ``awaits_order`` says that it is tried again
    by itself behind its order."""
    if awaits_order:
        advice = (
            f"Nothing, unless order {fields['order']} never comes: {fields['provider']} does not know it yet. As soon"
            " as the order has been delivered there, this is sent behind it by itself. Do not discard it: what it"
            f" tells would be lost. `ordercast order {fields['order']}` shows how both stand."
        )
    else:
        advice = (
            f"Correct what the message says, then `ordercast replay {fields['delivery']} --why …`, or `ordercast"
            f" discard` it. `ordercast order {fields['order']}` shows all attempts,"
            " `ordercast dead --group` all causes."
        )
    repeats.tell("delivery.dead", (fields["provider"], cause), {**fields, "advice": advice})


def event_refused(number: int, source: str, event_id: str, reason: Reason, faults: Sequence[EventFault]) -> None:
    """What came in was no valid event. ``number`` is the refusal's; of the faults the first is told."""
    first = faults[0] if faults else EventFault("", "")
    fields = {
        "refusal": f"r{number}",
        "source": source,
        "event_id": event_id,
        "reason": reason.value,
        "path": first.path,
        "message": first.message,
        "errors": len(faults),
        "advice": (
            f"Correct the producer and send it again; or correct this one: `ordercast event r{number}` shows it,"
            f" `ordercast replay r{number} --edit FILE --why …` accepts it."
        ),
    }
    repeats.tell("event.refused", (source, reason, first.path), fields)


def adapter_failed(provider: str, kind: str, error: str, where: str, trace: str) -> None:
    """An adapter has a defect. ``trace`` are the code's lines without the values in them, which may be an order's."""
    fields = {
        "provider": provider,
        "kind": kind,
        "reason": "crashed",
        "error": error,
        "where": where,
        "traceback": trace,
        "advice": (
            f"A defect of the adapter for {kind}: report it with this line. What it met is tried again:"
            f" `ordercast deliveries --provider {provider} --reason crashed` lists it."
        ),
    }
    repeats.tell("adapter.failed", (provider, error, where), fields)


def kind_broken(provider: str, kind: str, why: str) -> None:
    """The adapter of a provider cannot be loaded."""
    advice = (
        f"Mend or reinstall the package that brings the kind {kind}, then restart the workers."
        f" Orders for {provider} wait meanwhile; the other providers go on."
    )
    log.warning("kind.broken", provider=provider, kind=kind, message=why, advice=advice)


def secret_missing(provider: str, why: str) -> None:
    """A provider cannot be worked by this process, for one of its secrets cannot be read, or is none."""
    advice = (
        f"Put the secret there: a file is read again every second, a variable at the worker's start."
        f" Orders for {provider} wait meanwhile; the other providers go on."
    )
    log.warning("secret.missing", provider=provider, message=why, advice=advice)


def reconciled(job: BulkJob) -> None:
    """A reconciliation on a schedule is over: told where the vendor does not hold all as it was sent."""
    lacks, differs, again = (job.results.get(word, 0) for word in ("missing", "different", "sent_again"))
    provider = job.wanted["provider"]
    if not (lacks or differs or again):
        return
    advice = f"`ordercast job {job.id}` says which and how."
    if lacks or differs:
        since = job.wanted["since"]
        advice += f" `ordercast reconcile {provider} --since {since} --heal --why …` sends them again."
    else:
        advice += " They are sent again; find out who changes orders there."
    counts = {"asked": job.matched, "missing": lacks, "different": differs, "sent_again": again}
    log.warning("reconcile.differs", provider=provider, job=job.id, **counts, advice=advice)


_GATE_EVENTS = {"tripped": "gate.tripped", "held": "gate.held", "paused": "gate.paused", "open": "gate.opened"}


def _gate_advice(news: GateNews) -> str:
    name = news.provider
    if news.state == "open":
        return "Its orders flow again, few at a time at first." if news.waiting else "Nothing is to be done."
    if news.state == "paused":
        return (
            f"Nothing is sent to {name} until `ordercast resume {name} --why …`. Nothing is lost."
            " `ordercast log` tells why."
        )
    if news.state == "tripped":
        return (
            f"Its orders wait and are sent when it answers again: one is tried now and then. Nothing is lost."
            f" `ordercast vendor {name} test` tries it now."
        )
    if news.reason == "rejects_everything":
        return (
            f"Twenty orders in a row were rejected for one cause: a setting, a mapping or the address is wrong."
            f" `ordercast dead --group --provider {name}` shows it. Correct it; one order is tried now and then, or"
            f" `ordercast resume {name} --why …`. Then `ordercast replay` the dead ones; the others wait and are sent."
        )
    return (
        f"Correct the credentials of {name}; `ordercast check` tries them. They are tried again at the time in `until`,"
        f" or at once by `ordercast resume {name} --why …`. Its orders wait, nothing is lost."
    )


def _instant(ms: int | None) -> str | None:
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
