"""What a link notes of a heal: that the order is to be made as its snapshot says, and what a heal could not mend."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from schemas.delivery import Link

HEALS = "ordercast:heals"
"""The note that heal.lua makes: the next save writes what differs there, whoever changed it."""
UNHEALED = "ordercast:unhealed"
"""The note of what was told as different once a heal was delivered: it is not sent again for the same."""


def digest_of(told: str) -> str:
    """What stands for the differences that were told."""
    return sha256(told.encode()).hexdigest()[:16]


def without_heal(link: Link) -> Link:
    """The link with nothing noted of a heal."""
    notes = {name: text for name, text in link.notes.items() if name not in (HEALS, UNHEALED)}
    return msgspec.structs.replace(link, notes=notes)
