"""How instants, spans and words are shown on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from worker.ops.desk.durations import span
from worker.ops.desk.sentences import gate_words
from worker.ops.desk.settings_in_force import value_words

STATE_WORDS = {
    "pending": "waiting",
    "attempting": "being sent",
    "parked": "retry later",
    "delivered": "delivered",
    "skipped": "skipped",
    "superseded": "superseded",
    "dead": "dead letter",
    "discarded": "discarded",
}
SHORT_CHARS = 8
LONG_MS = 60_000


def when(instant: str | None) -> Markup:
    """An instant as a ``time`` element: the day and the time in UTC."""
    if not instant:
        return Markup()
    there = datetime.fromisoformat(instant).astimezone(UTC)
    is_today = there.date() == datetime.now(UTC).date()
    shown = there.strftime("%H:%M:%S" if is_today else "%-d %b %H:%M")
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        instant, there.strftime("%Y-%m-%d %H:%M:%S"), shown
    )


def ago(instant: str | None) -> str:
    """How long ago it was, as ``4 min``."""
    if not instant:
        return ""
    return span(max(0.0, (datetime.now(UTC) - datetime.fromisoformat(instant)).total_seconds()))


def took(delay_ms: int | None) -> str:
    """How long something took, as ``0.3 s`` or ``4m 10s``."""
    if delay_ms is None:
        return ""
    return f"{delay_ms / 1000:.1f} s" if delay_ms < LONG_MS else span(delay_ms / 1000)


def thousands(number: float | None) -> str:
    return "" if number is None else f"{number:,}"


def short(delivery_id: str) -> str:
    """As much of an id as is enough to name it."""
    return delivery_id[:SHORT_CHARS]


def state_word(state: object) -> str:
    return STATE_WORDS.get(str(state), str(state))


def percent(done: int, total: int | None) -> int:
    return 100 if not total else min(100, done * 100 // total)


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "gate_words": gate_words,
    "short": short,
    "span": span,
    "state_word": state_word,
    "thousands": thousands,
    "took": took,
    "value_words": value_words,
    "when": when,
}
