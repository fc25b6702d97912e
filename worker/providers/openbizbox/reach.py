"""The order that an action is about: the one that the link names, else the one that a search finds to be ours."""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.base import Absent, Job, Reply, Request, Settled, Undetermined
from worker.providers.openbizbox.answers import conflict, is_not_there
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.mark import is_another
from worker.providers.openbizbox.search import Search
from worker.providers.openbizbox.tally import link_to


class Reach:
    """One order, as an action comes by it."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls) -> None:
        self._job = job
        self._calls = calls
        self._search = Search(job, options, calls)

    @property
    def link(self) -> Link:
        """What is known of the order at the shop so far."""
        return self._job.link

    @property
    def is_possible(self) -> bool:
        """Whether the order can be named or asked for at all."""
        return self._job.link.order_id is not None or self._search.is_possible

    def order(self) -> Generator[Request, Reply, HeldOrder | Outcome]:
        """The order as it is; ``rejected`` where there is none (``unknown_order``), or another's
        (``source_conflict``)."""
        found = yield from self._sought()
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
        found = yield from self._sought()
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

    def _sought(self) -> Generator[Request, Reply, HeldOrder | Absent | Outcome]:
        order_id = self._job.link.order_id
        if order_id is None:
            return (yield from self._search.order())
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, HeldOrder) and is_another(held, self._job.event.source, self._job.event.subject):
            return conflict(held)
        return held
