"""The conversation of a save: create and find, or edit; then read back, then the state. And the look-up in doubt.

An "ok" to a create is never followed by another create. The shop says it also where its database refused the order, and
where the token's user may not see what was made: then every search is empty, and to create again would double the order
and mail its buyer each time (shop 12.4.0 run on loopback, 2026-11-29: seven orders in 80 seconds).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder
from worker.providers.base import Absent, Conversation, Found, Lookup
from worker.providers.shopscript import calls, comment
from worker.providers.shopscript.actions_workflow import CANCELLED, ENDED, advance
from worker.providers.shopscript.api import is_server_error, read_saved
from worker.providers.shopscript.compare import Finding, compare, shown
from worker.providers.shopscript.draft import NAMES, SHARED, TOLD, names_of
from worker.providers.shopscript.lookup import (
    ACCEPTED,
    CURRENCY,
    DUPLICATES,
    FORGOTTEN,
    Finder,
    accepted,
    unanswered,
    unverified,
)
from worker.providers.shopscript.mapping import Draft, form_of, line_discounts, lines_form, money
from worker.providers.shopscript.mapping_params import attributes_of, brings_names
from worker.providers.shopscript.mapping_texts import COMMENT_BYTES, comment_fits
from worker.providers.shopscript.people import told_by
from worker.providers.shopscript.rights import lacking

LOOKED_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Save:
    """One order's save at one shop. ``draft_of`` makes the draft from what is known of the order there, and from the
    order that is there where it had to be read."""

    finder: Finder
    draft_of: Callable[[Link, HeldOrder | None], Draft]

    def converse(self) -> Conversation:
        order_id = self.finder.link.order_id
        if order_id is not None:
            return self._edit(order_id)
        return self._look_again() if ACCEPTED in self.finder.link.notes else self._create()

    def look_up(self) -> Lookup:
        """Where the order is; its link has the line ids. That it is nowhere is believed where the token's user would
        see it, or where no create can follow."""
        sight = yield from self.finder.find()
        if isinstance(sight, Outcome):
            return unanswered(sight)
        if sight is not None:
            return Found(sight.link)
        if ACCEPTED in self.finder.link.notes:
            return Absent()
        blind = yield from lacking(self.finder.options)
        return Absent() if blind is None else unanswered(blind)

    def _create(self) -> Conversation:
        draft = self.draft_of(self.finder.link, None)
        failure = read_saved((yield calls.save(form_of(draft), self.finder.options)))
        if failure is not None:
            return failure
        looked = self._looked(0)
        hits = yield from self.finder.by_key(looked)
        if isinstance(hits, Outcome):
            return msgspec.structs.replace(unverified(hits, None), link=looked)
        if not hits:
            return self._not_found(0)
        link = self.finder.learned(hits[0], also=hits[1:])
        if any(line.get("stock_id") for line in lines_form(draft)):
            return (yield from self._choose_stocks(draft, hits[0], link))
        return (yield from self._read_back(draft, link))

    def _look_again(self) -> Conversation:
        """After an ok to a create that could not be found: never a second create. Once it is there it is edited."""
        hits = yield from self.finder.by_key()
        if isinstance(hits, Outcome):
            return unanswered(hits)
        if not hits:
            return self._not_found(1 + int(self.finder.link.notes[ACCEPTED]))
        link = self.finder.learned(hits[0], also=hits[1:])
        return (yield from replace(self, finder=replace(self.finder, link=link)).converse())

    def _not_found(self, looked: int) -> Outcome:
        if looked < LOOKED_ENOUGH:
            kind, reason, message = OutcomeKind.UNKNOWN, Reason.TOO_EARLY, _NOT_FOUND_YET
        else:
            number = self.finder.job.event.subject
            kind, reason = OutcomeKind.REJECTED, Reason.ACCEPTED_NOT_FOUND
            message = _NOT_FOUND.format(account=self.finder.account, number=number)
        sent_now = looked == 0
        return Outcome(
            kind=kind, reason=reason, message=message, link=self._looked(looked), may_have_been_done=sent_now
        )

    def _looked(self, times: int) -> Link:
        link = self.finder.link
        return msgspec.structs.replace(link, notes={**link.notes, ACCEPTED: str(times)})

    def _choose_stocks(self, draft: Draft, held: HeldOrder, link: Link) -> Conversation:
        """The shop drops the stocks of a create, and takes those of an edit."""
        edit = replace(draft, order_id=link.order_id, contact_id=None, line_ids=link.line_ids)
        form = {"id": held.id, "shipping": money(draft.sums.shipping), "items": lines_form(edit)}
        failure = read_saved((yield calls.save(form, self.finder.options)))
        if failure is not None:
            return msgspec.structs.replace(failure, link=link)
        return (yield from self._read_back(draft, link))

    def _edit(self, order_id: str) -> Conversation:
        finder, link = self.finder, self.finder.link
        held: HeldOrder | None = None
        if _must_be_read(finder):
            seen = yield from finder.by_id(order_id)
            if not isinstance(seen, HeldOrder):
                return seen or _stale(order_id)
            held, link = seen, finder.learned(seen)
        draft = self.draft_of(link, held)
        refused = _currency(draft.order.currency, link.notes.get(CURRENCY)) or _too_long(draft)
        if refused is not None:
            return refused
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
        learned = _after(draft, held, link, finding)
        if finding.problems:
            message = f"The shop holds order {held.id} differently: {shown(finding.problems)}."
            if self.finder.options.fractions and any(" has quantity " in problem for problem in finding.problems):
                message += _ROUNDS
            return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.DIFFERS, message=message, link=learned)
        place = yield from advance(held, draft.order, replace(self.finder, link=learned))
        if isinstance(place, Outcome):
            return msgspec.structs.replace(place, link=learned)
        goes_on = place.is_reopened or held.state_id not in ENDED  # by whoever opened it: what ends it next is not ours
        notes = {name: text for name, text in learned.notes.items() if not (goes_on and name == CANCELLED)}
        if DUPLICATES in link.notes:
            notes[DUPLICATES] = link.notes[DUPLICATES]
        return accepted(msgspec.structs.replace(learned, notes=notes), [*finding.remarks, *place.remarks])


def _must_be_read(finder: Finder) -> bool:
    """Whether an edit has to see the order first: what it is to keep is not known."""
    order, link = finder.job.event.order, finder.link
    is_new = CURRENCY not in link.notes or any(line.name not in link.line_ids for line in finder.lines)
    return is_new or comment.must_be_read(order, link) or brings_names(order, names_of(link))


def _after(draft: Draft, held: HeldOrder, link: Link, finding: Finding) -> Link:
    """What we know of the order once it was saved."""
    gone = {*FORGOTTEN, "line_discounts", TOLD, SHARED}
    notes = {name: text for name, text in link.notes.items() if name not in gone}
    if draft.discount not in {None, "calculate"}:
        notes["discount"] = str(draft.discount)
    if discounts := line_discounts(draft.order):
        notes["line_discounts"] = discounts
    if any(line.service_id and line.total_discount for line in held.items):
        notes[SHARED] = "1"
    if told := told_by(draft.order):
        notes[TOLD] = told
    notes[CURRENCY] = held.currency or draft.order.currency
    if names := attributes_of(draft.params) | names_of(link):
        notes[NAMES] = "\n".join(sorted(names))
    notes[comment.SAID] = comment.mark_of(comment.said_by(draft.order))
    contact_id = str(held.contact_id) if held.contact_id else link.contact_id
    return Link(order_id=str(held.id), contact_id=contact_id, line_ids=finding.line_ids, notes=notes)


def _currency(currency: str, there: str | None) -> Outcome | None:
    """An edit's currency is not read: its amounts would stand under the old one."""
    if there in {None, currency}:
        return None
    message = (
        f"The order is in {there} in the shop, which changes no order's currency, and the event has {currency}: "
        "cancel it there and send it under a new number, or correct the currency."
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.CURRENCY, message=message)


