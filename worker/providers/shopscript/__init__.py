"""Shop-Script: an order is saved, found again by our key, and read back.

Not here: invoices and partial refunds, which the shop's API has no call for.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from schemas.delivery import Link
from schemas.event import EventType
from schemas.order import ProviderRefs
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import ShopScriptOptions
from worker.providers import phpform
from worker.providers.base import Conversation, Job, Operation, Provider, Search, nothing_to_send
from worker.providers.shopscript import calls
from worker.providers.shopscript.answers import read
from worker.providers.shopscript.body import Draft, form_of, lines_that_fit, money, taken_off
from worker.providers.shopscript.lines import kept_items, lines_of, product_of
from worker.providers.shopscript.params import params_of
from worker.providers.shopscript.save import Save

MARGIN_VARS = 50  # of what PHP reads, kept free: its count is by form, ours is close
CREATE_CALLS, EDIT_CALLS = 3, 2
LINES_THAT_FIT = 300  # in an answer that can be read, 256 KiB: getInfo shows some 20 fields of each line


class ShopScript(Provider):
    """One account at a shop that runs Webasyst Shop-Script.

    Creating twice makes two orders and two customers, and the answer to a create has no id: what is in doubt is
    searched for first. Source: shop 12.4.0 run on loopback (2026-11).
    """

    kind: ClassVar[str] = "shopscript"
    reply_cap_bytes: ClassVar[int] = 4 * 1024 * 1024

    @property
    def options(self) -> ShopScriptOptions:
        options: ShopScriptOptions = self.config.options
        return options

    def operation(self, job: Job) -> Operation:
        """A save of the order, or the reason why this event is not one."""
        if not job.event.is_snapshot:
            return _not_a_save(job)
        link = self._link(job)
        return self._refused(job) or self._too_large(job, link) or self._save(job, link)

    def test(self) -> Conversation:
        """A search for an order that cannot be."""
        reply = yield calls.search("none", self.options)
        answer = read(reply, mutating=False)
        if isinstance(answer, Outcome):
            return answer
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, http_status=reply.status)

    def _save(self, job: Job, link: Link) -> Operation:
        def converse() -> Conversation:
            return Save(job, link, self.options, self._draft).converse()

        def look_up() -> Search:
            return Save(job, link, self.options, self._draft).look_up()

        usual = CREATE_CALLS if link.order_id is None else EDIT_CALLS
        return Operation("shop.order.save", converse, calls=usual, on_unknown="look_up", look_up=look_up)

    def _link(self, job: Job) -> Link:
        """What we know of the order there; where that is nothing, what the producer knows. No order, no line ids."""
        refs = job.event.order.refs.get(self.config.name, ProviderRefs())
        if job.link.order_id is not None:
            return job.link
        return msgspec.structs.replace(
            job.link,
            order_id=refs.order_id,
            contact_id=job.link.contact_id or refs.contact_id,
            line_ids=refs.line_ids if refs.order_id else {},
        )

    def _draft(self, job: Job, link: Link) -> Draft:
        order = job.event.order
        is_edit = link.order_id is not None
        return Draft(
            order=order,
            products=self.options.products,
            params=params_of(job.event, job.key, is_edit=is_edit),
            discount=self._discount(job, link),
            order_id=link.order_id,
            contact_id=None if is_edit else link.contact_id,
            line_ids=link.line_ids,
            were_discounted="line_discounts" in link.notes,
        )

    def _discount(self, job: Job, link: Link) -> str | None:
        """Always on a create, where the shop would apply its own rules; on an edit where the event changed it, so that
        a discount given by hand in the shop outlives an update of something else."""
        if self.options.calculate_discount:
            return "calculate"
        amount = money(taken_off(job.event.order))
        return None if link.order_id is not None and link.notes.get("discount") == amount else amount

    def _refused(self, job: Job) -> Operation | None:
        items = kept_items(job.event.order)
        if not items:
            message = "Every line of the order is gone, and Shop-Script keeps no order without one: cancel it instead."
            return nothing_to_send(OutcomeKind.REJECTED, Reason.NEEDS_LINES, message)
        unknown = [item.sku or item.id for item in items if product_of(item, self.options.products) is None]
        if unknown:
            message = (
                f"No product in the shop is known for {', '.join(unknown[:5])}: send whole product_id and variant_id, "
                f"or name the SKU in [providers.{self.config.name}.products]."
            )
            return nothing_to_send(OutcomeKind.REJECTED, Reason.NO_PRODUCT, message)
        return None

    def _too_large(self, job: Job, link: Link) -> Operation | None:
        """PHP drops what is past ``max_input_vars``, and the shop says ok; what is created must be editable later."""
        limit = self.options.max_input_vars - MARGIN_VARS
        lines = lines_of(job.event.order, self.options.products)
        as_edit = Link(order_id="0", line_ids=dict.fromkeys((line.name for line in lines), "0"), notes=link.notes)
        form = calls.signed(form_of(self._draft(job, as_edit)), self.options)
        if phpform.count(form) <= limit:
            return _too_long_to_read(len(lines))
        message = (
            f"The order has {len(form['items'])} lines; the first {lines_that_fit(form, limit)} would reach "
            f"Shop-Script whole. Split it, or raise max_input_vars ({self.options.max_input_vars}) here and in its PHP."
        )
        return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)


def _too_long_to_read(lines: int) -> Operation | None:
    """A shop that reads long forms answers as long, and what cannot be read back is never known to be there."""
    if lines <= LINES_THAT_FIT:
        return None
    message = f"The order has {lines} lines; {LINES_THAT_FIT} fit into an answer of Shop-Script: split it."
    return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)


def _not_a_save(job: Job) -> Operation:
    refund = job.event.data.refund
    is_partial = refund is not None and not refund.whole
    if job.event.type is EventType.INVOICED or is_partial:
        message = f"Shop-Script has no call for {'a partial refund' if is_partial else 'an invoice'}."
        return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, message)
    message = f"Orders are saved to Shop-Script; {job.event.type} is not sent there."
    return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NOT_YET, message)
