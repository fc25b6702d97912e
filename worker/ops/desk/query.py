"""What people ask for: which deliveries, from when to when, how many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta

from schemas.delivery import State
from worker.ledger.queries.deliveries import Filter

SPAN_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
HOW = "write 2026-11-21T09:30:00Z, 2026-11-21, or a span back from now like 45s, 30m, 2h, 3d, 1w"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as somebody wrote it. ``ms`` is since 1970, or with ``is_span`` how long before now; a date is a
    whole day of ``lasts_ms``, in UTC."""

    text: str
    ms: int
    is_span: bool = False
    lasts_ms: int = 0

    def begin_ms(self, now_ms: int) -> int:
        return max(0, now_ms - self.ms if self.is_span else self.ms)

    def end_ms(self, now_ms: int) -> int:
        return self.begin_ms(now_ms) + max(0, self.lasts_ms - 1)


LAST_MS = 253_402_300_799_999
"""The end of 9999 in UTC: the last that an instant of the ledger is written of."""


def read_moment(text: str) -> Moment:
    """A moment from RFC 3339, a date or a span. Raises ``ValueError`` with how to write it."""
    if span := re.fullmatch(r"(\d{1,9})([smhdw])", text):
        return Moment(text, int(span[1]) * SPAN_MS[span[2]], is_span=True)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            midnight = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return Moment(text, _ms(midnight), lasts_ms=SPAN_MS["d"])
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no point in time; {HOW}") from None
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; {HOW}")
    if not 0 <= _ms(instant) <= LAST_MS:
        raise ValueError(f"{text!r} is before 1970 or after 9999; {HOW}")
    return Moment(text, _ms(instant))


def _ms(instant: datetime) -> int:
    return (instant - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Which deliveries or refusals somebody wants: every part that is set must agree. ``since`` and ``until`` bound the
    time of acceptance, a date as ``until`` to its end. ``fingerprint`` is of dead letters of one cause, or its
    beginning. ``limit`` is how many at most, ``None`` for all."""

    provider: str | None = None
    state: State | None = None
    reason: str | None = None
    type: str | None = None
    source: str | None = None
    order: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    fingerprint: str | None = None
    limit: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it but a number."""
        return replace(self, limit=None) == DeliveryQuery()

    def filter(self, now_ms: int) -> Filter:
        """The same for the ledger. ``now_ms`` is the store's clock."""
        since_ms, until_ms = self.bounds_ms(now_ms)
        return Filter(
            provider=self.provider,
            state=self.state,
            reason=self.reason,
            type=self.type,
            source=self.source,
            order=self.order,
            since_ms=since_ms,
            until_ms=until_ms,
            fingerprint=self.fingerprint,
        )

    def bounds_ms(self, now_ms: int) -> tuple[int | None, int | None]:
        since_ms = self.since.begin_ms(now_ms) if self.since else None
        return since_ms, self.until.end_ms(now_ms) if self.until else None

    def words(self) -> Iterator[str]:
        """What was asked, as ``name=value``, for the record."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                yield f"{field.name}={value.text if isinstance(value, Moment) else value}"
