"""Whether an order of ours is at OpenBizBox, asked when a create was left without an answer.

Under an id of our choice it is read. Else the buyer's orders are searched (page "Filters", goldenplanetdk/api-example):
only our mark makes one of them ours. An order without any mark that could be ours leaves us unable to tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldLine, HeldOrder, OpenBizBoxOptions, read_order
from worker.providers.base import Absent, Found, Job, Reply, Request, Search
from worker.providers.openbizbox.answers import judge, read_tree, unreadable
from worker.providers.openbizbox.body import explicit_id, shop_time
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.differences import CENT
from worker.providers.openbizbox.mark import is_another, is_ours
from worker.providers.openbizbox.save import Saving

MAX_PAGES = 20
A_MINUTE_S = 60
_FIQL_SIGNS = frozenset(";,()*\"'\\<>!")

Orders = Generator[Request, Reply, list[HeldOrder] | Outcome]


class LookUp:
    """The look-up of one order."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls, saving: Saving) -> None:
        self._job = job
        self._order = job.event.order
        self._options = options
        self._calls = calls
        self._saving = saving

    def search(self) -> Search:
        chosen = explicit_id(self._order.number, self._options.order_id_offset)
        if chosen is not None:
            return (yield from self._by_id(str(chosen)))
        return (yield from self._by_mark())

    def _by_id(self, order_id: str) -> Search:
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, Outcome):
            return Absent() if held.http_status == HTTPStatus.NOT_FOUND else held
        return (yield from self._found(held)) if self._saving.is_this_order(held) else Absent()

    def _by_mark(self) -> Search:
        if _FIQL_SIGNS & set(self._order.customer.email or ""):
            return _cannot_tell("The buyer's e-mail has characters that the shop's search cannot be asked for.")
        held = yield from self._orders_of_the_buyer()
        if isinstance(held, Outcome):
            return held
        source, number = self._job.event.source, self._order.number
        ours = [order for order in held if is_ours(order, source, number)]
        if ours:
            return (yield from self._found(min(ours, key=lambda order: int(order.id))))
        doubtful = [
            order
            for order in held
            if not is_another(order, source, number) and could_be(order, self._order, self._options)
        ]
        if doubtful:
            return _cannot_tell(f"Order {doubtful[0].id} of the shop is alike and carries no mark: is it this one?")
        return Absent()

    def _orders_of_the_buyer(self) -> Orders:
        """All since the day before the order was placed: the shop may have dated it by our word or by its own clock."""
        day = shop_time(self._order.placed_at - timedelta(days=1), self._options)[: len("2012-12-12")]
        fiql = f"email=={self._order.customer.email};created_at=gte={day}"
        found: list[HeldOrder] = []
        for page in range(1, MAX_PAGES + 1):
            listed = yield from self._page(fiql, page)
            if isinstance(listed, Outcome):
                return listed
            for resource in listed["_embedded"]["resources"]:
                held = yield from self._whole(resource)
                if isinstance(held, Outcome):
                    return held
                found += [held] if held else []
            if page >= listed["pages"]:
                return found
        return _cannot_tell(f"The buyer has more than {MAX_PAGES} pages of orders since then.")

    def _page(self, fiql: str, page: int) -> Generator[Request, Reply, dict[str, Any] | Outcome]:
        heard = yield from self._calls.search(fiql, page)
        if isinstance(heard, Outcome):
            return heard
        tree = read_tree(heard[1])
        return judge(*heard) or (tree if _is_page(tree, page) else unreadable(*heard))

    def _whole(self, resource: object) -> Generator[Request, Reply, HeldOrder | Outcome | None]:
        """An order of a list, read by itself where the list shows less than a read does. ``None``: gone meanwhile."""
        held = read_order(resource)
        if held is None or (held.whole and isinstance(resource, dict) and "comment" in resource):
            return held
        read = yield from self._calls.get_order(held.id)
        if isinstance(read, Outcome) and read.http_status == HTTPStatus.NOT_FOUND:
            return None
        return read

    def _found(self, held: HeldOrder) -> Generator[Request, Reply, Found]:
        return Found((yield from self._saving.find(held)))


def could_be(held: HeldOrder, order: Order, options: OpenBizBoxOptions) -> bool:
    """Whether an order without a mark may be this one: made for the same minute, or alike in lines and total."""
    if held.currency not in (order.currency, options.currencies.get(order.currency)):
        return False
    if held.created_at is not None and abs((held.created_at - order.placed_at).total_seconds()) < A_MINUTE_S:
        return True
    totals = [total for total in (held.total, held.total_with_tax) if total is not None]
    near = CENT * (len(held.products) + len(held.fees) + len(held.discounts) + 2)
    return _same_lines(held.products, order) and (
        not totals or any(abs(total - order.totals.grand) <= near for total in totals)
    )


def _same_lines(lines: list[HeldLine], order: Order) -> bool:
    """By article where the event names it, by model where it names a sku, and by quantity alone where neither."""
    items = [item for item in order.items if item.quantity > 0]
    if Counter(line.quantity for line in lines) != Counter(item.quantity for item in items):
        return False
    held = {(str(line.article), line.quantity) for line in lines} | {(line.model, line.quantity) for line in lines}
    return all(
        (item.variant_id, item.quantity) in held or (item.sku, item.quantity) in held
        for item in items
        if item.variant_id or item.sku
    )


def _is_page(tree: object, page: int) -> bool:
    """Whether this is the page that was asked for: ``{total, page, limit, pages, _embedded.resources[]}``."""
    if not isinstance(tree, dict) or not isinstance(tree.get("pages"), int) or tree.get("page") != page:
        return False
    embedded = tree.get("_embedded")
    return isinstance(embedded, dict) and isinstance(embedded.get("resources"), list)


def _cannot_tell(why: str) -> Outcome:
    return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNANSWERED_LOOK_UP, message=why)
