"""The conversation of a save: create and find, or edit; then read back, then the state. And the look-up in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder
from worker.providers.base import Absent, Conversation, Found, Search
from worker.providers.shopscript import calls, comment
from worker.providers.shopscript.answers import is_server_error, read_saved
from worker.providers.shopscript.body import Draft, form_of, line_discounts
from worker.providers.shopscript.check import compare, shown
from worker.providers.shopscript.finding import DUPLICATES, Finder, accepted, unanswered, unverified
from worker.providers.shopscript.lines import lines_of
from worker.providers.shopscript.workflow import advance


@dataclass(frozen=True, slots=True)
class Save:
    """One order's save at one shop. ``draft_of`` makes the draft from what is known of the order there, and from the
    comment that is there where it had to be read."""

    finder: Finder
    draft_of: Callable[[Link, str | None], Draft]

    def converse(self) -> Conversation:
        order_id = self.finder.link.order_id
        return self._create() if order_id is None else self._edit(order_id)

    def look_up(self) -> Search:
        """Where the order is; its link has the line ids."""
        sight = yield from self.finder.find()
        if isinstance(sight, Outcome):
            return unanswered(sight)
        return Found(sight.link) if sight else Absent()

    def _create(self) -> Conversation:
        draft = self.draft_of(self.finder.link, None)
        failure = read_saved((yield calls.save(form_of(draft), self.finder.options)))
        if failure is not None:
            return failure
        hits = yield from self.finder.by_key()
        if isinstance(hits, Outcome):
            return unverified(hits, None)
        if not hits:
            return Outcome(
                kind=OutcomeKind.UNKNOWN, reason=Reason.TOO_EARLY, message=_NOT_FOUND_YET, may_have_been_done=True
            )
        return (yield from self._read_back(draft, self.finder.learned(hits[0], also=hits[1:])))

    def _edit(self, order_id: str) -> Conversation:
        finder, link, there = self.finder, self.finder.link, None
        order = finder.job.event.order
        lines = lines_of(order, finder.options.products)
        if any(line.name not in link.line_ids for line in lines) or comment.must_be_read(order, link):
            held = yield from finder.by_id(order_id)
            if not isinstance(held, HeldOrder):
                return held or _stale(order_id)
            link, there = finder.learned(held), held.comment
        draft = self.draft_of(link, there)
        reply = yield calls.save(form_of(draft), finder.options)
        failure = read_saved(reply)
        if failure is None:
            return (yield from self._read_back(draft, link))
        if is_server_error(reply):
            return (yield from self._after_server_error(order_id, failure))
        return failure

    def _after_server_error(self, order_id: str, failure: Outcome) -> Conversation:
        """The shop's 500 also says that the order is unknown or another customer's: only reading it tells."""
        held = yield from self.finder.by_id(order_id)
        return _stale(order_id) if held is None else failure

    def _read_back(self, draft: Draft, link: Link) -> Conversation:
        held = yield from self.finder.by_id(link.order_id or "")
        if not isinstance(held, HeldOrder):
            return unverified(held, link)
        finding = compare(draft, held)
        learned = _after(draft, held, link, finding.line_ids)
        if finding.problems:
            message = f"The shop holds order {held.id} differently: {shown(finding.problems)}."
            return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.DIFFERS, message=message, link=learned)
        remark = yield from advance(held, draft.order, self.finder)
        if isinstance(remark, Outcome):
            return msgspec.structs.replace(remark, link=learned)
        also = {DUPLICATES: link.notes[DUPLICATES]} if DUPLICATES in link.notes else {}
        rounded = f"Rounded by the shop: {finding.remark}." if finding.remark else ""
        return accepted(msgspec.structs.replace(learned, notes=learned.notes | also), [rounded, remark])


def _after(draft: Draft, held: HeldOrder, link: Link, line_ids: dict[str, str]) -> Link:
    """What we know of the order once it was saved."""
    notes = {name: text for name, text in link.notes.items() if name not in {DUPLICATES, "line_discounts"}}
    if draft.discount not in {None, "calculate"}:
        notes["discount"] = str(draft.discount)
    if draft.are_discounted:
        notes["line_discounts"] = line_discounts(draft.order)
    notes[comment.SAID] = comment.mark_of(comment.said_by(draft.order))
    contact_id = str(held.contact_id) if held.contact_id else link.contact_id
    return Link(order_id=str(held.id), contact_id=contact_id, line_ids=line_ids, notes=notes)


def _stale(order_id: str) -> Outcome:
    message = f"The shop has no order {order_id} any more, which is the one that we know as this order."
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message=message)


_NOT_FOUND_YET = (
    "The shop said ok, but the order cannot be found there yet: it is looked for again. If that goes on, give the "
    "token's user the right to see orders, without which every search is empty."
)
