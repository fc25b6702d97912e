"""Our mark on an order: the line of its comment that says which source's order it is.

The vendor has no field for a foreign reference and none that a search could ask for one (page "Filters"). Of the fields
that an order's answer shows ("Response example"), the comment alone holds any text, is nobody's money, name or
address, and stays with the order. A title of a line would carry it too, and print it on the buyer's invoice.
"""

from __future__ import annotations

from schemas.providers.openbizbox import HeldOrder

_START = "[ordercast "


def mark_of(source: str, number: str) -> str:
    """The line that names this order. No source has a ``#`` or a blank, so that it reads one way only."""
    return f"{_START}{source}#{number}]"


def marked(comment: str | None, source: str, number: str) -> str:
    """The buyer's comment with our mark as its last line."""
    own = [line for line in (comment or "").splitlines() if not _is_mark(line)]
    return "\n".join([*own, mark_of(source, number)])


def is_ours(held: HeldOrder, source: str, number: str) -> bool:
    """Whether the order carries our mark."""
    return mark_of(source, number) in _lines(held)


def is_another(held: HeldOrder, source: str, number: str) -> bool:
    """Whether the order carries a mark of ours that names another order."""
    return not is_ours(held, source, number) and any(_is_mark(line) for line in _lines(held))


def comment_to_send(held: HeldOrder, comment: str | None) -> str | None:
    """The comment that an edit sends: none where the shop has all of ours already; else theirs with ours added."""
    lines = _lines(held)
    missing = [line for line in (comment or "").splitlines() if line.strip() and line.strip() not in lines]
    return "\n".join([line for line in [held.comment.strip(), *missing] if line]) if missing else None


def _lines(held: HeldOrder) -> list[str]:
    return [line.strip() for line in held.comment.splitlines()]


def _is_mark(line: str) -> bool:
    return line.strip().startswith(_START)
