"""Order Desk, played: two headers, a token bucket, and whole orders that a PUT replaces.

Sources: the vendor's pages (sparkweb/slate, 2018-04-30) and its help article 914 for the rate limit. Not documented and
so a choice: that a wrong key is answered 401 and takes no token, and the body of a 429.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from worker.sandbox.base import Vendor, VendorAnswer, VendorCall
from worker.sandbox.orderdesk.account import API_KEY, STORE_ID, TIMEZONE, shown_store
from worker.sandbox.orderdesk.bucket import BURST, PER_SECOND, Bucket
from worker.sandbox.orderdesk.calls import ROOT, Page, answer_call, shown
from worker.sandbox.orderdesk.store import OrderDeskOrders
from worker.sandbox.orderdesk.values import Json, Refused, plain, utc_text

__all__ = ["API_KEY", "STORE_ID", "OrderDesk"]


class SimulatedOrderDesk(Vendor):
    """One store. ``per_second`` and ``burst`` are its token bucket; ``switches`` go to ``SimulatedOrderDeskOrders``."""

    kind: ClassVar[str] = "orderdesk"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        per_second: float = PER_SECOND,
        burst: int = BURST,
        store_id: str = STORE_ID,
        api_key: str = API_KEY,
        timezone: str = TIMEZONE,
        **switches: str,
    ) -> None:
        self.clock = clock
        self._rate = {"per_second": per_second, "burst": burst}
        self._keys = (store_id, api_key)
        self._timezone = timezone
        self._switches = switches
        self.reset()

    def reset(self) -> None:
        self._bucket = Bucket(per_second=self._rate["per_second"], burst=int(self._rate["burst"]))
        self._store = OrderDeskOrders(store_id=self._keys[0], timezone=self._timezone, **self._switches)

    def hide_new(self, seconds: float) -> None:
        self._store.hidden_s = seconds

    def orders(self) -> list[dict[str, Any]]:
        """Every order as the vendor shows it, with ``key`` (its source id), ``order_history``, ``saves``: a list of
        [what was done, the total then, the hidden metadata then], and ``moved``: what was done beside saving it, in
        order of commit, each ["refund", the change of refund_total, the payment status then], ["folder", its id, its
        name], ["history", the note, its source name] or ["shipment", its tracking number, its carrier]."""
        store = self._store
        return [
            {
                **plain(store.show(i, with_history=True)),
                "key": order["source_id"],
                "saves": store.saves[i],
                "moved": store.moved[i],
            }
            for i, order in sorted(store.orders.items())
        ]

    def answer(self, call: VendorCall) -> VendorAnswer:
        sent = (call.headers.get("orderdesk-store-id"), call.headers.get("orderdesk-api-key"))
        if sent != self._keys:
            return self._written(401, {"status": "error", "message": "Invalid store id or API key"})
        wait_s = self._bucket.take(call.at)
        if wait_s:
            late = {"status": "error", "message": "Rate limit exceeded"}
            return self._written(429, late, {"X-Retry-After": str(wait_s)})
        try:
            return self._written(*self._page(call))
        except Refused as refusal:
            return self._written(400, {"status": "error", "message": str(refusal)})

    def _page(self, call: VendorCall) -> Page:
        asked = call.path.removeprefix(ROOT).strip("/")
        if (call.method, asked) == ("GET", "test"):
            said = {"message": "Connection Successful", "current_date_time": utc_text(self.clock())}
            return 200, {"status": "success", **said}
        if (call.method, asked) == ("GET", "store"):
            return 200, shown(store=shown_store(*self._keys, self._timezone))
        return answer_call(self._store, call)

    def _written(self, status: int, page: Json, headers: Mapping[str, str] | None = None) -> VendorAnswer:
        """As the vendor writes it: slashes escaped, and on every answer how many calls are left."""
        body = json.dumps(plain(page)).replace("/", "\\/").encode()
        left = {"Content-Type": "application/json", "X-Tokens-Remaining": str(self._bucket.left)}
        return VendorAnswer(status, body, {**left, **(headers or {})})
