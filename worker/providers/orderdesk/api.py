"""Order Desk's API: each call with its request, and what an answer to it comes to.

Sources: the vendor's pages "Authentication", "Orders", "Order Items", "Shipments", "Move Orders", "Store Settings"
(2018-04-30), and its help article 914 for the rate limit. Not called: PUT of one line, since an order's own PUT writes
its lines and our marks in one piece; DELETE of a shipment, since no event takes one back; the inventory, which is
nobody's order.

Documented are ``{"status": "success", …}`` and ``{"status": "error", "message": …}`` (pages "Orders", "Shipments"), and
of the limit the headers ``X-Tokens-Remaining`` and ``X-Retry-After`` (article 914). No page says which HTTP status an
error has, so a 2xx is believed only where its ``status`` is "success".
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import HeldOrder, OrderDeskOptions, read_list, read_map, read_object, read_text
from schemas.shortened import shortened
from worker.providers.answers import judge_status
from worker.providers.base import Reply, Request
from worker.providers.orderdesk.mapping_overlay import Fields

REFILL_S = 10.0  # to wait where a 429 does not say how long
TOLD_CHARS = 600  # of a message for people
SAID_CHARS = 300  # of the vendor's words within one
PAGE_ORDERS = 100  # the vendor allows 500; of these a page fits into what is read with 40 KiB for each order
MOST_PAGES = 20  # of one source id; what has more has no end
LIST_ORDERS = "list orders"
HISTORY_SOURCE = "Ordercast"  # who tells, where the account has no source name

_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_TOTAL = re.compile(r"\d{1,18}", re.ASCII)  # Python itself refuses to read a number of 5,000 digits

Tree = dict[str, Any]
Heard = Generator[Request, Reply, Tree | Outcome]
HeardOrder = Generator[Request, Reply, HeldOrder | Outcome]

encode = msgspec.json.Encoder(decimal_format="number").encode
"""JSON as it goes to Order Desk: decimals as exact numbers."""


def judge(request: Request, reply: Reply) -> dict[str, Any] | Outcome:
    """The JSON object of a success, else the outcome that the answer comes to."""
    by_status = judge_status(reply, mutating=request.mutating)
    if by_status is not None:
        return _with_wait(by_status)
    answer = None if reply.cut else read_object(reply.body)
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return _judge_success(request, reply, answer)
    return _judge_refusal(request, reply, answer)


def accepted(link: Link, remarks: Sequence[str] = ()) -> Outcome:
    """What is done there, with what people should look at: as many remarks as one message holds."""
    told = ""
    for remark in remarks:
        if len(told) + len(remark) < TOLD_CHARS:
            told = f"{told} {remark}".strip()
    reason = Reason.REMARK if told else Reason.SAVED
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=reason, message=told, link=link)


def rejected(reason: Reason, message: str) -> Outcome:
    """What is futile as it stands: the message says what to change."""
    return Outcome(kind=OutcomeKind.REJECTED, reason=reason, message=message)


def _with_wait(outcome: Outcome) -> Outcome:
    if outcome.kind is OutcomeKind.THROTTLED and outcome.wait_s is None:
        return msgspec.structs.replace(outcome, wait_s=REFILL_S)
    return outcome


def _judge_success(request: Request, reply: Reply, answer: dict[str, Any] | None) -> dict[str, Any] | Outcome:
    if answer is None or not read_text(answer.get("status")):
        return _outcome(
            reply,
            OutcomeKind.UNREADABLE,
            Reason.UNREADABLE,
            f"Order Desk's answer to {request.step} is not the JSON it documents.",
            may_have_been_done=request.mutating,
        )
    if answer["status"] == "success":
        return answer
    return _refused(request, reply, answer)


def _judge_refusal(request: Request, reply: Reply, answer: dict[str, Any] | None) -> Outcome:
    if reply.status == HTTPStatus.CONFLICT:
        kind = OutcomeKind.UNKNOWN if request.mutating else OutcomeKind.UNAVAILABLE
        message = f"Order Desk reports a conflict at {request.step}; the order is read again before the next try."
        return _outcome(reply, kind, Reason.SERVER_ERROR, message, may_have_been_done=request.mutating)
    if reply.status == HTTPStatus.NOT_FOUND and answer is not None:
        message = f"Order Desk does not hold what {request.step} asks for{_because(answer)}."
        return _outcome(reply, OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER, message)
    return _refused(request, reply, answer or {})


def _refused(request: Request, reply: Reply, answer: dict[str, Any]) -> Outcome:
    message = f"Order Desk refused {request.step} (HTTP {reply.status}){_because(answer)}."
    return _outcome(reply, OutcomeKind.REJECTED, Reason.REJECTED, message)


def _because(answer: dict[str, Any]) -> str:
    text = said_by(answer)
    return f": {text}" if text else ""


def said_by(answer: dict[str, Any]) -> str:
    """The vendor's own words, in one line without a stop."""
    return shortened(" ".join(read_text(answer.get("message")).split()).rstrip(". "), SAID_CHARS)


def _outcome(
    reply: Reply, kind: OutcomeKind, reason: Reason, message: str, *, may_have_been_done: bool = False
) -> Outcome:
    return Outcome(
        kind=kind,
        reason=reason,
        message=message,
        http_status=reply.status,
        excerpt=reply.excerpt,
        may_have_been_done=may_have_been_done,
    )


@dataclass(frozen=True, slots=True)
class OrderPage:
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

    def list_page(self, query: Mapping[str, str], offset: int) -> Generator[Request, Reply, OrderPage | Outcome]:
        """The orders that fit from this offset on, as many as the query's ``limit``, else ``PAGE_ORDERS``."""
        asked = {**query, "limit": query.get("limit", str(PAGE_ORDERS)), "offset": str(offset)}
        answer = yield from self._call("GET", f"/orders?{urlencode(asked)}", LIST_ORDERS)
        if isinstance(answer, Outcome):
            return answer
        if not isinstance(answer.get("orders"), list | dict):
            return _unreadable("Order Desk answered without the list that was asked for.")
        orders, total = read_list(answer["orders"]), read_text(answer.get("total_records"))
        if total and not _TOTAL.fullmatch(total):
            return _unreadable("Order Desk answered a list with a total_records that is no count.")
        seen = offset + len(orders)
        return OrderPage(orders, seen if orders and total and seen < int(total) else None)

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
