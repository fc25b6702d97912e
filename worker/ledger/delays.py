"""How long deliveries took, counted by places: each reaches twice as far as the one before."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_MS = 64
LAST_PLACE = 24
"""The first place is below 64 ms; the last begins at six days, and what took longer is there too."""


def delay_place(delay_ms: int) -> int:
    """The place of a delay: 0 below 64 ms, 1 below 128 ms, 2 below 256 ms, …"""
    return min(LAST_PLACE, (max(0, delay_ms) // FIRST_MS).bit_length())


def delay_ms_of(counts: Mapping[int, int], share: float) -> int | None:
    """The delay in ms that this share of all stayed below, as if each place were filled evenly; ``None`` where nothing
    was counted. The true one is at most half or twice as long."""
    wanted = share * sum(counts.values())
    for place in sorted(counts):
        if counts[place] and wanted <= counts[place]:
            begins_ms = FIRST_MS << place - 1 if place else 0
            return round(begins_ms + ((FIRST_MS << place) - begins_ms) * wanted / counts[place])
        wanted -= counts[place]
    return None
