"""Notes of ours among those that Order Desk holds.

All notes of an order together hold 2,000 characters there, dates and names included, and what is beyond is lost
(page "Orders", "Order Note Properties", 2018-04-30). What does not fit goes to the order's history, which has no limit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schemas.event import Event
from schemas.providers.orderdesk import read_text
from worker.providers.orderdesk.overlay import mark

NOTES_CHARS = 2000
PREFIX = "order_notes/"  # of a note's mark among the marks of what we sent

Note = dict[str, Any]


def notes_of(event: Event) -> list[Note]:
    """The notes that an event's order carries, as Order Desk writes them; times are UTC."""
    return [
        {
            "date_added": stamp(note.created_at or event.time),
            "username": note.author or "Ordercast",
            "content": note.text,
        }
        for note in event.order.notes
    ]


def stamp(instant: datetime) -> str:
    """An instant as Order Desk writes it, in UTC."""
    return instant.isoformat(" ", "seconds")[:19]


def fit(theirs: list[Note], ours: list[Note], before: Mapping[str, str]) -> tuple[list[Note], list[str]]:
    """The notes to send, and the texts that find no room. A note that we sent before is never added again: where it
    is gone, somebody took it away."""
    notes = list(theirs)
    held = {read_text(note.get("content")) for note in theirs}
    left_over = []
    for note in ours:
        text = note["content"]
        if note_mark(text) in before or text in held:
            continue
        if size_chars([*notes, note]) <= NOTES_CHARS:
            notes.append(note)
        else:
            left_over.append(text)
    return notes, left_over


def note_mark(text: str) -> str:
    return PREFIX + mark(text)


def size_chars(notes: list[Note]) -> int:
    """How long the vendor may count these notes: as JSON with each letter beyond ASCII escaped."""
    return len(json.dumps(notes, default=str).replace("/", "\\/"))
