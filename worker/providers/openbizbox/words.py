"""The comment of an order: the buyer's words, our mark, the order's notes; and what people of the shop wrote there.

It is the one text of an order that requests can reach. It is written whole, so an edit keeps every line that is there.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from schemas.order import Note, Order
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.openbizbox.mark import comment_lines, mark_of, with_lines, without_ours
from worker.providers.openbizbox.times import shop_time


@dataclass(frozen=True, slots=True)
class Words:
    """``buyer`` are the lines of the order's comment, ``below`` our mark and the lines of the order's notes."""

    buyer: list[str]
    below: list[str]

    @property
    def comment(self) -> str:
        """The comment of a new order."""
        return "\n".join([*self.buyer, *self.below])

    def is_marked(self, held: HeldOrder) -> bool:
        """Whether our mark is in the order's comment."""
        return set(_spoken(self.below[:1])) <= set(comment_lines(held))

    def to_send(self, held: HeldOrder) -> str | None:
        """The comment that an edit sends; ``None`` where the shop has all of ours, the buyer's words first.

        Nothing of theirs is taken out, the buyer's former words neither: a person may have written them.
        """
        there = comment_lines(held)
        missing = [line for line in _spoken(self.below) if line not in there]
        wanted = _spoken(self.buyer)
        if [line for line in there if line][: len(wanted)] == wanted:
            return with_lines(held, missing) if missing else None
        kept = "\n".join(line for line in held.comment.splitlines() if line.strip() not in wanted)
        return "\n".join(part for part in ("\n".join(self.buyer), kept.strip(), *missing) if part)


def words_of(order: Order, source: str, options: OpenBizBoxOptions) -> Words:
    notes = [line for note in order.notes for line in note_lines(note, options)]
    return Words(without_ours(order.comment or ""), [mark_of(source, order.number), *notes])


def note_lines(note: Note, options: OpenBizBoxOptions) -> list[str]:
    """The note's lines, the first one with its time in the shop's zone and its author."""
    when = shop_time(note.created_at, options) if note.created_at else ""
    author = " ".join(without_ours(note.author or ""))
    head = " ".join(part for part in (when, author) if part)
    first, *rest = [line for line in without_ours(note.text) if line.strip()] or [""]
    return [f"{head}: {first}" if head else first, *rest]


def _spoken(lines: list[str]) -> list[str]:
    """Lines that say something, as an answer's are read: an entity of the buyer's own is one there too."""
    return [text for line in lines if (text := html.unescape(line).strip())]
