"""Numbers as people say them."""

from __future__ import annotations


def counted_as(number: int, what: str) -> str:
    """A number and what it counts, as one says it: ``1 worker``, ``2 workers``, ``2 deliveries``."""
    if number == 1:
        return f"{number} {what}"
    return f"{number} {what.removesuffix('y')}ies" if what.endswith("y") else f"{number} {what}s"
