"""Instants of the store's clock, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(ms: float | str) -> str:
    """Milliseconds of the store's clock as RFC 3339 in UTC."""
    return datetime.fromtimestamp(int(float(ms)) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def earlier(at: str, by_ms: int) -> str:
    """An instant so many milliseconds before another."""
    return instant(datetime.fromisoformat(at).timestamp() * 1000 - by_ms)
