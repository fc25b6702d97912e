"""An order invoiced. Source: page "Order", "Invoice" (2020-02-20): ``notify``, a number and a time of our choice.

``notify`` has the shop mail the buyer: the one call of ours that does (``?notify=true`` of an update is never sent).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from schemas.event import Invoice
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions
from worker.providers.base import Job, Reply, Request
from worker.providers.openbizbox.body import MAX_ID
from worker.providers.openbizbox.calls import Calls
from worker.providers.openbizbox.once import Act
from worker.providers.openbizbox.times import shop_time


class Invoicing:
    """The invoice of one order."""

    def __init__(self, job: Job, options: OpenBizBoxOptions, calls: Calls) -> None:
        self._invoice = job.event.data.invoice or Invoice()
        self._options = options
        self._calls = calls

    @property
    def number(self) -> str | None:
        return self._invoice.number

    @property
    def wanted(self) -> str:
        return f"invoice {self._invoice.number}" if self._invoice.number else "the invoice"

    def plan(self, held: HeldOrder) -> Generator[Request, Reply, Act]:
        """The call that invoices the order, whatever the order is: an invoice is of all of it."""
        number = _whole(self._invoice.number)
        body: dict[str, Any] = {} if number is None else {"id": number}
        body["notify"] = self._invoice.notify and not self._options.quiet
        if self._invoice.issued_at is not None:
            body["created_at"] = shop_time(self._invoice.issued_at, self._options)
        return Act(lambda: self._calls.invoice(held.id, body), self._unsaid(number))
        yield

    def _unsaid(self, number: int | None) -> str:
        if self._invoice.number is None or number is not None:
            return ""
        return f"OpenBizBox's invoice numbers are whole: the shop gave one of its own for {self._invoice.number}."


def _whole(number: str | None) -> int | None:
    """The number where the shop can have it as it stands: no letters, no leading zeros."""
    if number is None or not (number.isascii() and number.isdecimal()) or len(number) > len(str(MAX_ID)):
        return None
    return int(number) if 0 < int(number) <= MAX_ID and str(int(number)) == number else None
