"""One order being saved at OpenBizBox: created, or read, edited by position and read again.

An edit is made of positions, and one that the shop commits late would count them in lines that are no more: three lines
of which the first is removed twice leave one. So an edit without an answer is never simply sent again: the order is
read, and where it is not what the event says, that is believed only when the engine's ``settle_s`` has passed.
"""

from __future__ import annotations

from collections.abc import Generator
from http import HTTPStatus

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.base import Absent, Conversation, Found, Job, Reply, Request
from worker.providers.openbizbox.answers import conflict, created_id, held_order, judge, unnamed
from worker.providers.openbizbox.articles import Articles
from worker.providers.openbizbox.body import Wanted, wanted_of
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.differences import differences, tax_remark
from worker.providers.openbizbox.edit import edit_of, kept_by_the_shop, positions_of
from worker.providers.openbizbox.mark import is_another
from worker.providers.openbizbox.search import Search, is_this_order
from worker.providers.openbizbox.tally import counted, link_to

NAMED = 5  # so many differences are told one by one

Sightings = Generator[Request, Reply, Found | Absent | Outcome]


class Saving:
    """The save of one order."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls, articles: Articles) -> None:
        self._job = job
        self._order = job.event.order
        self._options = options
        self._calls = calls
        self._articles = articles

    def create(self) -> Conversation:
        """A new order; where the id of our choice is taken by this very order, an edit of it."""
        wanted = yield from self._wanted()
        if isinstance(wanted, Outcome):
            return wanted
        heard = yield from self._calls.create_order(wanted.create_body())
        if isinstance(heard, Outcome):
            return heard
        failed = judge(*heard)
        if failed is None:
            return (yield from self._created(wanted, *heard))
        if wanted.explicit_id is not None and failed.kind in {OutcomeKind.REJECTED, OutcomeKind.UNKNOWN}:
            return (yield from self._perhaps_taken(wanted, wanted.explicit_id, failed))
        return self._refused(failed)

    def update(self, order_id: str) -> Conversation:
        """The order that the link names, made to be what the event says."""
        both = yield from self._both(order_id)
        return both if isinstance(both, Outcome) else (yield from self._edit(*both))

    def look_up_create(self) -> Sightings:
        """Where the order is that a create may have made; the link has its lines as far as they are ours."""
        held = yield from Search(self._job, self._options, self._calls).order()
        if not isinstance(held, HeldOrder):
            return held
        wanted = yield from self._wanted()
        if isinstance(wanted, Outcome):
            return Found(link_to(held, self._job.link))
        return Found(self._link(held, wanted, positions_of(wanted, held.products, {})))

    def look_up_update(self, order_id: str) -> Sightings:
        """``Found`` where the order is what the event says, or where an edit would end without a request that changes
        anything; ``Absent`` where the edit is not there, or not yet."""
        both = yield from self._both(order_id)
        if isinstance(both, Outcome):
            return Found(self._job.link) if both.kind is OutcomeKind.REJECTED else both
        return Absent() if edit_of(*both, self._job.link.line_ids) else Found(self._job.link)

    def _link(self, held: HeldOrder, wanted: Wanted, positions: list[int | None]) -> Link:
        lines = {
            item_id: line_id
            for item_id, index in zip(wanted.lines.item_ids, positions, strict=True)
            if index is not None and (line_id := held.products[index].id)
        }
        return link_to(held, msgspec.structs.replace(self._job.link, line_ids=lines))

    def _both(self, order_id: str) -> Generator[Request, Reply, tuple[Wanted, HeldOrder] | Outcome]:
        """What the order should be and what it is."""
        wanted = yield from self._wanted()
        if isinstance(wanted, Outcome):
            return wanted
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, Outcome):
            return held
        return conflict(held) if self._is_another(held) else (wanted, held)

    def _wanted(self) -> Generator[Request, Reply, Wanted | Outcome]:
        items = [item for item in self._order.items if item.quantity > 0]
        articles = yield from self._articles.of_items(items)
        if isinstance(articles, Outcome):
            return articles
        return wanted_of(self._order, self._job.event.source, articles, self._options)

    def _created(self, wanted: Wanted, request: Request, reply: Reply) -> Conversation:
        """The answer is presumably the whole order (page "Response example"); where it is not, the order is read."""
        order_id = created_id(reply)
        if order_id is None:
            return unnamed(request, reply)
        held = held_order(reply)
        if held is not None and held.whole:
            return self._judged(wanted, held, Reason.SAVED)
        read = yield from self._calls.get_order(order_id)
        if isinstance(read, Outcome):
            return self._without_lines(read, order_id)
        return self._judged(wanted, read, Reason.SAVED)

    def _perhaps_taken(self, wanted: Wanted, chosen: int, failed: Outcome) -> Conversation:
        """No page says how a taken id is answered: so what is no success of a chosen id is followed by a look at it."""
        held = yield from self._calls.get_order(str(chosen))
        if isinstance(held, Outcome):
            return self._refused(failed) if held.http_status == HTTPStatus.NOT_FOUND else held
        if is_this_order(held, self._job, self._options):
            return (yield from self._edit(wanted, held))
        return conflict(held)

    def _is_another(self, held: HeldOrder) -> bool:
        return is_another(held, self._job.event.source, self._order.number)

    def _edit(self, wanted: Wanted, held: HeldOrder) -> Conversation:
        """Reads first, so that it can be run again at any time: what is there already is not sent."""
        body = edit_of(wanted, held, self._job.link.line_ids)
        if not body:
            return self._judged(wanted, held, Reason.EXISTS)
        heard = yield from self._calls.update_order(held.id, body)
        if isinstance(heard, Outcome):
            return heard
        failed = judge(*heard)
        if failed is not None:
            return counted(self._refused(failed), self._job, held.id)
        saved = yield from self._calls.get_order(held.id)
        if isinstance(saved, Outcome):
            return self._not_compared(saved)
        return self._judged(wanted, saved, Reason.SAVED)

    def _judged(self, wanted: Wanted, held: HeldOrder, reason: Reason) -> Outcome:
        """Accepted where the shop holds what was sent, else ``rejected`` with every difference; either way the link."""
        known = self._job.link.line_ids
        positions = positions_of(wanted, held.products, known)
        link = self._link(held, wanted, positions)
        found = {index for index in positions if index is not None}
        kept = sum(kept_by_the_shop(line, known) for index, line in enumerate(held.products) if index not in found)
        differing = differences(wanted, held, positions, kept)
        if differing:
            more = f"; and {len(differing) - NAMED} more" if len(differing) > NAMED else ""
            named = "; ".join(differing[:NAMED]) + more
            message = f"The shop's order {held.id} is not what was sent: {named}. Compare it by hand."
            kind, reason = OutcomeKind.REJECTED, Reason.DIFFERS
            return Outcome(kind=kind, reason=reason, message=message, link=link, may_have_been_done=True)
        remark = tax_remark(wanted, held, self._order.totals.grand)
        if remark:
            return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.REMARK, message=remark, link=link)
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=reason, link=link)

    def _refused(self, failed: Outcome) -> Outcome:
        """What was kept of the shop's articles may be why: it is asked for again next time."""
        if failed.kind is OutcomeKind.REJECTED:
            self._articles.forget(self._order.items)
        return failed

    def _without_lines(self, failed: Outcome, order_id: str) -> Outcome:
        """Created, as the answer named the order; never to be created again because a read failed after it."""
        message = f"Saved as order {order_id}, whose lines could not be read. {failed.message}"
        link = Link(order_id=order_id, notes=self._job.link.notes)
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.REMARK, message=message, link=link)

    def _not_compared(self, failed: Outcome) -> Outcome:
        """Edited, and then not to be read: another edit reads first, and sends what is missing."""
        message = f"The edit was answered well and could not be read again. {failed.message}"
        passing = {OutcomeKind.THROTTLED, OutcomeKind.UNAUTHORIZED}
        kind = failed.kind if failed.kind in passing else OutcomeKind.UNKNOWN
        return msgspec.structs.replace(failed, kind=kind, message=message, may_have_been_done=True)
