"""Seconds as people read them."""

from __future__ import annotations

UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def span(seconds: float | None) -> str:
    """The two largest units of a span, ``3h 12m``; nothing for ``None``."""
    if seconds is None:
        return ""
    left = max(0, round(seconds))
    for place, (name, size_s) in enumerate(UNITS):
        if left >= size_s or name == "s":
            more = UNITS[place + 1] if place + 1 < len(UNITS) else None
            rest = left % size_s // more[1] if more else 0
            return f"{left // size_s}{name}" + (f" {rest}{more[0]}" if more and rest else "")
    return ""
