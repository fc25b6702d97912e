"""The order of ours at OpenBizBox that a job is about: the one that the link names, else the one that is found.

An order without a link is looked for after a create without an answer, and by an action. Under an id of our choice it
is read. Else the shop's orders are searched (page "Filters", goldenplanetdk/api-example): only our mark makes one of
them ours. An order without any mark that could be ours leaves us unable to tell.

The search asks by the time that we gave the order, which names nobody; by the buyer's e-mail, which every log of URLs
would keep, only where the shop has too many orders of that time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from schemas.delivery import Link
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldLine, HeldOrder, OpenBizBoxOptions, read_order
from worker.providers.base import Absent, Job, Reply, Request, Settled, Undetermined
from worker.providers.lookup import is_not_there, locate
from worker.providers.openbizbox.api import Calls
from worker.providers.openbizbox.journal_link import link_to
from worker.providers.openbizbox.mapping import explicit_id
from worker.providers.openbizbox.mapping_comment import is_another, is_ours
from worker.providers.openbizbox.sums import CENT

PAGES_BY_TIME, PAGES_BY_EMAIL = 3, 20
A_MINUTE_S = 60
NEAR = timedelta(minutes=1)
FIQL_SIGNS = frozenset(";,()*\"'\\<>!")

_Orders = Generator[Request, Reply, list[HeldOrder] | Outcome | None]
Sought = Generator[Request, Reply, HeldOrder | Absent | Outcome]


class Finder:
    """The order of one job at one shop. ``job.order`` is what it should look like, where that is known."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls) -> None:
        self._job = job
        self._calls = calls
        self._search = _Search(job, options, calls)

    @property
    def link(self) -> Link:
        """What is known of the order at the shop so far."""
        return self._job.link

    @property
    def is_possible(self) -> bool:
        """Whether the order can be named or asked for at all."""
        return self._job.link.order_id is not None or self._search.is_possible

    def find(self) -> Sought:
        """The order by the id that the link names, else by a search."""
        return locate(self._job.link, self._linked, self._search.order)

    def order(self) -> Generator[Request, Reply, HeldOrder | Outcome]:
        """The order for an action, as it is; ``rejected`` where there is none (``unknown_order``), or another's
        (``source_conflict``)."""
        found = yield from self.find()
        if isinstance(found, Outcome) and found.reason is Reason.UNANSWERED_LOOK_UP:
            return self.no_order(found.message)
        return self.no_order() if isinstance(found, Absent) else found

    def is_gone(self, found: object) -> bool:
        """Whether this read of the order that the link names shows that the shop has it no more."""
        return is_not_there(found) and self._job.link.order_id is not None

    def in_doubt(
        self, gone: Settled | None = None
    ) -> Generator[Request, Reply, HeldOrder | Absent | Settled | Undetermined | Outcome]:
        """The order, for a look-up. An action on an order that was never there has surely not been done; of one that
        was there and is gone nobody can tell, unless ``gone`` says what it means for this action."""
        found = yield from self.find()
        if not isinstance(found, Outcome):
            return found
        if found.reason is Reason.UNANSWERED_LOOK_UP:
            return Undetermined(found.message)
        if found.reason is Reason.UNKNOWN_ORDER:
            order_id = self._job.link.order_id
            return gone or Undetermined(
                f"Order {order_id} is gone from the shop: find out there what became of it and its money."
            )
        return Absent() if found.reason is Reason.SOURCE_CONFLICT else found

    def learned(self, held: HeldOrder) -> Link | None:
        """The link as it is to be kept, ``None`` where that is how it is kept already."""
        known = self._job.link
        link = link_to(held, known)
        return None if link == msgspec.structs.replace(known, contact_id=link.contact_id) else link

    def accepted(self, held: HeldOrder, reason: Reason, message: str = "") -> Outcome:
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=reason, message=message, link=self.learned(held))

    def rejected(self, held: HeldOrder, message: str, reason: Reason = Reason.REJECTED) -> Outcome:
        return Outcome(kind=OutcomeKind.REJECTED, reason=reason, message=message, link=self.learned(held))

    def settled(self, held: HeldOrder, message: str) -> Settled:
        return Settled(message, self.learned(held))

    def no_order(self, because: str = "") -> Outcome:
        number = self._job.event.subject
        message = because or f"The shop shows no order of ours with number {number}."
        message += " Once the order is delivered this goes by itself; or link it to the one it is, then replay this."
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message=message)

    def _linked(self, order_id: str) -> Sought:
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, HeldOrder) and is_another(held, self._job.event.source, self._job.event.subject):
            return conflict(held)
        return held


@dataclass(frozen=True, slots=True)
class _Query:
    """One question to the shop's search. ``pages`` is how many are read of its answer at most, ``tells`` whether an
    order that it does not find is not there."""

    fiql: str
    pages: int
    tells: bool = True


