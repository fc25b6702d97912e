"""The order of ours at OpenBizBox that no link names: asked for after a create without an answer, and by an action.

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
from worker.providers.base import Absent, Job, Reply, Request
from worker.providers.openbizbox.answers import judge, read_tree, unreadable
from worker.providers.openbizbox.body import explicit_id, shop_time
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.differences import CENT
from worker.providers.openbizbox.mark import is_another, is_ours

MAX_PAGES = 20
A_MINUTE_S = 60
FIQL_SIGNS = frozenset(";,()*\"'\\<>!")

Orders = Generator[Request, Reply, list[HeldOrder] | Outcome]
Located = Generator[Request, Reply, HeldOrder | Absent | Outcome]


class Search:
    """The search for the order that a job is about. ``job.order`` is what it should look like, where that is known."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls) -> None:
        self._job = job
        self._options = options
        self._calls = calls

    @property
    def is_possible(self) -> bool:
        """Whether there is anything to ask for: an id of our choice, or a buyer's e-mail."""
        return self._chosen is not None or bool(self._email)

    def order(self) -> Located:
        """Our order; ``unknown`` (``unanswered_look_up``) where the shop's answers do not tell whether one is ours."""
        if self._chosen is not None:
            return (yield from self._by_id(str(self._chosen)))
        return (yield from self._by_mark())

    @property
    def _chosen(self) -> int | None:
        return explicit_id(self._job.event.subject, self._options.order_id_offset)

    @property
    def _email(self) -> str:
        return (self._job.order.customer.email or "") if self._job.order else ""

    def _by_id(self, order_id: str) -> Located:
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, Outcome):
            return Absent() if held.http_status == HTTPStatus.NOT_FOUND else held
        return held if is_this_order(held, self._job, self._options) else Absent()

    def _by_mark(self) -> Located:
        order = self._job.order
        if order is None or not self._email:
            return _cannot_tell("Nothing is kept of the order by which the shop could be asked for it.")
        if FIQL_SIGNS & set(self._email):
            return _cannot_tell("The buyer's e-mail has characters that the shop's search cannot be asked for.")
        held = yield from self._orders_of_the_buyer(order)
        return self._ours_of(held, order) if isinstance(held, list) else held

    def _ours_of(self, held: list[HeldOrder], order: Order) -> HeldOrder | Absent | Outcome:
        source, number = self._job.event.source, self._job.event.subject
        ours = [one for one in held if is_ours(one, source, number)]
        if ours:
            return min(ours, key=lambda one: int(one.id))
        doubtful = [one for one in held if not is_another(one, source, number) and could_be(one, order, self._options)]
        if doubtful:
            return _cannot_tell(f"Order {doubtful[0].id} of the shop is alike and carries no mark: is it this one?")
        return Absent()

    def _orders_of_the_buyer(self, order: Order) -> Orders:
        """All since the day before the order was placed: the shop may have dated it by our word or by its own clock."""
        day = shop_time(order.placed_at - timedelta(days=1), self._options)[: len("2012-12-12")]
        fiql = f"email=={self._email};created_at=gte={day}"
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
        return judge(*heard) or (tree if is_page(tree, page) else unreadable(*heard))

    def _whole(self, resource: object) -> Generator[Request, Reply, HeldOrder | Outcome | None]:
        """An order of a list, read by itself where the list shows less than a read does. ``None``: gone meanwhile."""
        held = read_order(resource)
        if held is None or (held.whole and isinstance(resource, dict) and "comment" in resource):
            return held
        read = yield from self._calls.get_order(held.id)
        if isinstance(read, Outcome) and read.http_status == HTTPStatus.NOT_FOUND:
            return None
        return read


def is_this_order(held: HeldOrder, job: Job, options: OpenBizBoxOptions) -> bool:
    """Whether the order under the id of our choice is ours: by its mark, else by the buyer and the currency."""
    source, number, order = job.event.source, job.event.subject, job.order
    if is_ours(held, source, number):
        return True
    if is_another(held, source, number) or order is None:
        return False
    email = order.customer.email or ""
    sent = options.currencies.get(order.currency, order.currency)
    return held.email.casefold() == email.casefold() and held.currency in (order.currency, sent)


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


def is_page(tree: object, page: int) -> bool:
    """Whether this is the page that was asked for: ``{total, page, limit, pages, _embedded.resources[]}``."""
    if not isinstance(tree, dict) or not isinstance(tree.get("pages"), int) or tree.get("page") != page:
        return False
    embedded = tree.get("_embedded")
    return isinstance(embedded, dict) and isinstance(embedded.get("resources"), list)


def _cannot_tell(why: str) -> Outcome:
    return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNANSWERED_LOOK_UP, message=why)
