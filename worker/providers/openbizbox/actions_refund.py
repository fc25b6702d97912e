"""Lines of an order refunded: which lines of the shop they are, and what is asked for each.

Source: page "Order", "Refund" (2020-02-20): ``order_line_id``, ``amount_with_tax`` and ``quantity``; without the latter
two all of the line. The call has no place for the refund's id or reason, nor for an amount without a line; that nothing
is put back on the shelf can be said of a whole order alone. ``amount_with_tax`` is taken to be of all pieces named.
A line that went as one piece has one there, so that some of its pieces are a share of its price.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from schemas.event import Refund, RefundLine
from schemas.order import ZERO, Item
from schemas.outcome import Outcome
from schemas.providers.openbizbox import HeldLine, HeldOrder, OpenBizBoxOptions
from worker.providers.base import Job, Reply, Request
from worker.providers.openbizbox.api import Calls
from worker.providers.openbizbox.journal import PlannedCall
from worker.providers.openbizbox.journal_link import ones_of
from worker.providers.openbizbox.lines import positions_of, same_price
from worker.providers.openbizbox.lookup import Finder
from worker.providers.openbizbox.mapping import wanted_of
from worker.providers.openbizbox.mapping_articles import Articles
from worker.providers.openbizbox.mapping_lines import items_of
from worker.providers.openbizbox.sums import CENT, plain

TOLD_CHARS = 180  # of lines in a message, whatever their ids are
_RESTOCKS = "OpenBizBox cannot be told not to restock a part of an order: check the stock."

LineIds = Generator[Request, Reply, dict[str, str] | Outcome]


class Refunding:
    """A refund by lines, of one order."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls, articles: Articles, finder: Finder) -> None:
        self._job = job
        self._refund = job.event.data.refund or Refund()
        self._options = options
        self._calls = calls
        self._articles = articles
        self._finder = finder

    @property
    def wanted(self) -> str:
        return f"the refund of {_told('; '.join(_named(line) for line in self._refund.lines))}"

    def plan(self, held: HeldOrder) -> Generator[Request, Reply, PlannedCall | Outcome]:
        """The call that refunds these lines of the order as it is."""
        if held.is_cancelled:
            message = f"Order {held.id} of the shop is cancelled: nothing of it is left to refund."
            return self._finder.rejected(held, message)
        if strange := self._strange():
            message = f"The order has no item {_told(', '.join(strange))}: correct the refund's lines."
            return self._finder.rejected(held, message)
        line_ids = yield from self._line_ids(held)
        if isinstance(line_ids, Outcome):
            return line_ids
        lacking = [line.item_id for line in self._refund.lines if line.item_id not in line_ids]
        if lacking:
            message = (
                f"No line of the shop's order {held.id} is known for item {_told(', '.join(lacking))}: "
                "correct the refund's lines, or link the item to its line there, then replay this."
            )
            return self._finder.rejected(held, message)
        by_id = {line.id: line for line in held.products}
        lines = {item_id: by_id[line_id] for item_id, line_id in line_ids.items()}
        asked = [self._asked(line, lines[line.item_id]) for line in self._refund.lines]
        refused = self._too_many(lines) or self._worthless(asked)
        if refused:
            return self._finder.rejected(held, refused)
        body = {"lines": asked}
        return PlannedCall(lambda: self._calls.refund(held.id, body), "" if self._refund.restock else _RESTOCKS)

    def _strange(self) -> list[str]:
        """The items that the order does not have, as far as the order is known here. A line that we linked may be
        missing from the order as last accepted: a later snapshot may wait behind this refund."""
        order = self._job.order
        known = {item.id for item in order.items} | self._job.link.line_ids.keys() if order else set[str]()
        return [line.item_id for line in self._refund.lines if order and line.item_id not in known]

    def _too_many(self, lines: Mapping[str, HeldLine]) -> str:
        """Why not, where a line has fewer pieces in the shop than are taken back of it; of one whose quantity cannot
        be read the shop itself has to say so."""
        taken: dict[str, Decimal] = {}
        for line in self._refund.lines:
            taken[line.item_id] = taken.get(line.item_id, ZERO) + (line.quantity or ZERO)
        for item_id, quantity in taken.items():
            sold = self._sold_as_one(item_id, lines[item_id]) or lines[item_id].quantity
            if quantity > sold > 0:
                named = f"{quantity:f} of item {_told(item_id)}"
                return f"The refund takes back {named}, the shop's order has {sold:f}: correct it."
        return ""

    def _worthless(self, asked: list[dict[str, Any]]) -> str:
        worthless = [line.item_id for line, part in zip(self._refund.lines, asked, strict=True) if _is_nothing(part)]
        named = _told(", ".join(worthless))
        message = f"So few pieces of item {named} come to less than a cent: give the refund's lines an amount."
        return message if worthless else ""

    def _asked(self, line: RefundLine, held: HeldLine) -> dict[str, Any]:
        asked: dict[str, Any] = {"order_line_id": int(held.id or 0)}
        sold = self._sold_as_one(line.item_id, held)
        amount, quantity = line.amount, line.quantity
        if sold is not None and quantity is not None:
            share = (held.price_with_tax * quantity / sold).quantize(CENT, ROUND_HALF_EVEN)
            amount, quantity = share if amount is None else amount, None
        if amount is not None:
            asked["amount_with_tax"] = plain(amount)
        return asked if quantity is None else asked | {"quantity": plain(quantity)}

    def _sold_as_one(self, item_id: str, held: HeldLine) -> Decimal | None:
        """How many pieces the shop's one piece stands for; ``None`` where the line is there by its pieces."""
        if held.quantity != 1:
            return None
        ones, order = ones_of(self._job.link), self._job.order
        if item_id in ones or order is None:
            return ones.get(item_id)
        return next((item.quantity for item in order.items if item.id == item_id and _is_in_one(item, held)), None)

    def _line_ids(self, held: HeldOrder) -> LineIds:
        """Item id to the shop's line: by the link where that line is there still, else by what the lines are."""
        there = {line.id for line in held.products}
        known = {item: line for item, line in self._job.link.line_ids.items() if line in there}
        order = self._job.order
        if order is None or all(line.item_id in known for line in self._refund.lines):
            return known
        articles = yield from self._articles.of_items(items_of(order))
        if isinstance(articles, Outcome):
            return articles
        wanted = wanted_of(order, self._job.event.source, articles, self._options)
        positions = positions_of(wanted, held.products, known)
        places = zip(wanted.lines.item_ids, positions, strict=True)
        found = {item: held.products[index].id for item, index in places if index is not None}
        return known | {item: line for item, line in found.items() if line is not None}


def _is_in_one(item: Item, held: HeldLine) -> bool:
    """Whether a line of one piece, of which no note tells, stands for all of an item: a save may have ended before it
    was noted. One at the price of a piece is that piece: more of them may be to come."""
    if item.quantity in {0, 1}:
        return False
    is_a_piece = any(
        same_price(item.total / item.quantity, price) and not same_price(item.total, price)
        for price in (held.price, held.price_with_tax)
    )
    return not is_a_piece


def _is_nothing(asked: dict[str, Any]) -> bool:
    return asked.get("amount_with_tax") == 0


def _named(line: RefundLine) -> str:
    quantity = "all" if line.quantity is None else f"{line.quantity:f}"
    amount = "" if line.amount is None else f" for {line.amount:f}"
    return f"{quantity} of item {line.item_id}{amount}"


def _told(text: str) -> str:
    return text if len(text) <= TOLD_CHARS else text[:TOLD_CHARS] + "…"
