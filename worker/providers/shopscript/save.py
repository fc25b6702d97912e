"""The conversation of a save: create and find, or edit; then read back, then the state. And the look-up in doubt.

An "ok" to a create is never followed by another create. The shop says it also where its database refused the order, and
where the token's user may not see what was made: then every search is empty, and to create again would double the order
and mail its buyer each time (shop 12.4.0 run on loopback, 2026-11-29: seven orders in 80 seconds).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder
from worker.providers.base import Absent, Conversation, Found, Lookup
from worker.providers.shopscript.actions_workflow import ENDED, advance
from worker.providers.shopscript.api import is_server_error, judge_save
from worker.providers.shopscript.compare import Comparison, compare, shown
from worker.providers.shopscript.journal import (
    ACCEPTED,
    CANCELLED,
    CURRENCY,
    DISCOUNT,
    DUPLICATES,
    FORGOTTEN,
    LINE_DISCOUNTS,
    NAMES,
    SAID,
    SERVICE_SHARES,
    TOLD,
    mark_of,
    names_of,
    remembering,
)
from worker.providers.shopscript.limits import comment_too_long, currency_changed
from worker.providers.shopscript.lines import money
from worker.providers.shopscript.lookup import Finder, accepted, lacking, unanswered, unverified
from worker.providers.shopscript.mapping import Wanted, form_of, line_discounts, lines_form, told_by, wanted_of
from worker.providers.shopscript.mapping_params import attributes_of, brings_names
from worker.providers.shopscript.mapping_texts import comment_must_be_read, comment_of

LOOKED_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Saving:
    """One order's save at one shop."""

    finder: Finder

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
        blind = yield from lacking(self.finder.calls)
        return Absent() if blind is None else unanswered(blind)

    def _create(self) -> Conversation:
        wanted = wanted_of(self.finder, self.finder.link)
        failure = judge_save((yield self.finder.calls.save_order(form_of(wanted))))
        if failure is not None:
            return failure
        looked = self._looked(0)
        hits = yield from self.finder.by_key(looked)
        if isinstance(hits, Outcome):
            return msgspec.structs.replace(unverified(hits, None), link=looked)
        if not hits:
            return self._not_found(0)
        link = self.finder.learned(hits[0], also=hits[1:])
        if any(line.get("stock_id") for line in lines_form(wanted)):
            return (yield from self._choose_stocks(wanted, hits[0], link))
        return (yield from self._read_back(wanted, link))

    def _look_again(self) -> Conversation:
        """After an ok to a create that could not be found: never a second create. Once it is there it is edited."""
        hits = yield from self.finder.by_key()
        if isinstance(hits, Outcome):
            return unanswered(hits)
        if not hits:
            return self._not_found(1 + int(self.finder.link.notes[ACCEPTED]))
        link = self.finder.learned(hits[0], also=hits[1:])
        return (yield from Saving(replace(self.finder, link=link)).converse())

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
        return remembering(self.finder.link, ACCEPTED, str(times))

    def _choose_stocks(self, wanted: Wanted, held: HeldOrder, link: Link) -> Conversation:
        """The shop drops the stocks of a create, and takes those of an edit."""
        edit = replace(wanted, order_id=link.order_id, contact_id=None, line_ids=link.line_ids)
        form = {"id": held.id, "shipping": money(wanted.sums.shipping), "items": lines_form(edit)}
        failure = judge_save((yield self.finder.calls.save_order(form)))
        if failure is not None:
            return msgspec.structs.replace(failure, link=link)
        return (yield from self._read_back(wanted, link))

    def _edit(self, order_id: str) -> Conversation:
        finder, link = self.finder, self.finder.link
        held: HeldOrder | None = None
        if _must_be_read(finder):
            seen = yield from finder.by_id(order_id)
            if not isinstance(seen, HeldOrder):
                return seen or _stale(order_id)
            held, link = seen, finder.learned(seen)
        wanted = wanted_of(finder, link, held)
        refused = currency_changed(wanted.order.currency, link.notes.get(CURRENCY)) or comment_too_long(wanted)
        if refused is not None:
            return refused
        reply = yield finder.calls.save_order(form_of(wanted))
        failure = judge_save(reply)
        if failure is None:
            return (yield from self._read_back(wanted, link))
        if is_server_error(reply):
            return (yield from self._after_server_error(order_id, failure))
        return failure

    def _after_server_error(self, order_id: str, failure: Outcome) -> Conversation:
        """The shop's 500 also says that the order is unknown or another customer's: only reading it tells."""
        held = yield from self.finder.by_id(order_id)
        return _stale(order_id) if held is None else failure

    def _read_back(self, wanted: Wanted, link: Link) -> Conversation:
        held = yield from self.finder.by_id(link.order_id or "")
        if not isinstance(held, HeldOrder):
            return unverified(held, link)
        seen = compare(wanted, held)
        learned = _after(wanted, held, link, seen)
        if seen.problems:
            message = f"The shop holds order {held.id} differently: {shown(seen.problems)}."
            if self.finder.options.fractions and any(" has quantity " in problem for problem in seen.problems):
                message += _ROUNDS
            return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.DIFFERS, message=message, link=learned)
        progress = yield from advance(held, wanted.order, replace(self.finder, link=learned))
        if isinstance(progress, Outcome):
            return msgspec.structs.replace(progress, link=learned)
        # Open, by whoever opened it: what ends it next is not ours.
        goes_on = progress.is_reopened or held.state_id not in ENDED
        notes = {name: text for name, text in learned.notes.items() if not (goes_on and name == CANCELLED)}
        if DUPLICATES in link.notes:
            notes[DUPLICATES] = link.notes[DUPLICATES]
        known = msgspec.structs.replace(learned, notes=notes)
        return accepted(known, [*wanted.remarks, *seen.remarks, *progress.remarks])


def _must_be_read(finder: Finder) -> bool:
    """Whether an edit has to see the order first: what it is to keep is not known."""
    order, link = finder.order, finder.link
    is_new = CURRENCY not in link.notes or any(line.name not in link.line_ids for line in finder.lines)
    return is_new or comment_must_be_read(order, link) or brings_names(order, names_of(link))


def _after(wanted: Wanted, held: HeldOrder, link: Link, seen: Comparison) -> Link:
    """What we know of the order once it was saved."""
    gone = {*FORGOTTEN, LINE_DISCOUNTS, TOLD, SERVICE_SHARES}
    notes = {name: text for name, text in link.notes.items() if name not in gone}
    if wanted.discount not in {None, "calculate"}:
        notes[DISCOUNT] = str(wanted.discount)
    if discounts := line_discounts(wanted.order):
        notes[LINE_DISCOUNTS] = discounts
    if any(line.service_id and line.total_discount for line in held.items):
        notes[SERVICE_SHARES] = "1"
    if told := told_by(wanted.order):
        notes[TOLD] = told
    notes[CURRENCY] = held.currency or wanted.order.currency
    if names := attributes_of(wanted.params) | names_of(link):
        notes[NAMES] = "\n".join(sorted(names))
    notes[SAID] = mark_of(comment_of(wanted.order))
    contact_id = str(held.contact_id) if held.contact_id else link.contact_id
    return Link(order_id=str(held.id), contact_id=contact_id, line_ids=seen.line_ids, notes=notes)


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