class _Search:
    """The search for an order that no link names."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls) -> None:
        self._job = job
        self._options = options
        self._calls = calls

    @property
    def is_possible(self) -> bool:
        """Whether there is anything to ask for: an id of our choice, or the time of the order."""
        return self._chosen is not None or self._job.order is not None

    def order(self) -> Sought:
        """Our order; ``unknown`` (``unanswered_look_up``) where the shop's answers do not tell whether one is ours."""
        if self._chosen is None:
            return (yield from self._by_mark())
        held = yield from self._calls.get_order(str(self._chosen))
        is_free = is_not_there(held)
        if not is_free and (isinstance(held, Outcome) or is_this_order(held, self._job, self._options)):
            return held
        if self._options.mark == "none" or (is_free and self._job.order is None):
            return Absent()
        return (yield from self._by_mark())

    @property
    def _chosen(self) -> int | None:
        return explicit_id(self._job.key, self._options.order_id_offset)

    def _by_mark(self) -> Sought:
        order = self._job.order
        if order is None:
            return _cannot_tell("Nothing is kept of the order by which the shop could be asked for it.")
        for query in self._queries(order):
            held = yield from self._orders(query)
            if isinstance(held, Outcome):
                return held
            found = None if held is None else self._ours_of(held, order)
            if isinstance(found, HeldOrder) or (found is not None and query.tells):
                return found
        return _cannot_tell(
            "The shop has more orders since then than are read, and cannot be asked for the buyer's alone."
        )

    def _queries(self, order: Order) -> Iterator[_Query]:
        """Made for the minute that we asked for; else since the day before, as a shop that dates by its own clock has
        it; else of the buyer. A filter's times are the shop's own, as those that we send are."""
        from_time, to_time = (self._options.shop_time(order.placed_at + by) for by in (-NEAR, NEAR))
        since = "created_at=gte=" + self._options.shop_time(order.placed_at - timedelta(days=1))[: len("2012-12-12")]
        yield _Query(f"created_at=gte={from_time};created_at=lte={to_time}", PAGES_BY_TIME, tells=False)
        yield _Query(since, PAGES_BY_TIME)
        email = order.customer.email
        if email and not FIQL_SIGNS & set(email):
            yield _Query(f"email=={email};{since}", PAGES_BY_EMAIL)

    def _ours_of(self, held: list[HeldOrder], order: Order) -> HeldOrder | Absent | Outcome:
        source, number = self._job.event.source, self._job.event.subject
        ours = [one for one in held if is_ours(one, source, number)]
        if ours:
            return min(ours, key=lambda one: int(one.id))
        doubtful = [one for one in held if not is_another(one, source, number) and could_be(one, order, self._options)]
        if doubtful:
            return _cannot_tell(
                f"Order {doubtful[0].id} of the shop is alike and carries no mark. See whether it is this one and say "
                f"so: ordercast link, --order-id {doubtful[0].id}, or --none where it is another."
            )
        return Absent()

    def _orders(self, query: _Query) -> _Orders:
        """All that the search finds; ``None`` where they are too many, or where it does not take the question."""
        found: list[HeldOrder] = []
        for page in range(1, query.pages + 1):
            listed = yield from self._calls.search(query.fiql, page)
            if isinstance(listed, Outcome):
                return None if listed.kind is OutcomeKind.REJECTED and not query.tells else listed
            if listed["pages"] > query.pages:
                return None
            for resource in listed["_embedded"]["resources"]:
                held = yield from self._whole(resource)
                if isinstance(held, Outcome):
                    return held
                found += [held] if held else []
            if page >= listed["pages"]:
                break
        return found

    def _whole(self, resource: object) -> Generator[Request, Reply, HeldOrder | Outcome | None]:
        """An order of a list, read by itself where the list shows less than a read does. ``None``: gone meanwhile."""
        held = read_order(resource)
        if held is None or (held.whole and isinstance(resource, dict) and "comment" in resource):
            return held
        read = yield from self._calls.get_order(held.id)
        return None if is_not_there(read) else read


def conflict(held: HeldOrder) -> Outcome:
    """The order that was read carries the mark of another one."""
    message = f"Order {held.id} of the shop is another one: correct the number, the refs or order_id_offset."
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.SOURCE_CONFLICT, message=message)


def taken(held: HeldOrder) -> Outcome:
    """The id of our choice is another order's, and nothing would know ours again under another id."""
    message = (
        f"Id {held.id} is taken by another order of the shop, and without a mark ours could not be known under another "
        'id: set mark = "comment", or another order_id_offset.'
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.SOURCE_CONFLICT, message=message)


def is_this_order(held: HeldOrder, job: Job, options: OpenBizBoxOptions) -> bool:
    """Whether the order under the id of our choice is ours: by its mark, else as one of the buyer that could be."""
    source, number = job.event.source, job.event.subject
    if is_ours(held, source, number):
        return True
    return job.order is not None and not is_another(held, source, number) and could_be(held, job.order, options)


def could_be(held: HeldOrder, order: Order, options: OpenBizBoxOptions) -> bool:
    """Whether an order without a mark may be this one: of the same buyer and currency, and made for the same minute,
    or alike in lines and total."""
    is_buyers = held.email.casefold() == (order.customer.email or "").casefold()
    if not is_buyers or held.currency not in (order.currency, options.currencies.get(order.currency)):
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


def _cannot_tell(why: str) -> Outcome:
    return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNANSWERED_LOOK_UP, message=why)
