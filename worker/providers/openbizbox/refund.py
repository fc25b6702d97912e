"""Lines of an order refunded: which lines of the shop they are, and what is asked for each.

Source: page "Order", "Refund" (2020-02-20): ``order_line_id``, ``amount_with_tax`` and ``quantity``; without the latter
two all of the line. The call has no place for the refund's id or reason, nor for an amount without a line; that nothing
is put back on the shelf can be said of a whole order alone. ``amount_with_tax`` is taken to be of all pieces named.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from schemas.event import Refund, RefundLine
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.base import Job, Reply, Request
from worker.providers.openbizbox.articles import Articles
from worker.providers.openbizbox.body import wanted_of
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.edit import positions_of
from worker.providers.openbizbox.lines import plain
from worker.providers.openbizbox.once import Act
from worker.providers.openbizbox.reach import Reach

NEEDS_LINES = "OpenBizBox refunds lines or all of an order, no bare amount: name the lines and their amounts."
TOLD_CHARS = 180  # of lines in a message, whatever their ids are
_RESTOCKS = "OpenBizBox cannot be told not to restock a part of an order: check the stock."

Lines = Generator[Request, Reply, dict[str, str] | Outcome]


class LinesRefund:
    """A refund by lines, of one order."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls, articles: Articles, reach: Reach) -> None:
        self._job = job
        self._refund = job.event.data.refund or Refund()
        self._options = options
        self._calls = calls
        self._articles = articles
        self._reach = reach

    @property
    def wanted(self) -> str:
        return f"the refund of {_told('; '.join(_named(line) for line in self._refund.lines))}"

    @property
    def strange(self) -> Outcome | None:
        """A refusal of lines that the order does not have, as far as the order is known here. A line that we linked
        may be missing from the order as last accepted: a later snapshot may wait behind this refund."""
        order = self._job.order
        if order is None:
            return None
        known = {item.id for item in order.items} | self._job.link.line_ids.keys()
        strange = [line.item_id for line in self._refund.lines if line.item_id not in known]
        if not strange:
            return None
        message = f"The order has no item {_told(', '.join(strange))}: correct the refund's lines."
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message)

    def plan(self, held: HeldOrder) -> Generator[Request, Reply, Act | Outcome]:
        """The call that refunds these lines of the order as it is."""
        if held.is_cancelled:
            message = f"Order {held.id} of the shop is cancelled: nothing of it is left to refund."
            return self._reach.rejected(held, message)
        line_ids = yield from self._line_ids(held)
        if isinstance(line_ids, Outcome):
            return line_ids
        lacking = [line.item_id for line in self._refund.lines if line.item_id not in line_ids]
        if lacking:
            message = (
                f"No line of the shop's order {held.id} is known for item {_told(', '.join(lacking))}: "
                "correct the refund's lines, or link the item to its line there, then replay this."
            )
            return self._reach.rejected(held, message)
        body = {"lines": [_asked(line, line_ids[line.item_id]) for line in self._refund.lines]}
        return Act(lambda: self._calls.refund(held.id, body), "" if self._refund.restock else _RESTOCKS)

    def _line_ids(self, held: HeldOrder) -> Lines:
        """Item id to the shop's line: by the link where that line is there still, else by what the lines are."""
        there = {line.id for line in held.products}
        known = {item: line for item, line in self._job.link.line_ids.items() if line in there}
        order = self._job.order
        if order is None or all(line.item_id in known for line in self._refund.lines):
            return known
        items = [item for item in order.items if item.quantity > 0]
        articles = yield from self._articles.of_items(items)
        if isinstance(articles, Outcome):
            return articles
        wanted = wanted_of(order, self._job.event.source, articles, self._options)
        positions = positions_of(wanted, held.products, known)
        places = zip(wanted.lines.item_ids, positions, strict=True)
        found = {item: held.products[index].id for item, index in places if index is not None}
        return known | {item: line for item, line in found.items() if line is not None}


def _asked(line: RefundLine, line_id: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"order_line_id": int(line_id)}
    if line.amount is not None:
        asked["amount_with_tax"] = plain(line.amount)
    if line.quantity is not None:
        asked["quantity"] = plain(line.quantity)
    return asked


def _named(line: RefundLine) -> str:
    quantity = "all" if line.quantity is None else f"{line.quantity:f}"
    amount = "" if line.amount is None else f" for {line.amount:f}"
    return f"{quantity} of item {line.item_id}{amount}"


def _told(text: str) -> str:
    return text if len(text) <= TOLD_CHARS else text[:TOLD_CHARS] + "…"
