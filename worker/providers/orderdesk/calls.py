"""The calls of Order Desk's API, one method each: the request it makes, and how its answer is read.

Sources: the vendor's pages "Authentication", "Orders", "Order Items", "Shipments", "Move Orders", "Store Settings"
(2018-04-30), and its help article 914 for the rate limit. Not called: PUT of one line, since an order's own PUT writes
its lines and our marks in one piece; DELETE of a shipment, since no event takes one back; the inventory, which is
nobody's order.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder, OrderDeskOptions, read_list, read_map, read_text
from worker.providers.base import Reply, Request
from worker.providers.orderdesk.answers import judge
from worker.providers.orderdesk.overlay import Fields, encode

PAGE_ORDERS = 100  # the vendor allows 500; of these a page fits into what is read with 40 KiB for each order
MOST_PAGES = 20  # of one source id; what has more has no end
HISTORY_SOURCE = "Ordercast"  # who tells, where the account has no source name

_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_TOTAL = re.compile(r"\d{1,18}", re.ASCII)  # Python itself refuses to read a number of 5,000 digits

Answer = dict[str, Any]
Heard = Generator[Request, Reply, Answer | Outcome]
HeardOrder = Generator[Request, Reply, HeldOrder | Outcome]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its orders, and the offset of the next page, where there is one."""

    orders: list[Fields]
    next_offset: int | None


class Calls:
    """Order Desk's calls for one conversation. Each returns what it asked for, or the outcome that the answer comes to.

    ``tokens_left`` is what the last answer said of the store's bucket: 20 calls, 3 more each second.
    """

    def __init__(self, options: OrderDeskOptions) -> None:
        self.tokens_left: int | None = None
        self._source_name = options.source_name or HISTORY_SOURCE
        self._headers = {
            "ORDERDESK-STORE-ID": options.store_id,
            "ORDERDESK-API-KEY": options.api_key.reveal(),
            "Content-Type": "application/json",
        }

    def test(self) -> Heard:
        return self._call("GET", "/test", "test")

    def folders(self) -> Heard:
        """The store's folders, names by id. The rest of that answer is dropped, and no excerpt of it is kept: it
        carries the API key and the password of the mail server."""
        answer = yield from self._call("GET", "/store", "store")
        if isinstance(answer, Outcome):
            return msgspec.structs.replace(answer, excerpt="")
        return read_map(read_map(answer.get("store")).get("folders"))

    def get_order(self, order_id: str) -> HeardOrder:
        answer = yield from self._call("GET", _order(order_id), "get order")
        if isinstance(answer, Outcome):
            return answer
        held = HeldOrder(read_map(answer.get("order")))
        return held if held.id else _unreadable("Order Desk answered without the order that was asked for.")

    def list_page(self, query: Mapping[str, str], offset: int) -> Generator[Request, Reply, Page | Outcome]:
        """The orders that fit from this offset on, as many as the query's ``limit``, else ``PAGE_ORDERS``."""
        asked = {**query, "limit": query.get("limit", str(PAGE_ORDERS)), "offset": str(offset)}
        answer = yield from self._call("GET", f"/orders?{urlencode(asked)}", "list orders")
        if isinstance(answer, Outcome):
            return answer
        if not isinstance(answer.get("orders"), list | dict):
            return _unreadable("Order Desk answered without the list that was asked for.")
        orders, total = read_list(answer["orders"]), read_text(answer.get("total_records"))
        if total and not _TOTAL.fullmatch(total):
            return _unreadable("Order Desk answered a list with a total_records that is no count.")
        seen = offset + len(orders)
        return Page(orders, seen if orders and total and seen < int(total) else None)

    def list_orders(self, query: Mapping[str, str]) -> Generator[Request, Reply, list[HeldOrder] | Outcome]:
        """Every order that fits, oldest first, page by page to the end.

        Unreadable where the end is not reached: after ``MOST_PAGES``, or at a page of orders that were all shown
        before. What nobody could read may hold the order, so that it is not absent.
        """
        found: dict[str, HeldOrder] = {}
        offset = 0
        for _ in range(MOST_PAGES):
            page = yield from self.list_page({**query, "order": "ASC"}, offset)
            if isinstance(page, Outcome):
                return page
            shown = {order.id: order for order in map(HeldOrder, page.orders)}
            if shown and shown.keys() <= found.keys():
                return _unreadable("Order Desk lists the same orders on each page: its list cannot be read whole.")
            found |= shown
            if page.next_offset is None:
                return list(found.values())
            offset = page.next_offset
        return _unreadable(f"Order Desk's list of orders has no end in {MOST_PAGES} pages and cannot be read whole.")

    def list_part(self, order_id: str, part: str, name: str) -> Generator[Request, Reply, list[Fields] | Outcome]:
        """All lines (``order-items``) or shipments of one order; ``name`` is what the answer calls them."""
        answer = yield from self._call("GET", f"{_order(order_id)}/{part}", f"list {part}")
        if isinstance(answer, Outcome):
            return answer
        return read_list(answer[name]) if name in answer else _unreadable(f"Order Desk answered without {name}.")

    def get_part(self, order_id: str, part: str, name: str, part_id: str) -> Heard:
        """One line or shipment of an order."""
        answer = yield from self._call("GET", f"{_order(order_id)}/{part}/{quote(part_id, safe='')}", f"get {part}")
        if isinstance(answer, Outcome):
            return answer
        return read_map(answer.get(name)) or _unreadable(f"Order Desk answered without {name}.")

    def create_order(self, body: Fields) -> Heard:
        return self._call("POST", "/orders", "create order", body)

    def update_order(self, order_id: str, body: Fields) -> Heard:
        return self._call("PUT", _order(order_id), "update order", body)

    def delete_order(self, order_id: str) -> Heard:
        return self._call("DELETE", _order(order_id), "delete order")

    def move_order(self, order_id: int, folder_id: int) -> Heard:
        """Ids are whole numbers here, though texts in every answer (page "Move Orders")."""
        body = {"order_id_list": [order_id], "destination_folder_id": folder_id}
        return self._call("POST", "/move-orders", "move order", body)

    def add_line(self, order_id: str, line: Fields) -> Heard:
        return self._call("POST", f"{_order(order_id)}/order-items", "add line", line)

    def delete_line(self, order_id: str, line_id: str) -> Heard:
        return self._call("DELETE", f"{_order(order_id)}/order-items/{quote(line_id, safe='')}", "delete line")

    def add_shipment(self, order_id: str, shipment: Fields) -> Heard:
        return self._call("POST", f"{_order(order_id)}/shipments", "add shipment", shipment)

    def add_history(self, order_id: str, note: str) -> Heard:
        body = {"note": note, "source_name": self._source_name}
        return self._call("POST", f"{_order(order_id)}/order-history", "add history", body)

    def _call(self, method: str, path: str, step: str, body: Fields | None = None) -> Heard:
        sent = b"" if body is None else encode(body)
        request = Request(method, path, step, headers=self._headers, body=sent, mutating=method != "GET")
        reply = yield request
        left = reply.headers.get("x-tokens-remaining", "")
        self.tokens_left = int(left) if _COUNT.fullmatch(left) else self.tokens_left
        return judge(request, reply)


def _unreadable(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, message=message)


def _order(order_id: str) -> str:
    return f"/orders/{quote(order_id, safe='')}"
