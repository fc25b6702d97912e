"""The conversation of a save: create and find, or edit; then read back. And the look-up when that is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder, ShopScriptOptions, read_hits, read_order
from worker.providers.base import Absent, Conversation, Found, Job, Reply, Request, Search
from worker.providers.shopscript import calls
from worker.providers.shopscript.answers import is_server_error, is_unknown_order, read, read_saved, unreadable
from worker.providers.shopscript.body import Draft, form_of, money
from worker.providers.shopscript.check import compare, shown
from worker.providers.shopscript.lines import lines_of, recognise
from worker.providers.shopscript.params import is_ours, search_key

Step = Generator[Request, Reply, HeldOrder | Outcome | None]
Hits = Generator[Request, Reply, list[HeldOrder] | Outcome]
DUPLICATES = "duplicates"


@dataclass(frozen=True, slots=True)
class Save:
    """One order's save at one shop. ``draft_of`` makes the draft of a job from what is known of the order there."""

    job: Job
    link: Link
    options: ShopScriptOptions
    draft_of: Callable[[Job, Link], Draft]

    def converse(self) -> Conversation:
        return self._create() if self.link.order_id is None else self._edit(self.link.order_id)

    def look_up(self) -> Search:
        """The order by the id we know, else by our key; several there: the lowest id. Its link has the line ids."""
        if self.link.order_id is not None:
            held = yield from self._read(self.link.order_id)
            if isinstance(held, HeldOrder):
                return Found(self._learned(held))
            if held is not None:
                return _unanswered(held)
        hits = yield from self._search()
        if isinstance(hits, Outcome):
            return _unanswered(hits)
        if not hits:
            return Absent()
        return Found(self._learned(hits[0], also=hits[1:]))

    def _create(self) -> Conversation:
        draft = self.draft_of(self.job, self.link)
        failure = read_saved((yield calls.save(form_of(draft), self.options)))
        if failure is not None:
            return failure
        hits = yield from self._search()
        if isinstance(hits, Outcome):
            return _unverified(hits, None)
        if not hits:
            message = "The shop said ok, but the order cannot be found there yet: it is looked for again."
            return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.TOO_EARLY, message=message, may_have_been_done=True)
        return (yield from self._read_back(draft, self._learned(hits[0], also=hits[1:])))

    def _edit(self, order_id: str) -> Conversation:
        link = self.link
        if any(line.name not in link.line_ids for line in lines_of(self.job.event.order, self.options.products)):
            held = yield from self._read(order_id)
            if not isinstance(held, HeldOrder):
                return held or _stale(order_id)
            link = self._learned(held)
        draft = self.draft_of(self.job, link)
        reply = yield calls.save(form_of(draft), self.options)
        failure = read_saved(reply)
        if failure is None:
            return (yield from self._read_back(draft, link))
        if is_server_error(reply):
            return (yield from self._after_server_error(order_id, failure))
        return failure

    def _after_server_error(self, order_id: str, failure: Outcome) -> Conversation:
        """The shop's 500 also says that the order is unknown or another customer's: only reading it tells."""
        held = yield from self._read(order_id)
        return _stale(order_id) if held is None else failure

    def _read_back(self, draft: Draft, link: Link) -> Conversation:
        held = yield from self._read(link.order_id or "")
        if not isinstance(held, HeldOrder):
            return _unverified(held, link)
        finding = compare(draft, held)
        notes = {name: text for name, text in link.notes.items() if name not in {DUPLICATES, "line_discounts"}}
        if draft.discount not in {None, "calculate"}:
            notes["discount"] = str(draft.discount)
        if draft.are_discounted:
            notes["line_discounts"] = "1"
        contact_id = str(held.contact_id) if held.contact_id else link.contact_id
        learned = Link(order_id=str(held.id), contact_id=contact_id, line_ids=finding.line_ids, notes=notes)
        if finding.problems:
            message = f"The shop holds order {held.id} differently: {shown(finding.problems)}."
            return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.DIFFERS, message=message, link=learned)
        return _accepted(learned, finding.remark, link.notes.get(DUPLICATES))

    def _learned(self, held: HeldOrder, also: list[HeldOrder] | None = None) -> Link:
        """What the order there tells: its id, its customer, and which of its lines are ours."""
        lines = lines_of(self.job.event.order, self.options.products)
        parts = recognise(lines, held.items, self.link.line_ids)
        notes = dict(self.link.notes)
        if held.discount is not None:
            notes.setdefault("discount", money(held.discount))
        if also:
            notes[DUPLICATES] = ", ".join(str(other.id) for other in also)
        return msgspec.structs.replace(
            self.link,
            order_id=str(held.id),
            contact_id=str(held.contact_id) if held.contact_id else self.link.contact_id,
            line_ids={**self.link.line_ids, **{name: str(found[0].id) for name, found in parts.items()}},
            notes=notes,
        )

    def _search(self) -> Hits:
        """The orders there that are surely ours, lowest id first."""
        source, number = self.job.event.source, self.job.event.subject
        reply = yield calls.search(search_key(source, number), self.options)
        answer = read(reply, mutating=False)
        if isinstance(answer, Outcome):
            return answer
        try:
            hits = read_hits(answer)
        except msgspec.ValidationError:
            return unreadable(reply, mutating=False)
        return sorted((hit for hit in hits if is_ours(hit.params, source, number)), key=lambda hit: hit.id)

    def _read(self, order_id: str) -> Step:
        """The order by its id; None where the shop has no such order."""
        reply = yield calls.read(order_id, self.options)
        if is_unknown_order(reply):
            return None
        answer = read(reply, mutating=False)
        if isinstance(answer, Outcome):
            return answer
        try:
            return read_order(answer)
        except msgspec.ValidationError:
            return unreadable(reply, mutating=False)


def _accepted(link: Link, remark: str, duplicates: str | None) -> Outcome:
    remarks = [f"Rounded by the shop: {remark}."] if remark else []
    if duplicates:
        remarks.append(f"The shop has this order more than once: {link.order_id} is kept up, {duplicates} is not.")
    reason = Reason.REMARK if remarks else Reason.SAVED
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=reason, message=" ".join(remarks), link=link)


def _stale(order_id: str) -> Outcome:
    message = f"The shop has no order {order_id} any more, which is the one that we know as this order."
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message=message)


def _unverified(why: Outcome | None, link: Link | None) -> Outcome:
    """The save was answered ok, but reading it back failed: what is there is to be looked up."""
    cause = why.message if why else "it is gone again."
    return Outcome(
        kind=OutcomeKind.UNKNOWN,
        reason=Reason.UNANSWERED_LOOK_UP,
        message=f"The shop said ok, but the order could not be read back: {cause}",
        http_status=why.http_status if why else None,
        excerpt=why.excerpt if why else "",
        link=link,
        may_have_been_done=True,
    )


def _unanswered(why: Outcome) -> Outcome:
    """A look-up that was refused says nothing of the order: it must not bury the delivery."""
    if why.kind is not OutcomeKind.REJECTED:
        return why
    return msgspec.structs.replace(why, kind=OutcomeKind.UNKNOWN, reason=Reason.UNANSWERED_LOOK_UP)
