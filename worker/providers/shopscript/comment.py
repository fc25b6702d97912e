"""The order's comment there: one text of the buyer's words and all notes, of which a save replaces the whole.

A note that comes as an event is written below what is there. The shop's parameter ``ordercast_notes`` keeps which notes
have been, so that each is written once. A later edit replaces what the order said before, and keeps what others wrote
below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from schemas.delivery import Link
from schemas.order import Note, Order

APPLIED = "ordercast_notes"
SAID, NOTED = "comment", "noted"  # in a link's notes: the mark of what was said last; that notes were written below it
KEPT_IDS = 20  # 219 characters: the value fits where the shop's table has 255
GAP = "\n\n"


def note_id(idempotency_key: str) -> str:
    """What a note is known by in the shop: ten hex digits, another one for an edited replay."""
    return sha256(idempotency_key.encode()).hexdigest()[:10]


def applied(params: Mapping[str, Any]) -> list[str]:
    """The ids of the notes that were written into this order, oldest first."""
    return str(params.get(APPLIED) or "").split()


def with_note(params: Mapping[str, Any], name: str) -> str:
    """The parameter with one more note: the last twenty, as only the lane's last ones can still be in doubt."""
    return " ".join([*applied(params), name][-KEPT_IDS:])


def below(there: str | None, note: str) -> str:
    return GAP.join(filter(None, (there, note)))


def text_of(note: Note) -> str:
    return f"{note.author}: {note.text}" if note.author else note.text


def said_by(order: Order) -> str:
    """The buyer's comment and the order's notes after it."""
    return GAP.join(filter(None, (order.comment, *map(text_of, order.notes))))


def mark_of(text: str) -> str:
    """By what a text is known again where it begins a longer one: its length and 12 hex digits of its SHA-256."""
    return f"{len(text)}:{sha256(text.encode()).hexdigest()[:12]}"


def must_be_read(order: Order, link: Link) -> bool:
    """Whether an edit has to see the comment that is there, so as not to wipe out the notes in it."""
    return NOTED in link.notes and link.notes.get(SAID) != mark_of(said_by(order))


def sent(order: Order, link: Link, there: str | None) -> str | None:
    """The comment of a save; None leaves it out, and the shop keeps the one that is there.

    It is left out where the order says what it said before: a text written by hand in the shop outlives an update of
    something else.
    """
    text, mark = said_by(order), link.notes.get(SAID)
    if mark == mark_of(text):
        return None
    if NOTED in link.notes:
        return _over(there or "", text, mark)
    return text if text or mark else None


def _over(there: str, text: str, mark: str | None) -> str:
    """The text in the place of what was said before, all that others wrote below it."""
    length = int(mark.partition(":")[0]) if mark else 0
    rest = there[length:] if mark == mark_of(there[:length]) else there
    said = text.split(GAP)
    return GAP.join(filter(None, (text, *(part for part in rest.split(GAP) if part not in said))))
