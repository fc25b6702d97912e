"""Order Desk: orders saved as JSON under two headers, found again by source id, updated only as a whole.

Sources: the vendor's page "Orders" and its neighbours (2018-04-30). Not confirmed by any page, so never relied on: that
a second order with the same ``source_id`` is refused, that a PUT removes the lines it leaves out or keeps them, and
that an answer to POST or PUT shows the order.
"""

from __future__ import annotations

from schemas.event import EventType
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import OrderDeskOptions, read_map
from worker.providers.base import Conversation, Job, Operation, Provider, nothing_to_send
from worker.providers.orderdesk.body import Wanted, wanted_of
from worker.providers.orderdesk.calls import Calls
from worker.providers.orderdesk.people import is_named
from worker.providers.orderdesk.room import REPLY_CAP_BYTES, lines_that_fit
from worker.providers.orderdesk.save import Saving


class OrderDesk(Provider):
    """One Order Desk store."""

    kind = "orderdesk"
    default_base_url = "https://app.orderdesk.me/api/v2"
    default_rate = (3, 18)  # the vendor's bucket is 20 and 3 a second; two are left for people (article 914)
    default_max_in_flight = 3
    reply_cap_bytes = REPLY_CAP_BYTES  # an order of 2,000 lines is shown whole in about half of it

    def operation(self, job: Job) -> Operation:
        if not job.event.is_snapshot:
            return nothing_to_send(
                OutcomeKind.UNSUPPORTED, Reason.NOT_YET, f"An {job.event.type} is not sent to Order Desk yet."
            )
        wanted = wanted_of(job, self._options)
        refusal = self._refusal(job, wanted)
        if refusal is not None:
            return nothing_to_send(OutcomeKind.REJECTED, *refusal)
        if job.link.order_id is not None:
            return Operation("orders/update", lambda: self._saving(job, wanted).update(job.link), calls=2)
        # An update that we know no order for may follow a link that was lost: it looks before it creates.
        new = job.event.type is EventType.CREATED
        return Operation(
            "orders/create",
            lambda: self._saving(job, wanted).create() if new else self._saving(job, wanted).find_or_create(),
            calls=1 if new else 2,
            on_unknown="look_up",
            look_up=lambda: self._saving(job, wanted).look_up(),
        )

    def test(self) -> Conversation:
        """Credentials by the vendor's testing endpoint, and where folders are mapped that the store has them."""
        calls = Calls(self._options)
        answer = yield from calls.test()
        if isinstance(answer, Outcome) or not self._options.folders:
            return answer if isinstance(answer, Outcome) else _passed("Order Desk answers and knows the key.")
        answer = yield from calls.store()
        if isinstance(answer, Outcome):
            return answer
        held = read_map(read_map(answer.get("store")).get("folders"))
        missing = {status: folder for status, folder in self._options.folders.items() if str(folder) not in held}
        if missing:
            named = ", ".join(f"{folder} ({status})" for status, folder in missing.items())
            message = f"The store has no folder {named}: correct the provider's folders."
            return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message)
        return _passed("Order Desk answers, knows the key and has the folders.")

    @property
    def _options(self) -> OrderDeskOptions:
        options: OrderDeskOptions = self.config.options
        return options

    def _saving(self, job: Job, wanted: Wanted) -> Saving:
        return Saving(Calls(self._options), job, wanted)

    def _refusal(self, job: Job, wanted: Wanted) -> tuple[Reason, str] | None:
        """Why this order is not sent at all, and what to change. It says nothing of what only the vendor can know."""
        currency = self.config.currency
        if currency is not None and job.event.order.currency != currency:
            message = f"The order is in {job.event.order.currency}, this Order Desk store in {currency}."
            return Reason.CURRENCY, f"{message} Order Desk has no field for a currency."
        if not (is_named(wanted.fields["customer"]) and is_named(wanted.fields["shipping"])):
            return Reason.NO_NAME, "Order Desk wants a first and last name, or a company: give the customer one."
        if not wanted.lines and job.link.order_id is None:
            return Reason.NEEDS_LINES, "Order Desk creates no order without a line, and none of this one is left."
        fitting = lines_that_fit(wanted)
        if fitting < len(wanted.lines):
            said = f"The order has {len(wanted.lines)} lines; the first {fitting} fit into an answer of Order Desk's"
            return Reason.TOO_MANY_LINES, f"{said} that can be read: split it."
        return None


def _passed(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message)
