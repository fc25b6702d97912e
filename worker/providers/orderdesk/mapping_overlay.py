"""What is ours laid over what Order Desk holds, so that what people changed there stays.

An update sends the whole order, since the vendor blanks what is left out (page "Orders", 2018-04-30). Ours are the
fields that the event carries; of these only what changed at our side since our last save is laid over, the rest stays
as it was read. To know what we sent, each save writes a *mark* (eight hex digits of CRC-32) of every field of ours
into the vendor's own hidden metadata, order and line alike. There, and not in our link: the mark is then written by
the same request as the field, so it is right even where the answer was lost or the link was.

All notes of an order together hold 2,000 characters there, dates and names included, and what is beyond is lost
("Order Note Properties"). What does not fit goes to the order's history, which has no limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus
from zlib import crc32

import msgspec

from schemas.providers.orderdesk import OUR_MARKS, read_map, read_text

Fields = dict[str, Any]
"""Fields of ours by path: ``email``, or ``checkout_data/Gift wrap`` for one entry of a map."""

MAPS = frozenset(
    {"shipping", "customer", "return_address", "checkout_data", "order_metadata", "variation_list", "metadata"}
)

READ_ONLY = frozenset(
    {
        "id",
        "quantity_total",
        "weight_total",
        "product_total",
        "discount_total",
        "order_total",
        "email_count",
        "date_updated",
        "cc_number_masked",
        "order_shipments",
        "order_history",
    }
)

UNMARKED = "ordercast_"  # our own metadata: written with every save, needs no memory

THEIRS_WHEN_UNSAID = frozenset({"folder_id", "processor_balance", "source_name"})
"""What the vendor or its people go on with where we say nothing any more: left out, it would be blanked."""

AMOUNTS = frozenset({"price", "quantity", "shipping_total", "handling_total", "tax_total"})
"""Of these, with our discounts, the vendor makes its total."""
DISCOUNTS = "discount_list/"

NOTES_CHARS = 2000
NOTE_MARK = "order_notes/"  # of a note's mark among the marks of what we sent

_steady = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


def mark(value: object) -> str:
    """Eight hex digits that stand for a value."""
    return crc32(_steady(value)).to_bytes(4).hex()


def marks_of(ours: Fields) -> dict[str, str]:
    """A mark for each field of ours."""
    return {path: mark(value) for path, value in ours.items() if UNMARKED not in path or not _is_unmarked(path)}


def read_marks(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What we sent last, by path; empty where we never saved it."""
    return dict(parse_qsl(read_text(metadata.get(OUR_MARKS)), keep_blank_values=True))


def write_marks(marks: Mapping[str, str]) -> str:
    return "&".join([f"{_quoted(path)}={text}" for path, text in marks.items()])


def overlay(theirs: Fields, ours: Fields, before: Mapping[str, str]) -> Fields:
    """Theirs with ours laid over: what we sent last and have no more is taken away, what did not change is left."""
    merged = deepcopy(theirs) if theirs else {}
    for path in before.keys() - ours.keys() - THEIRS_WHEN_UNSAID:
        _take_away(merged, path)
    for path, value in ours.items():
        if path in before and before[path] == mark(value):
            continue
        if "/" in path:
            _place(merged, path, value)
        else:
            merged[path] = value
    return merged


def healing(before: Mapping[str, str], ours: Fields) -> dict[str, str]:
    """What we sent last without our amounts, so that these are laid over whatever people made of them."""
    return {
        path: text
        for path, text in before.items()
        if path not in ours or not (path in AMOUNTS or path.startswith(DISCOUNTS))
    }


def send_back(theirs: Fields, *, without: Iterable[str] = ()) -> Fields:
    """What was read, as it may be sent: no read-only field, maps as maps (the vendor writes an empty one as ``[]``),
    the card's last four digits under the name that is written."""
    kept = {
        name: read_map(value) if name in MAPS else value
        for name, value in theirs.items()
        if name not in READ_ONLY and name not in without
    }
    card = read_text(theirs.get("cc_number_masked"))[-4:]
    if card.isdigit():
        kept["cc_number"] = card
    return kept


def fit(theirs: list[Fields], ours: list[Fields], before: Mapping[str, str]) -> tuple[list[Fields], list[str]]:
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
    return NOTE_MARK + mark(text)


def size_chars(notes: list[Fields]) -> int:
    """How long the vendor may count these notes: as JSON with each letter beyond ASCII escaped."""
    return len(json.dumps(notes, default=str).replace("/", "\\/"))


@lru_cache(maxsize=1024)
def _quoted(path: str) -> str:
    """A path as a name of a form; the same few dozen come again with each order."""
    return quote_plus(path, safe="/")


def _is_unmarked(path: str) -> bool:
    return path.partition("/")[2].startswith(UNMARKED)


def _place(fields: Fields, path: str, value: object) -> None:
    """Puts one entry into its map."""
    name, _, entry = path.partition("/")
    held = fields.get(name)
    if type(held) is not dict:
        held = fields[name] = dict(read_map(held))
    held[entry] = value


def _take_away(fields: Fields, path: str) -> None:
    name, in_map, entry = path.partition("/")
    if in_map:
        read_map(fields.get(name)).pop(entry, None)
    else:
        fields.pop(name, None)
