"""OpenBizBox: orders saved as JSON under a token of an hour, their lines edited by position.

Sources: the vendor's page "Order" (2020-02-20) and its neighbours in goldenplanetdk/api-example. The vendor knows no
idempotency key and has no field for a foreign reference: an order is known again by our mark in its comment, and
before that by an id of our choice where the account has ``order_id_offset`` and the id was free. Money is never moved
blindly: a cancellation reads the order's own flag (actions.py), a refund of lines and an invoice keep a line of their
own in the order's comment (journal.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import OpenBizBoxOptions, read_order
from worker.providers.base import (
    Assumed,
    Conversation,
    Difference,
    HeldName,
    Job,
    Offer,
    Operation,
    Provider,
    Question,
    Reply,
    Request,
    nothing_to_send,
)
from worker.providers.openbizbox.actions import CANCEL, INVOICE, NOTE, REFUND, Actions
from worker.providers.openbizbox.api import MAPPING, TOKEN, Calls, any_tree, read
from worker.providers.openbizbox.compare import compare
from worker.providers.openbizbox.journal_link import as_linked
from worker.providers.openbizbox.limits import refused
from worker.providers.openbizbox.lookup import conflict
from worker.providers.openbizbox.mapping import explicit_id, wanted_of
from worker.providers.openbizbox.mapping_articles import NO_ARTICLE, Articles
from worker.providers.openbizbox.mapping_comment import is_another, named_by
from worker.providers.openbizbox.mapping_lines import items_of
from worker.providers.openbizbox.queries import queries_of
from worker.providers.openbizbox.save import Saving

MIXED_KEYS = (
    "Some orders have a whole order_key and some have not: these take the shop's next numbers, which may be ids that "
    "order_id_offset is to give to others. Give all of them a whole one, or leave order_id_offset out."
)

CREATE, UPDATE = "orders/create", "orders/update"
_NO_DELETE = "OpenBizBox has no call that deletes an order: an order that is to be undone is cancelled."


class OpenBizBox(Provider):
    """One OpenBizBox shop."""

    kind: ClassVar[str] = "openbizbox"
    said_twice: ClassVar[str] = "The order that it has is updated: no second one is made."
    reply_cap_bytes: ClassVar[int] = 4 * 1024 * 1024
    default_rate: ClassVar[tuple[float, float] | None] = (2, 10)  # the vendor names no limit: our own cap

    offers: ClassVar[Mapping[EventType, Offer]] = {
        EventType.CREATED: Offer((CREATE, UPDATE), "an update where the order is linked already"),
        EventType.UPDATED: Offer((CREATE, UPDATE), "a create where the order is not linked yet"),
        EventType.CANCELLED: Offer((CANCEL,), "nothing where the order is cancelled, refunded or gone already"),
        EventType.DELETED: Offer(because=_NO_DELETE),
        EventType.INVOICED: Offer((INVOICE,), "a number with letters or leading zeros is left to the shop"),
        EventType.REFUNDED: Offer(
            (CANCEL, REFUND), "a refund of the whole cancels; an amount without lines is rejected"
        ),
        EventType.NOTED: Offer((NOTE,), "the end of the order's comment"),
    }

    def operation(self, job: Job) -> Operation:
        """A save of the order, or what is done to it by an action."""
        job = replace(job, order=job.event.data.order or job.order)
        if job.event.type is EventType.DELETED:
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, _NO_DELETE)
        calls, articles = self._calls, self._articles
        if not job.event.is_snapshot:
            return Actions(self._options, calls, articles).operation(job)
        name, count = (UPDATE, 3) if job.link.order_id else (CREATE, 1)
        saving = Saving(job, self._options, calls, articles)
        save = Operation(name, saving.converse, count, on_unknown="look_up", look_up=saving.look_up)
        return refused(job, name) or save

    def test(self) -> Conversation:
        """A token, and one order read: proves address, credentials and scope."""
        tree = yield from read(self._calls.first_order(), any_tree)
        if isinstance(tree, Outcome):
            return tree
        message = "OpenBizBox answers and knows the client."
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message)

    def compare(self, job: Job, held: object) -> list[Difference] | None:
        """By lines, sum and fields, as after a save; one that carries the mark of another order differs as a whole.

        Articles that only the shop could name are known by the models of the lines there.
        """
        order, there = job.event.data.order or job.order, read_order(held)
        if order is None or there is None or not there.whole:
            return None
        if is_another(there, job.event.source, order.number):
            return [Difference(conflict(there).message)]
        items = items_of(order)
        articles = self._articles.known(items, there.products)
        wanted = as_linked(wanted_of(order, job.event.source, articles, self._options), job.link)
        return compare(wanted, there, job.link.line_ids)

    def assumed(self, request: Request) -> Assumed | None:
        """Any token, and for the articles that only the shop can name one that no shop has."""
        if request.step == TOKEN:
            return Assumed(Reply(200, {}, b'{"access_token": "none", "expires_in": 60}'), "")
        if request.step != MAPPING:
            return None
        models = msgspec.json.decode(request.body)["models"]
        rows = [{"model": model, "variant_id": NO_ARTICLE} for model in models]
        sentence = f"The shop is not asked for its articles: {NO_ARTICLE} stands for each of them."
        return Assumed(Reply(200, {}, msgspec.json.encode(rows)), sentence)

    def advice(self, keys: Iterable[str]) -> Iterable[str]:
        """Orders that take the shop's next number may take it from those that are to have one of our choice."""
        offset = self._options.order_id_offset
        if offset is None:
            return
        chosen = {explicit_id(key, offset) is not None for key in keys}
        if len(chosen) > 1:
            yield MIXED_KEYS

    @property
    def sends_key(self) -> bool:
        """As an id of our choice alone: our mark names source and number, and knows no conflict."""
        return self._options.order_id_offset is not None

    @property
    def questions(self) -> Mapping[str, Question]:
        return queries_of(self._calls)

    def listing_since(self, since: datetime) -> Mapping[str, str]:
        """From a day before: a date is the shop's own."""
        return {"created_at": f"=gte={since - timedelta(days=1):%Y-%m-%d}"}

    def held_name(self, held: Any) -> HeldName | None:
        """By the mark in its comment, which a list may leave out."""
        order = read_order(held)
        return HeldName(order.id, named_by(order), "comment" in held) if order else None

    @property
    def _options(self) -> OpenBizBoxOptions:
        options: OpenBizBoxOptions = self.config.options
        return options

    @property
    def _calls(self) -> Calls:
        return Calls(self.config, self.memory)

    @property
    def _articles(self) -> Articles:
        return Articles(self.config, self.memory, self._calls)
