"""The comment of an order: the buyer's words, our mark, the order's notes; and what people of the shop wrote there.

It is the one text of an order that requests can reach. It is written whole, so an edit keeps every line that is there.

Our mark is the line that says which source's order it is. The vendor has no field for a foreign reference and none that
a search could ask for one (page "Filters"). Of the fields that an order's answer shows ("Response example"), the
comment alone holds any text, is nobody's money, name or address, and stays with the order. A title of a line would
carry the mark too, and print it on the buyer's invoice.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from schemas.order import Note, Order
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions

DEEPEST = 20  # so many entities in one another are nobody's words

_OURS = "[ordercast "
_MARK = re.compile(r"\[ordercast ([^\s#]+)#(.+)\]")  # the journal's lines have no #


@dataclass(frozen=True, slots=True)
class Comment:
    """``buyer`` are the lines of the order's comment, ``below`` our mark and the lines of the order's notes."""

    buyer: list[str]
    below: list[str]

    @property
    def text(self) -> str:
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


def comment_of(order: Order, source: str, options: OpenBizBoxOptions) -> Comment:
    """What the comment is to have of ours."""
    notes = [line for note in order.notes for line in note_lines(note, options)]
    return Comment(without_ours(order.comment or ""), [mark_of(source, order.number), *notes])


def note_lines(note: Note, options: OpenBizBoxOptions) -> list[str]:
    """The note's lines, the first one with its time in the shop's zone and its author."""
    when = options.shop_time(note.created_at) if note.created_at else ""
    author = " ".join(without_ours(note.author or ""))
    head = " ".join(part for part in (when, author) if part)
    first, *rest = [line for line in without_ours(note.text) if line.strip()] or [""]
    return [f"{head}: {first}" if head else first, *rest]


def _spoken(lines: list[str]) -> list[str]:
    """Lines that say something, as an answer's are read: an entity of the buyer's own is one there too."""
    return [text for line in lines if (text := html.unescape(line).strip())]


def mark_of(source: str, number: str) -> str:
    """The line that names this order. No source has a ``#`` or a blank, so that it reads one way only."""
    return f"{_OURS}{source}#{number}]"


def is_ours(held: HeldOrder, source: str, number: str) -> bool:
    """Whether the order carries our mark. One with an entity in its number is read without it, as the shop's are."""
    mark = mark_of(source, number)
    return not {mark, html.unescape(mark)}.isdisjoint(comment_lines(held))


def is_another(held: HeldOrder, source: str, number: str) -> bool:
    """Whether the order carries a mark of ours that names another order."""
    return not is_ours(held, source, number) and any(_MARK.fullmatch(line) for line in comment_lines(held))


def named_by(held: HeldOrder) -> tuple[str, str] | None:
    """The source and number that the order's mark names; ``None`` where it has none."""
    found = next(filter(None, map(_MARK.fullmatch, comment_lines(held))), None)
    return (found[1], found[2]) if found else None


def comment_lines(held: HeldOrder) -> list[str]:
    return [line.strip() for line in held.comment.splitlines()]


def with_lines(held: HeldOrder, lines: list[str]) -> str:
    """The order's comment with these lines at its end."""
    return "\n".join([line for line in [held.comment.strip(), *lines] if line])


def without_ours(text: str) -> list[str]:
    """The lines of somebody else's text, but for those that would read as ours: the shop's answers are read without
    their entities, and it may write some of its own."""
    return [line for line in text.splitlines() if not _reads_as_ours(line)]


def _reads_as_ours(line: str) -> bool:
    """Whether a line has one of ours in it, however often its entities are read: a line break may be one too."""
    for _ in range(DEEPEST):
        if any(part.strip().startswith(_OURS) for part in line.splitlines()):
            return True
        plain = html.unescape(line)
        if plain == line:
            return False
        line = plain
    return True
