"""One order being saved at OpenBizBox: created, or read, edited by position and read again.

An edit is made of positions, and one that the shop commits late would count them in lines that are no more: three lines
of which the first is removed twice leave one. So an edit without an answer is never simply sent again: the order is
read, and where it is not what the event says, that is believed only when the engine's ``settle_s`` has passed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.base import Absent, Conversation, Found, Job, Lookup, Reply, Request
from worker.providers.lookup import is_not_there
from worker.providers.openbizbox.api import Calls, created_id, failure, held_order, judge, unnamed
from worker.providers.openbizbox.compare import judged
from worker.providers.openbizbox.journal_link import as_linked, counted, is_noted_taken, link_of, noted_taken, with_ones
from worker.providers.openbizbox.lines import line_changes
from worker.providers.openbizbox.lookup import Finder, conflict, is_this_order, taken
from worker.providers.openbizbox.mapping import Wanted, explicit_id, wanted_of
from worker.providers.openbizbox.mapping_articles import Articles
from worker.providers.openbizbox.mapping_comment import is_another
from worker.providers.openbizbox.mapping_lines import items_of
from worker.providers.openbizbox.save_edit import edit_of, refitted

FITTINGS = 3
"""So often a save is mended by what the shop made of it: by its quantities, its prices, and then its sum."""


class Saving:
    """The save of one order."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls, articles: Articles) -> None:
        self._job = job
        self._order = job.event.order
        self._options = options
        self._calls = calls
        self._articles = articles

    def converse(self) -> Conversation:
        """An edit of the order that the link names, else a new one."""
        order_id = self._job.link.order_id
        return self._create() if order_id is None else self._update(order_id)

    def look_up(self) -> Lookup:
        """Where a new order is; whether an edit is there."""
        order_id = self._job.link.order_id
        return self._look_up_create() if order_id is None else self._look_up_update(order_id)

    def _create(self) -> Conversation:
        """A new order; where the id of our choice is taken by this very order, an edit of it."""
        wanted = yield from self._wanted()
        if isinstance(wanted, Outcome):
            return wanted
        chosen = explicit_id(self._job.key, self._options.order_id_offset)
        if chosen is not None and is_noted_taken(self._job.link):
            return (yield from self._under_the_shops_id(wanted, chosen))
        heard = yield from self._calls.create_order(wanted.create_body(chosen))
        if isinstance(heard, Outcome):
            return heard
        failed = judge(*heard)
        if failed is None:
            return (yield from self._created(wanted, *heard))
        if chosen is not None and failed.kind in {OutcomeKind.REJECTED, OutcomeKind.UNKNOWN}:
            return (yield from self._perhaps_taken(wanted, chosen, failed))
        return self._refused(failed)

    def _update(self, order_id: str) -> Conversation:
        """The order that the link names, made to be what the event says."""
        both = yield from self._both(order_id)
        return both if isinstance(both, Outcome) else (yield from self._edit(*both))

    def _look_up_create(self) -> Lookup:
        """Where the order is that a create may have made; the link has its lines as far as they are ours."""
        held = yield from Finder(self._job, self._options, self._calls).find()
        if not isinstance(held, HeldOrder):
            return held
        wanted = yield from self._wanted()
        return wanted if isinstance(wanted, Outcome) else Found(link_of(held, wanted, self._job.link))

    def _look_up_update(self, order_id: str) -> Lookup:
        """``Found`` where the order is what the event says, or where an edit would end without a request that changes
        anything; ``Absent`` where the edit is not there, or not yet."""
        both = yield from self._both(order_id)
        if isinstance(both, Outcome):
            return Found(self._job.link) if both.kind is OutcomeKind.REJECTED else both
        return Absent() if edit_of(*both, self._job.link.line_ids) else Found(self._job.link)

    def _both(self, order_id: str) -> Generator[Request, Reply, tuple[Wanted, HeldOrder] | Outcome]:
        """What the order should be and what it is."""
        wanted = yield from self._wanted()
        if isinstance(wanted, Outcome):
            return wanted
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, Outcome):
            return held
        is_ours = not is_another(held, self._job.event.source, self._order.number)
        return (wanted, held) if is_ours else conflict(held)

    def _wanted(self) -> Generator[Request, Reply, Wanted | Outcome]:
        articles = yield from self._articles.of_items(items_of(self._order))
        if isinstance(articles, Outcome):
            return articles
        return as_linked(wanted_of(self._order, self._job.event.source, articles, self._options), self._job.link)

    def _created(self, wanted: Wanted, request: Request, reply: Reply, told: Iterable[str] = ()) -> Conversation:
        """The answer is presumably the whole order (page "Response example"); where it is not, the order is read."""
        order_id = created_id(reply)
        if order_id is None:
            return unnamed(request, reply)
        held = held_order(reply)
        if held is not None and held.whole:
            return (yield from self._fitted(wanted, held, told))
        read = yield from self._calls.get_order(order_id)
        if isinstance(read, Outcome):
            return self._without_lines(read, self._noted(wanted, order_id), told)
        return (yield from self._fitted(wanted, read, told))

    def _perhaps_taken(self, wanted: Wanted, chosen: int, failed: Outcome) -> Conversation:
        """No page says how a taken id is answered: so what is no success of a chosen id is followed by a look at it.

        Another's costs us the id and not the order, as long as our mark will tell which one is ours. Where the answer
        leaves it open whether the create was done, that the id is another's is noted: the order is looked for first.
        """
        held = yield from self._calls.get_order(str(chosen))
        if isinstance(held, Outcome):
            return self._refused(failed) if is_not_there(held) else held
        if is_this_order(held, self._job, self._options):
            return (yield from self._edit(wanted, held))
        if self._options.mark == "none":
            return taken(held)
        if failed.kind is OutcomeKind.UNKNOWN:
            return msgspec.structs.replace(failed, link=noted_taken(self._job.link))
        return (yield from self._under_the_shops_id(wanted, chosen))

    def _under_the_shops_id(self, wanted: Wanted, chosen: int) -> Conversation:
        heard = yield from self._calls.create_order(wanted.create_body())
        if isinstance(heard, Outcome):
            return heard
        refused = judge(*heard)
        if refused is not None:
            return self._refused(refused)
        told = f"Id {chosen} was taken by another order of the shop: this one got an id of the shop's, and our mark."
        return (yield from self._created(wanted, *heard, [told]))

    def _edit(self, wanted: Wanted, held: HeldOrder) -> Conversation:
        """Reads first, so that it can be run again at any time: what is there already is not sent."""
        body = edit_of(wanted, held, self._job.link.line_ids)
        if not body:
            return judged(wanted, held, self._job.link, Reason.EXISTS)
        heard = yield from self._calls.update_order(held.id, body)
        if isinstance(heard, Outcome):
            return heard
        failed = judge(*heard)
        if failed is not None:
            return counted(self._refused(failed), self._job, held.id)
        saved = yield from self._calls.get_order(held.id)
        if isinstance(saved, Outcome):
            return msgspec.structs.replace(self._not_compared(saved), link=self._noted(wanted, held.id))
        return (yield from self._fitted(wanted, saved))

    def _fitted(self, wanted: Wanted, held: HeldOrder, told: Iterable[str] = ()) -> Conversation:
        """What was saved, mended where the shop has rounded it; what cannot be mended is told as it is held."""
        for _ in range(FITTINGS):
            line_ids = link_of(held, wanted, self._job.link).line_ids
            again = refitted(wanted, held, line_ids)
            if again is None or again == wanted:
                break
            mended = yield from self._mended(wanted, again, held)
            if isinstance(mended, Outcome):
                return mended
            if mended is None:
                break
            wanted, held = again, mended
        return judged(wanted, held, self._job.link, Reason.SAVED, told)

    def _mended(
        self, wanted: Wanted, again: Wanted, held: HeldOrder
    ) -> Generator[Request, Reply, HeldOrder | Outcome | None]:
        """The order after one more edit; ``None`` where the shop refuses that one, and what it holds stays.

        Any other failure is the save's own, with the link: the next attempt edits, and never creates again. The link
        says of the lines in one piece already, as they may be: a line that is there by its pieces is seen to be so.
        """
        link = link_of(held, wanted, self._job.link)
        lines = line_changes(again, held, link.line_ids, exactly=True)
        failed = yield from failure(self._calls.update_order(held.id, {"lines": lines}))
        link = msgspec.structs.replace(link, notes=with_ones(link.notes, again.lines.sold))
        if failed is not None:
            is_refused = failed.kind is OutcomeKind.REJECTED
            return None if is_refused else msgspec.structs.replace(failed, link=link)
        read = yield from self._calls.get_order(held.id)
        return msgspec.structs.replace(self._not_compared(read), link=link) if isinstance(read, Outcome) else read

    def _refused(self, failed: Outcome) -> Outcome:
        """What was kept of the shop's articles may be why: it is asked for again next time."""
        if failed.kind is OutcomeKind.REJECTED:
            self._articles.forget(self._order.items)
        return failed

    def _noted(self, wanted: Wanted, order_id: str) -> Link:
        """The link to an order that was sent and could not be read after it, with its lines in one piece."""
        known = self._job.link
        return msgspec.structs.replace(known, order_id=order_id, notes=with_ones(known.notes, wanted.lines.sold))

    @staticmethod
    def _without_lines(failed: Outcome, link: Link, told: Iterable[str]) -> Outcome:
        """Created, as the answer named the order; never to be created again because a read failed after it."""
        unread = f"Saved as order {link.order_id}, whose lines could not be read. {failed.message}"
        message = " ".join([*told, unread])
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.REMARK, message=message, link=link)

    def _not_compared(self, failed: Outcome) -> Outcome:
        """Edited, and then not to be read: another edit reads first, and sends what is missing."""
        message = f"The edit was answered well and could not be read again. {failed.message}"
        passing = {OutcomeKind.THROTTLED, OutcomeKind.UNAUTHORIZED}
        kind = failed.kind if failed.kind in passing else OutcomeKind.UNKNOWN
        return msgspec.structs.replace(failed, kind=kind, message=message, may_have_been_done=True)
