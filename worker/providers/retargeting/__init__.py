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
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingOptions
from worker.providers.base import Conversation, Job, Memory, Offer, Operation, Provider, nothing_to_send
from worker.providers.currency import AccountCurrency
from worker.providers.retargeting.api import SAVE, judge, remarked, save
from worker.providers.retargeting.limits import refused, unwanted
from worker.providers.retargeting.mapping import lines_of, order_form
from worker.providers.retargeting.sums import Sums, sums_of


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
    said_twice: ClassVar[str] = (
        "An order that it has saved stays as it is, and nothing is sent; it makes no second one."
    )
    offers: ClassVar[Mapping[EventType, Offer]] = {
        EventType.CREATED: Offer(
            calls=(SAVE,),
            because="Skipped where the order has no e-mail, or no consent and the account requires it.",
        ),
        EventType.UPDATED: Offer(
            calls=(SAVE,),
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
        told = sums_of(order, lines_of(order))
        form = order_form(order, job.key, told, self.options)
        refusal = unwanted(order, self.options) or self._currency.refused(order) or refused(order, form, self.options)
        return refusal or Operation(SAVE, lambda: self._save(job, form, told), on_unknown="resend")

    def _save(self, job: Job, form: dict[str, Any], told: Sums) -> Conversation:
        reply = yield save(form, self.options)
        outcome = judge(reply, self.options.retry_errors)
        if outcome.kind is not OutcomeKind.ACCEPTED:
            return outcome
        remarks = [*self._currency.remarks(job.event.order), *told.remarks]
        return remarked(msgspec.structs.replace(outcome, link=Link(order_id=job.key)), remarks)
