"""How fast a vendor is asked for its orders, beside what is delivered to it."""

from __future__ import annotations

from worker.providers.base import Provider

GENTLE_PER_S = 2.0
CALLS = 2
"""Of the vendor for an order, at most but for a search."""


def gentle_per_s(provider: Provider, wanted: float | None = None) -> float:
    """Orders a second: as many as are ``wanted``, or two, and never more than leave half of the account's calls to
    deliveries."""
    rate = provider.config.rate
    most = rate.per_second / CALLS / 2 if rate else float("inf")
    return min(wanted or GENTLE_PER_S, most)
