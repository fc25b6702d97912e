"""Retargeting's order/save: each order is saved once; nothing there reads, changes or cancels one.

Absent at the vendor, so absent here: an update, a cancellation, a refund, a note, a look-up, a question of people, a
harmless call for ``test`` (the order API has ``save`` alone: retargeting/docs, HEAD ``f0dbacb``, 2021-05-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from schemas.config import ProviderConfig
from schemas.delivery import Link
from schemas.event import EventType
from schemas.order import Order
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingOptions
from worker.providers import phpform
from worker.providers.base import Conversation, Job, Memory, Offer, Operation, Provider, Request, nothing_to_send
from worker.providers.currency import AccountCurrency
from worker.providers.retargeting.answer import judge, remarked
from worker.providers.retargeting.body import lines_of, lines_that_fit, order_form
from worker.providers.retargeting.sums import Sums, sums

Form = dict[str, Any]

_SAVE = "order/save"


def _lacks(what: str) -> Offer:
    return Offer(because=f"Retargeting's order API only saves: it has no call that {what}.")


class Retargeting(Provider):
    """One account at Retargeting.

    Sending an order again is harmless: the vendor answers "Order number exists" and keeps what it was sent first,
    be that from us or from the shop's own page. Source: order/save page, "Response Example".
    """

    kind: ClassVar[str] = "retargeting"
    default_base_url: ClassVar[str | None] = "https://retargeting.biz/api/1.0"
    has_currency: ClassVar[bool] = False
    offers: ClassVar[Mapping[EventType, Offer]] = {
        EventType.CREATED: Offer(
            calls=(_SAVE,),
            because="Skipped where the order has no e-mail, or no consent and the account requires it.",
        ),
        EventType.UPDATED: Offer(
            calls=(_SAVE,),
            because="Saved where it was not saved before; skipped afterwards, as Retargeting cannot update an order.",
        ),
        EventType.CANCELLED: _lacks("cancels an order"),
        EventType.DELETED: _lacks("deletes an order"),
        EventType.INVOICED: _lacks("invoices an order"),
        EventType.REFUNDED: _lacks("refunds an order, or a part of one"),
        EventType.NOTED: _lacks("adds a note to an order"),
    }

    def __init__(self, config: ProviderConfig, memory: Memory) -> None:
        super().__init__(config, memory)
        self._currency = AccountCurrency(config, memory, "Retargeting")

    @property
    def options(self) -> RetargetingOptions:
        options: RetargetingOptions = self.config.options
        return options

    def operation(self, job: Job) -> Operation:
        """A save of the order, or the reason why this event is not one."""
        if not job.event.is_snapshot:
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, self.offers[job.event.type].because)
        if job.link.order_id is not None:
            message = "Retargeting keeps an order as it was first saved and cannot update it."
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.CANNOT_UPDATE, message)
        order = job.event.order
        told = sums(order, lines_of(order))
        form = order_form(order, job.key, told, self.options)
        refused = self._not_wanted(order) or self._currency.refused(order) or self._too_large(order, form)
        return refused or self._save(job, form, told)

    def _not_wanted(self, order: Order) -> Operation | None:
        if self.options.require_consent and order.customer.marketing_consent is not True:
            message = "The customer has given no marketing consent, and this account requires it."
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NO_CONSENT, message)
        if not order.customer.email:
            message = "Retargeting requires the customer's e-mail, and the order has none."
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NO_EMAIL, message)
        if not lines_of(order):
            message = "Retargeting requires products, and the order has none."
            return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NEEDS_LINES, message)
        return None

    def _too_large(self, order: Order, form: Form) -> Operation | None:
        """PHP drops what is past ``max_input_vars`` and still answers success."""
        limit = self.options.max_input_vars
        lines, fitting = len(lines_of(order)), lines_that_fit(limit)
        if lines <= fitting and (lines + len(order.discounts) < fitting / 2 or phpform.count(form) <= limit):
            return None
        message = (
            f"The order has {lines} lines; at most {fitting} reach Retargeting whole. "
            f"Split it, or raise max_input_vars ({limit}) if the vendor's server reads more."
        )
        return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)

    def _save(self, job: Job, form: Form, told: Sums) -> Operation:
        return Operation(name=_SAVE, converse=lambda: self._converse(job, form, told), on_unknown="resend")

    def _converse(self, job: Job, form: Form, told: Sums) -> Conversation:
        reply = yield Request(
            method="POST",
            path=f"/{_SAVE}.{self.options.format}",
            step=_SAVE,
            headers={"Content-Type": phpform.CONTENT_TYPE},
            body=phpform.encode(form),
            mutating=True,
        )
        outcome = judge(reply, self.options.retry_errors)
        if outcome.kind is not OutcomeKind.ACCEPTED:
            return outcome
        remarks = [*self._currency.remarks(job.event.order), *told.remarks]
        return remarked(msgspec.structs.replace(outcome, link=Link(order_id=job.key)), remarks)
