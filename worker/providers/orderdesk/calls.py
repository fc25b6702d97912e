"""The calls of Order Desk's API, one method each: the request it makes, and how its answer is read.

Sources: the vendor's pages "Authentication", "Orders", "Order Items", "Shipments", "Store Settings" (2018-04-30), and
its help article 914 for the rate limit.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder, OrderDeskOptions, read_list, read_map, read_text
from worker.providers.base import Reply, Request
from worker.providers.orderdesk.answers import judge
from worker.providers.orderdesk.overlay import Fields, encode

PAGE_ORDERS = 50  # the vendor allows 500, but no answer past our cap is read, and an order is several KiB

Answer = dict[str, Any]
Heard = Generator[Request, Reply, Answer | Outcome]
HeardOrder = Generator[Request, Reply, HeldOrder | Outcome]


class Calls:
    """Order Desk's calls for one conversation. Each returns the answer's JSON object, or the outcome it comes to.

    ``tokens_left`` is what the last answer said of the store's bucket: 20 calls, 3 more each second.
    """

    def __init__(self, options: OrderDeskOptions) -> None:
        self.tokens_left: int | None = None
        self._headers = {
            "ORDERDESK-STORE-ID": options.store_id,
            "ORDERDESK-API-KEY": options.api_key.reveal(),
            "Content-Type": "application/json",
        }

    def test(self) -> Heard:
        return self._call("GET", "/test", "test")

    def store(self) -> Heard:
        """The store's folders and settings. Its answer carries the API key and mail passwords: never to be kept."""
        return self._call("GET", "/store", "store")

    def get_order(self, order_id: str) -> HeardOrder:
        answer = yield from self._call("GET", _order(order_id), "get order")
        if isinstance(answer, Outcome):
            return answer
        held = HeldOrder(read_map(answer.get("order")))
        return held if held.id else _unreadable("Order Desk answered without the order that was asked for.")

    def list_orders(self, query: Mapping[str, str]) -> Generator[Request, Reply, list[HeldOrder] | Outcome]:
        """Every order that fits, oldest first, page by page to the end."""
        found: list[HeldOrder] = []
        while True:
            page = {**query, "order": "ASC", "limit": str(PAGE_ORDERS), "offset": str(len(found))}
            answer = yield from self._call("GET", f"/orders?{urlencode(page)}", "list orders")
            if isinstance(answer, Outcome):
                return answer
            if not isinstance(answer.get("orders"), list | dict):
                return _unreadable("Order Desk answered without the list that was asked for.")
            orders = read_list(answer["orders"])
            found += [HeldOrder(order) for order in orders]
            total = read_text(answer.get("total_records"))
            if not orders or not total.isdigit() or len(found) >= int(total):
                return found

    def create_order(self, body: Fields) -> Heard:
        return self._call("POST", "/orders", "create order", body)

    def update_order(self, order_id: str, body: Fields) -> Heard:
        return self._call("PUT", _order(order_id), "update order", body)

    def add_line(self, order_id: str, line: Fields) -> Heard:
        return self._call("POST", f"{_order(order_id)}/order-items", "add line", line)

    def delete_line(self, order_id: str, line_id: str) -> Heard:
        return self._call("DELETE", f"{_order(order_id)}/order-items/{quote(line_id, safe='')}", "delete line")

    def add_shipment(self, order_id: str, shipment: Fields) -> Heard:
        return self._call("POST", f"{_order(order_id)}/shipments", "add shipment", shipment)

    def add_history(self, order_id: str, note: str) -> Heard:
        return self._call("POST", f"{_order(order_id)}/order-history", "add history", {"note": note})

    def _call(self, method: str, path: str, step: str, body: Fields | None = None) -> Heard:
        sent = b"" if body is None else encode(body)
        request = Request(method, path, step, headers=self._headers, body=sent, mutating=method != "GET")
        reply = yield request
        left = reply.headers.get("x-tokens-remaining", "")
        self.tokens_left = int(left) if left.isdecimal() else self.tokens_left
        return judge(request, reply)


def _unreadable(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, message=message)


def _order(order_id: str) -> str:
    return f"/orders/{quote(order_id, safe='')}"
