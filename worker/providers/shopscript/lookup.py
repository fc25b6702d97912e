"""The order at the shop: where it is, by the id that we know or by our key, and what it tells.

Without the right to all orders nothing that we make can be found again: so that right is asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus

import msgspec

from schemas.delivery import Link
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import HeldOrder, ShopScriptOptions, read_hits, read_order, sees_all_orders
from worker.providers.base import Job, Reply, Request
from worker.providers.shopscript.api import Calls, is_not_there, judge, judge_any, read_shape
from worker.providers.shopscript.journal import CURRENCY, DISCOUNT, DUPLICATES, FORGOTTEN, NOTED, notes_in
from worker.providers.shopscript.lines import WantedLine, lines_of, money, recognise
from worker.providers.shopscript.mapping_params import SEARCHED, is_ours, search_key
from worker.providers.shopscript.sums import Sums, sums_of


@dataclass(frozen=True, slots=True)
class Sight:
    """The order as the shop holds it, and what we know of it now."""

    held: HeldOrder
    link: Link


Step = Generator[Request, Reply, HeldOrder | Outcome | None]
Hits = Generator[Request, Reply, list[HeldOrder] | Outcome]
Sought = Generator[Request, Reply, Sight | Outcome | None]


@dataclass(frozen=True)
class Finder:
    """One job's order, as we have it and at the shop. ``link`` is what is known of it there, ``account`` the
    provider's name."""

    job: Job
    link: Link
    options: ShopScriptOptions
    account: str

    @cached_property
    def calls(self) -> Calls:
        return Calls(self.options)

    @cached_property
    def order(self) -> Order:
        """The order as the event carries it, else as it was last accepted. Raises ``ValueError`` where none is kept."""
        return self.job.event.data.order or self.job.order or self.job.event.order

    @cached_property
    def sums(self) -> Sums:
        """How the order's money goes. Raises as ``order``."""
        return sums_of(self.order, fractions=self.options.fractions)

    @cached_property
    def lines(self) -> list[WantedLine]:
        """The lines that the shop is to hold of the order; none where no snapshot of it is kept."""
        if self.job.order is None and self.job.event.data.order is None:
            return []
        return lines_of(self.order, self.options.products, self.sums.sold)

    def find(self) -> Sought:
        """The order by the id we know, else by our key; several there: the lowest id. None where there is none."""
        if self.link.order_id is not None:
            held = yield from self.by_id(self.link.order_id)
            if held is not None:
                return Sight(held, self.learned(held)) if isinstance(held, HeldOrder) else held
        hits = yield from self.by_key()
        if isinstance(hits, Outcome):
            return hits
        return Sight(hits[0], self.learned(hits[0], also=hits[1:])) if hits else None

    def by_id(self, order_id: str) -> Step:
        """The order by its id; None where the shop has no such order."""
        reply = yield self.calls.get_order(order_id)
        return None if is_not_there(reply) else read_shape(read_order, reply)

    def by_key(self, known: Link | None = None) -> Hits:
        """The orders there that are surely ours, lowest id first. ``known`` is to be kept where no answer comes."""
        source, number = self.job.event.source, self.job.event.subject
        request = self.calls.search_orders(SEARCHED, search_key(source, number))
        hits = read_shape(read_hits, (yield replace(request, known=known)))
        if isinstance(hits, Outcome):
            return hits
        return sorted((hit for hit in hits if is_ours(hit.params, source, number)), key=lambda hit: hit.id)

    def learned(self, held: HeldOrder, also: Sequence[HeldOrder] = ()) -> Link:
        """What the order there tells: its id, its customer, and which of its lines are ours."""
        ours = recognise(self.lines, held.items, self.link.line_ids)
        notes = {name: text for name, text in self.link.notes.items() if name not in FORGOTTEN}
        if held.discount is not None:
            notes.setdefault(DISCOUNT, money(held.discount))
        if held.currency:
            notes[CURRENCY] = held.currency
        if notes_in(held.params):
            notes[NOTED] = "1"
        if also:
            notes[DUPLICATES] = ", ".join(str(other.id) for other in also)
        return msgspec.structs.replace(
            self.link,
            order_id=str(held.id),
            contact_id=str(held.contact_id) if held.contact_id else self.link.contact_id,
            line_ids={**self.link.line_ids, **{name: str(line.id) for name, line in ours.items()}},
            notes=notes,
        )


def accepted(link: Link, remarks: Sequence[str] = (), reason: Reason = Reason.SAVED) -> Outcome:
    """Done, or there already, with what is worth saying. That the order is there more than once is said once."""
    said = [remark for remark in remarks if remark]
    if also := link.notes.get(DUPLICATES):
        said.append(f"The shop has this order more than once: {link.order_id} is kept up, {also} is not.")
        link = msgspec.structs.replace(link, notes={name: n for name, n in link.notes.items() if name != DUPLICATES})
    reason = Reason.REMARK if said and reason is Reason.SAVED else reason
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=reason, message=" ".join(said), link=link)


def no_order(number: str) -> Outcome:
    """There is no such order to act upon."""
    message = (
        f"The shop has no order that is our {number}: this goes again by itself once the order is delivered. "
        "Discard it where that is not to be."
    )
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message=message)


def unanswered(why: Outcome) -> Outcome:
    """A look-up that was refused says nothing of the order: it must not bury the delivery."""
    if why.kind is not OutcomeKind.REJECTED:
        return why
    return msgspec.structs.replace(why, kind=OutcomeKind.UNKNOWN, reason=Reason.UNANSWERED_LOOK_UP)


def unverified(why: Outcome | None, link: Link | None) -> Outcome:
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


def lacking(calls: Calls) -> Generator[Request, Reply, Outcome | None]:
    """Why the user cannot be worked with, or why that is not known; ``None`` where all orders are seen.

    A shop too old to tell of rights is asked for an order that cannot be.
    """
    reply = yield calls.get_rights()
    answer = judge_any(reply, mutating=False)
    if reply.status == HTTPStatus.NOT_FOUND:
        answer = judge((yield calls.search_orders(SEARCHED, "none")), mutating=False)
        return answer if isinstance(answer, Outcome) else None
    if isinstance(answer, Outcome):
        return answer
    return None if sees_all_orders(answer) else _BLIND


_BLIND = Outcome(
    kind=OutcomeKind.UNAUTHORIZED,
    reason=Reason.FORBIDDEN,
    message=(
        "The token's user may not see all orders in the shop, so that none that we make could be found again: "
        "give the user full access to orders there."
    ),
)
