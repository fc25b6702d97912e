"""Which row of a simulated vendor's record shows that an action was done, and after which save it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tests.chaos.orders import Body, note_text

Order = dict[str, Any]
Row = list[Any]


def _moved(*begins: str, **what: Any) -> Callable[[Order, Body], list[Row]]:
    """The rows of ``moved`` that begin so, and whose last place holds ``what``."""

    def rows(order: Order, _: Body) -> list[Row]:
        return [
            row
            for row in order["moved"]
            if row[: len(begins)] == list(begins) and all(row[2].get(name) == value for name, value in what.items())
        ]

    return rows


def _history(order: Order, text: str) -> list[Row]:
    return [row for row in order["moved"] if row[0] == "history" and text in row[1]]


def _invoice_told(order: Order, event: Body) -> list[Row]:
    return _history(order, f"Invoiced {event['data']['invoice']['number']} ")


def _noted(order: Order, event: Body) -> list[Row]:
    return _history(order, note_text(event["subject"]))


def _is_in_folder(order: Order, _: Body) -> list[Row]:
    """One row at most: an order that is moved to the folder it lies in has not been moved."""
    return [row for row in order["moved"] if row[0] == "folder"][:1]


def _commented(order: Order, event: Body) -> list[Row]:
    return [[]] * order["comment"].count(note_text(event["subject"]))


DEEDS: Mapping[tuple[str, str], Callable[[Order, Body], list[Row]]] = {
    ("shopscript", "order.noted"): _commented,
    ("shopscript", "order.cancelled"): _moved("delete"),
    ("orderdesk", "order.noted"): _noted,
    ("orderdesk", "order.invoiced"): _invoice_told,
    ("orderdesk", "order.refunded"): _moved("refund"),
    ("orderdesk", "order.cancelled"): _is_in_folder,
    ("openbizbox", "order.noted"): _commented,
    ("openbizbox", "order.invoiced"): _moved("invoice"),
    ("openbizbox", "order.refunded"): _moved("refund", whole=False),
    ("openbizbox", "order.cancelled"): _moved("refund", whole=True),
}
"""By kind and type of event: the rows that show it. What is not here, the vendor has no operation for."""

MOVING = {pair for pair in DEEDS if pair[1] != "order.noted"} - {("orderdesk", "order.invoiced")}
"""What moves money, paper or the order itself; a note that is told twice is merely doubled."""


def times_done(kind: str, order: Order, event: Body) -> int:
    """How often this vendor did in this order what the event says."""
    return len(DEEDS[kind, event["type"]](order, event))


def _shopscript_after(order: Order, event: Body) -> list[Decimal]:
    return [Decimal(row[1]) for row in _rows_of("shopscript", order, event)]


def _openbizbox_after(order: Order, event: Body) -> list[Decimal]:
    saves = order["saves"]
    return [Decimal(saves[row[2]["after_saves"] - 1][1]) for row in _rows_of("openbizbox", order, event)]


def _rows_of(kind: str, order: Order, event: Body) -> list[Row]:
    """The rows that say when; a note in a comment has none."""
    rows = DEEDS.get((kind, event["type"]))
    return [row for row in rows(order, event) if row] if rows else []


AFTER: Mapping[str, Callable[[Order, Body], list[Decimal]]] = {
    "shopscript": _shopscript_after,
    "openbizbox": _openbizbox_after,
}
"""The order's total when the action was done there, where the vendor's record tells."""