def _too_long(draft: Draft) -> Outcome | None:
    """A comment above its column loses the whole edit, and cutting it would cut what others wrote at its end."""
    if comment_fits(draft.comment):
        return None
    message = (
        f"comment: with the order's notes and what stands below it in the shop it takes {len(draft.comment or ''):,} "
        f"characters, and {COMMENT_BYTES:,} bytes fit: shorten it."
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.TOO_LONG, message=message)


def _stale(order_id: str) -> Outcome:
    message = (
        f"The shop has no order {order_id} any more, and an update makes no other: discard this, or say that it is not "
        "there (ordercast link, --none) and replay this to have it made anew."
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message=message)


_ROUNDS = (
    " Where it rounds parts of a piece: allow them in the shop's settings, or set fractions = false, then replay this."
)
_NOT_FOUND_YET = "The shop said ok, but the order cannot be found there yet: it is looked for again."
_NOT_FOUND = (
    "The shop said ok and shows no such order; it is not created again, since each ok may have made one and mailed its "
    "buyer. Likely causes: the token's user may not see all orders (`ordercast vendor {account} test` tells), the "
    "shop's database refused a text or an amount, or refs name a contact that the shop has not. Mend it and replay "
    "this; where the order is surely not there, say so first with `ordercast link {account} {number} --none`."
)
