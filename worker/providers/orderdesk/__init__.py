"""Order Desk: orders saved as JSON under two headers, found again by source id, updated only as a whole.

Sources: the vendor's page "Orders" and its neighbours (2018-04-30). Not confirmed by any page, so never relied on: that
a second order with the same ``source_id`` is refused, that a PUT removes the lines it leaves out or keeps them, and
that an answer to POST or PUT shows the order.

Order Desk has no call that cancels, invoices or refunds: it gives no money back, puts nothing on stock and notifies
nobody. So a cancelled order is moved to a folder, an invoice is told in the history, and a refund is what the order
shows of it. There is no place either for a currency (the account has one), an order's tags (``tag_name`` is people's),
or which pieces a shipment holds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar

import msgspec

from schemas.config import ProviderConfig
from schemas.event import EventType, Refund
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import OUR_NUMBER, OUR_SOURCE, HeldOrder, OrderDeskOptions, read_text
from worker.providers.base import (
    Assumed,
    Conversation,
    Difference,
    HeldName,
    Job,
    Memory,
    Offer,
    Operation,
    Provider,
    Question,
    Reply,
    Request,
)
from worker.providers.currency import AccountCurrency
from worker.providers.orderdesk.actions import Cancelling, Deleting, Noting
from worker.providers.orderdesk.actions_refund import Refunding
from worker.providers.orderdesk.api import LIST_ORDERS, Calls, rejected
from worker.providers.orderdesk.compare import compare
from worker.providers.orderdesk.limits import REPLY_CAP_BYTES, refused
from worker.providers.orderdesk.mapping import wanted_of
from worker.providers.orderdesk.queries import queries_of
from worker.providers.orderdesk.save import Saving

_Ended = TypeVar("_Ended")

_LINKED = "An order that is there already, by its link or by its source id, is updated; another is created."
_UNMAPPED = "Without a folder for cancelled orders in the account's folders it is told in the order's history."


class OrderDesk(Provider):
    """One Order Desk store."""

    kind = "orderdesk"
    default_base_url = "https://app.orderdesk.me/api/v2"
    default_rate = (3, 18)  # the vendor's bucket is 20 and 3 a second; two are left for people (article 914)
    default_max_in_flight = 3
    reply_cap_bytes = REPLY_CAP_BYTES  # an order of 2,000 lines is shown whole in about half of it
    has_currency = False
    said_twice = "The order that it has is updated: no second one is made."
    offers: ClassVar[Mapping[EventType, Offer]] = {
        EventType.CREATED: Offer(("orders/create", "orders/update"), _LINKED),
        EventType.UPDATED: Offer(("orders/update", "orders/create"), _LINKED),
        EventType.CANCELLED: Offer(("move-orders", "order-history"), _UNMAPPED),
        EventType.DELETED: Offer(("orders/delete",)),
        EventType.INVOICED: Offer(("order-history",)),
        EventType.REFUNDED: Offer(("orders/update",)),
        EventType.NOTED: Offer(("order-history",)),
    }

    def __init__(self, config: ProviderConfig, memory: Memory) -> None:
        super().__init__(config, memory)
        self._currency = AccountCurrency(config, memory, "Order Desk")

    def operation(self, job: Job) -> Operation:
        """A save of the order, or what is done to it by an action."""
        match job.event.type:
            case EventType.CREATED | EventType.UPDATED:
                return self._save(job)
            case EventType.CANCELLED:
                return self._cancel(job)
            case EventType.DELETED:
                return self._delete(job)
            case EventType.REFUNDED:
                return self._refund(job)
            case EventType.INVOICED | EventType.NOTED:
                return self._note(job)

    def test(self) -> Conversation:
        """Credentials by the vendor's testing endpoint, and where folders are mapped that the store has them."""
        return self._with_calls(self._test)()

    def compare(self, job: Job, held: Any) -> list[Difference] | None:
        """The lines and fields as they were last sent, the total, and the folder of the cancelled."""
        return compare(job, held, self._options)

    def assumed(self, request: Request) -> Assumed | None:
        """An order that we have no id of is taken to be new there."""
        if request.step != LIST_ORDERS:
            return None
        body = b'{"status": "success", "total_records": 0, "orders": []}'
        return Assumed(Reply(200, {}, body), "Order Desk is taken to have no order of this number yet.")

    @property
    def questions(self) -> Mapping[str, Question]:
        return queries_of(Calls(self._options))

    def listing_since(self, since: datetime) -> Mapping[str, str]:
        """From a day before: the vendor reads the time as the store's local one."""
        return {"search_start_date": f"{since - timedelta(days=1):%Y-%m-%d %H:%M:%S}"}

    def held_name(self, held: Any) -> HeldName | None:
        """By the source and number in its metadata."""
        order = HeldOrder(held if isinstance(held, dict) else {})
        source, number = (read_text(order.metadata.get(name)) for name in (OUR_SOURCE, OUR_NUMBER))
        return HeldName(order.id, (source, number) if source and number else None) if order.id else None

    @property
    def _options(self) -> OrderDeskOptions:
        options: OrderDeskOptions = self.config.options
        return options

    def _save(self, job: Job) -> Operation:
        wanted = wanted_of(job, self._options)
        refusal = self._currency.refused(job.event.order) or refused(job, wanted)
        if refusal is not None:
            return refusal
        saving = partial(Saving, job=job, wanted=wanted, folders=self._options.folders, currency=self._currency)
        if job.link.order_id is not None:
            return Operation("orders/update", self._with_calls(lambda calls: saving(calls).update(job.link)), 2)
        # An update that we know no order for may follow a link that was lost: it looks before it creates.
        new = job.event.type is EventType.CREATED
        step = Saving.create if new else Saving.find_or_create
        return Operation(
            "orders/create",
            self._with_calls(lambda calls: step(saving(calls))),
            calls=1 if new else 2,
            on_unknown="look_up",
            look_up=self._with_calls(lambda calls: saving(calls).look_up()),
        )

    def _cancel(self, job: Job) -> Operation:
        folder_id = self._options.folders.get("cancelled")
        if folder_id is None:
            return self._note(job)
        converse = self._with_calls(lambda calls: Cancelling(calls, job, folder_id).converse())
        return Operation("move-orders", converse, _calls(1, job))

    def _refund(self, job: Job) -> Operation:
        """Read, saved and told: looked up in doubt, since a note that comes late would stand there twice."""
        refund = job.event.data.refund or Refund()
        refusal = None if job.order is None else self._currency.refused(job.order)
        if refusal is not None:
            return refusal
        return Operation(
            "orders/update",
            self._with_calls(lambda calls: Refunding(calls, job, refund).converse()),
            calls=3,
            on_unknown="look_up",
            look_up=self._with_calls(lambda calls: Refunding(calls, job, refund).look_up()),
        )

    def _delete(self, job: Job) -> Operation:
        """Repeated where the id is known; else it is looked up, since an order that is not found any more was never
        there, or has just been deleted."""
        converse = self._with_calls(lambda calls: Deleting(calls, job).converse())
        if job.link.order_id is not None:
            return Operation("orders/delete", converse)
        look_up = self._with_calls(lambda calls: Deleting(calls, job).look_up())
        return Operation("orders/delete", converse, calls=2, on_unknown="look_up", look_up=look_up)

    def _note(self, job: Job) -> Operation:
        return Operation(
            "order-history",
            self._with_calls(lambda calls: Noting(calls, job).converse()),
            calls=_calls(1, job),
            on_unknown="look_up",
            look_up=self._with_calls(lambda calls: Noting(calls, job).look_up()),
        )

    def _test(self, calls: Calls) -> Conversation:
        answer = yield from calls.test()
        if isinstance(answer, Outcome) or not self._options.folders:
            return answer if isinstance(answer, Outcome) else _passed("Order Desk answers and knows the key.")
        folders = yield from calls.folders()
        if isinstance(folders, Outcome):
            return folders
        missing = {status: folder for status, folder in self._options.folders.items() if str(folder) not in folders}
        if missing:
            named = ", ".join(f"{folder} ({status})" for status, folder in missing.items())
            return rejected(Reason.REJECTED, f"The store has no folder {named}: correct the provider's folders.")
        return _passed("Order Desk answers, knows the key and has the folders.")

    def _with_calls(
        self, speak: Callable[[Calls], Generator[Request, Reply, _Ended]]
    ) -> Callable[[], Generator[Request, Reply, _Ended]]:
        """A conversation over calls of its own; its outcome says how many calls the store's bucket has left."""

        def conversation() -> Generator[Request, Reply, _Ended]:
            calls = Calls(self._options)
            ended = yield from speak(calls)
            if isinstance(ended, Outcome):
                return msgspec.structs.replace(ended, tokens_left=calls.tokens_left)
            return ended

        return conversation


def _calls(count: int, job: Job) -> int:
    """How many requests it takes: one more where the order has to be searched for."""
    return count if job.link.order_id is not None else count + 1


def _passed(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message)
