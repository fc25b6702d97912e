"""What a provider's gate tells when it changes."""

from __future__ import annotations

import msgspec

CLOSED = ("paused", "held", "tripped")
"""The states in which a gate lets nothing through, the most closed first."""


class GateNews(msgspec.Struct, frozen=True, kw_only=True):
    """A gate has opened or closed, or closed for another reason.

    ``state`` is open, tripped, held or paused. ``message`` and ``http_status`` are the provider's last bad answer,
    scrubbed; ``waiting`` is how many deliveries wait there; ``closed_ms`` how long a gate that opens was closed.
    ``who`` and ``why`` are there where a person did it. ``untold`` counts changes before this one that were not told,
    for there were too many.
    """

    provider: str
    state: str
    at_ms: int
    reason: str = ""
    until_ms: int | None = None
    waiting: int = 0
    closed_ms: int | None = None
    http_status: int | None = None
    message: str = ""
    who: str = ""
    why: str = ""
    untold: int = 0
