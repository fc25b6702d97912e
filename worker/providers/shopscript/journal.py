"""By what our own actions are known again: what the link remembers of an order, and which notes the shop has of it.

The shop's parameter ``ordercast_notes`` keeps the ids of the notes that were written below the order's comment, so that
each is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from schemas.delivery import Link

# The names of what is remembered, in the link's notes. Links are kept for long: a name is never given another meaning.
ACCEPTED = "accepted"  # a create was answered ok and is not found yet: how often it was looked for since
DUPLICATES = "duplicates"  # the ids of further orders there that are ours, to be told once
CANCELLED = "cancelled"  # an event of ours has cancelled the order
CURRENCY = "currency"  # the order's, which no edit changes
DISCOUNT = "discount"  # as it was sent last
LINE_DISCOUNTS = "line_discounts"  # the mark of how it was shared among the lines
SERVICE_SHARES = "service_shares"  # services have a share of it
NAMES = "names"  # the attributes that were sent, by their names in the shop, one a line
TOLD = "told"  # which parts of the customer and of the addresses were said last
SAID, NOTED = "comment", "noted"  # the mark of what the comment said last; that notes were written below it

FORGOTTEN = frozenset({DUPLICATES, ACCEPTED})  # once the order is known

APPLIED = "ordercast_notes"
KEPT_IDS = 20  # 219 characters: the value fits where the shop's table has 255


def remembering(link: Link, name: str, text: str = "1") -> Link:
    """The link with one thing more."""
    return msgspec.structs.replace(link, notes={**link.notes, name: text})


def names_of(link: Link) -> frozenset[str]:
    """The names that attributes of the order have in the shop, as far as they are known."""
    return frozenset(filter(None, link.notes.get(NAMES, "").split("\n")))


def mark_of(text: str) -> str:
    """By what a text is known again where it begins a longer one: its length and 12 hex digits of its SHA-256."""
    return f"{len(text)}:{sha256(text.encode()).hexdigest()[:12]}"


def note_id(idempotency_key: str) -> str:
    """What a note is known by in the shop: ten hex digits, another one for an edited replay."""
    return sha256(idempotency_key.encode()).hexdigest()[:10]


def notes_in(params: Mapping[str, Any]) -> list[str]:
    """The ids of the notes that were written into this order, oldest first."""
    return str(params.get(APPLIED) or "").split()


def notes_with(params: Mapping[str, Any], name: str) -> str:
    """The parameter with one more note: the last twenty, as only the lane's last ones can still be in doubt."""
    return " ".join([*notes_in(params), name][-KEPT_IDS:])
