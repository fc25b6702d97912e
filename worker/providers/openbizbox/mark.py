"""Our mark on an order: the line of its comment that says which source's order it is.

The vendor has no field for a foreign reference and none that a search could ask for one (page "Filters"). Of the fields
that an order's answer shows ("Response example"), the comment alone holds any text, is nobody's money, name or
address, and stays with the order. A title of a line would carry it too, and print it on the buyer's invoice.
"""

from __future__ import annotations

import html
import re

from schemas.providers.openbizbox import HeldOrder

DEEPEST = 20  # so many entities in one another are nobody's words

_OURS = "[ordercast "
_MARK = re.compile(r"\[ordercast [^\s#]+#.+\]")  # what we have done to an order (deed.py) stands in lines without a #


def mark_of(source: str, number: str) -> str:
    """The line that names this order. No source has a ``#`` or a blank, so that it reads one way only."""
    return f"{_OURS}{source}#{number}]"


def without_ours(text: str) -> list[str]:
    """The lines of somebody else's text, but for those that would read as ours: the shop's answers are read without
    their entities, and it may write some of its own."""
    return [line for line in text.splitlines() if not _reads_as_ours(line)]


def is_ours(held: HeldOrder, source: str, number: str) -> bool:
    """Whether the order carries our mark. One with an entity in its number is read without it, as the shop's are."""
    mark = mark_of(source, number)
    return not {mark, html.unescape(mark)}.isdisjoint(comment_lines(held))


def is_another(held: HeldOrder, source: str, number: str) -> bool:
    """Whether the order carries a mark of ours that names another order."""
    return not is_ours(held, source, number) and any(_MARK.fullmatch(line) for line in comment_lines(held))


def with_lines(held: HeldOrder, lines: list[str]) -> str:
    """The order's comment with these lines at its end."""
    return "\n".join([line for line in [held.comment.strip(), *lines] if line])


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


def comment_lines(held: HeldOrder) -> list[str]:
    return [line.strip() for line in held.comment.splitlines()]
