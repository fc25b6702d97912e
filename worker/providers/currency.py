"""The money of an account whose vendor has no field for it: orders are in one currency there, or nobody can tell.

The setting ``currency`` says which. Without it the first order that was delivered there does, and orders of another
are delivered with a remark until somebody sets it: which of the two the account is in is not for us to guess.
"""

from __future__ import annotations

import threading

from schemas.config import ProviderConfig
from schemas.order import Order
from schemas.outcome import OutcomeKind, Reason
from worker.providers.base import Memory, Operation, nothing_to_send

KEPT_S = 400 * 86_400.0  # a year and more, as links are


class AccountCurrency:
    """Which currency one account is in. ``vendor`` is what people call the vendor.

    What came first is asked of the memory once in a process, and kept there once for all of them: an ordinary delivery
    costs nothing.
    """

    def __init__(self, config: ProviderConfig, memory: Memory, vendor: str) -> None:
        self._config = config
        self._memory = memory
        self._vendor = vendor
        self._first: str | None = None
        self._lock = threading.Lock()

    def refused(self, order: Order) -> Operation | None:
        """Why an order is not sent at all: it is in another currency than the account is set to."""
        if self._config.currency in {None, order.currency}:
            return None
        message = (
            f"The order is in {order.currency}, this account in {self._config.currency}, and {self._vendor} has no "
            "field for a currency: correct the order's currency or the account's, or discard this."
        )
        return nothing_to_send(OutcomeKind.REJECTED, Reason.CURRENCY, message)

    def remarks(self, order: Order) -> list[str]:
        """What is to be said of an order that has just been delivered; it counts as one that came."""
        if self._config.currency is not None:
            return []
        first = self._first or self._came_first(order.currency)
        if order.currency == first:
            return []
        remark = f"The order is in {order.currency}, orders in {first} came before it, and there is no field for that"
        return [f"{remark}: set currency in [providers.{self._config.name}] to the one that the account is in."]

    def _came_first(self, currency: str) -> str:
        with self._lock:
            if self._first is None:
                self._first = self._memory.keep_first(f"{self._config.name}:currency", currency, KEPT_S)
            return self._first
