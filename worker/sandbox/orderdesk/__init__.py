"""Order Desk, played: two headers, a token bucket, and whole orders that a PUT replaces.

Sources: the vendor's pages (sparkweb/slate, 2018-04-30) and its help article 914 for the rate limit. Not documented
and so a choice: the HTTP status of an error (400 for what it refuses, 404 for what is not there, 401 for a wrong key,
200 for a shipment that is there already), and that a create and an update answer with the order.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from worker.sandbox.base import Answer, Call, Vendor
from worker.sandbox.orderdesk.order import Json, Refused, utc_text
from worker.sandbox.orderdesk.parts import answer_part
from worker.sandbox.orderdesk.search import FOLDERS
from worker.sandbox.orderdesk.store import Store

ROOT = "/api/v2/"
STORE_ID = "1001"
API_KEY = "test-orderdesk-key"
PAGE_ORDERS = 50
PAGE_CAP = 500

Page = tuple[int, Json]


class OrderDesk(Vendor):
    """One store. ``per_second`` and ``burst`` are its token bucket; ``settings`` go to ``Store``."""

    kind: ClassVar[str] = "orderdesk"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        per_second: float = 3,
        burst: int = 20,
        store_id: str = STORE_ID,
        api_key: str = API_KEY,
        **settings: Any,
    ) -> None:
        self.clock = clock
        self.per_second = per_second
        self.burst = burst
        self.store_id = store_id
        self.api_key = api_key
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        self._store = Store(**self._settings)
        self._tokens = float(self.burst)
        self._filled_at: float | None = None

    def hide_new(self, seconds: float) -> None:
        self._store.hidden_s = seconds

    def orders(self) -> list[dict[str, Any]]:
        """Every order as the vendor shows it, with ``key`` (its source id), ``order_history`` and ``saves``: a list of
        [what was done, the total then, the hidden metadata then]."""
        store = self._store
        return [
            {**_plain(store.show(i, with_history=True)), "key": store.orders[i]["source_id"], "saves": store.saves[i]}
            for i in sorted(store.orders)
        ]

    def answer(self, call: Call) -> Answer:
        if not self._is_known(call.headers):
            return _written(401, {"status": "error", "message": "Invalid store id or API key"}, {})
        wait_s = self._take_token(call.at)
        headers = {"X-Tokens-Remaining": str(int(self._tokens))}
        if wait_s:
            late = {"status": "error", "message": "Rate limit exceeded"}
            return _written(429, late, {**headers, "X-Retry-After": str(math.ceil(wait_s))})
        try:
            status, page = self._route(call)
        except Refused as refusal:
            status, page = 400, {"status": "error", "message": str(refusal)}
        return _written(status, page, headers)

    def _is_known(self, headers: Mapping[str, str]) -> bool:
        sent = (headers.get("orderdesk-store-id"), headers.get("orderdesk-api-key"))
        return sent == (self.store_id, self.api_key)

    def _take_token(self, at: float) -> float:
        """0 where there was a token to take, else the seconds until there will be one."""
        passed_s = 0.0 if self._filled_at is None else max(0.0, at - self._filled_at)
        self._filled_at = at
        self._tokens = min(float(self.burst), self._tokens + passed_s * self.per_second)
        if self._tokens < 1:
            return (1 - self._tokens) / self.per_second
        self._tokens -= 1
        return 0.0

    def _route(self, call: Call) -> Page:
        match (_method(call), *call.path.removeprefix(ROOT).strip("/").split("/")):
            case ("GET", "test"):
                said = {"message": "Connection Successful", "current_date_time": utc_text(self.clock())}
                return 200, {"status": "success", **said}
            case ("GET", "store"):
                return 200, {"status": "success", "store": self._shown_store()}
            case ("POST", "move-orders"):
                return 200, self._moved(_read(call))
            case ("GET", "orders"):
                return 200, self._listed(dict(parse_qsl(call.query, keep_blank_values=True)), call.at)
            case ("POST", "orders"):
                order_id = self._store.create(_read(call), call.at)
                return 201, {"status": "success", "message": "Order Added", "order": self._store.show(order_id)}
            case (method, "orders" | "order", order, *rest):  # the pages print both
                return self._routed_order(method, order, rest, call)
        return 404, {"status": "error", "message": "Unknown endpoint"}

    def _routed_order(self, method: str, order: str, rest: list[str], call: Call) -> Page:
        order_id = int(order) if order.isdecimal() else 0
        if order_id not in self._store.orders:
            return 404, {"status": "error", "message": "Order not found"}
        sent = _read(call) if method in ("POST", "PUT") else {}
        if rest:
            return answer_part(self._store, order_id, (method, *rest), sent, call.at)
        if method == "GET":
            return 200, {"status": "success", "order": self._store.show(order_id)}
        if method == "PUT":
            self._store.replace(order_id, sent, call.at)
            return 200, {"status": "success", "message": "Order Updated", "order": self._store.show(order_id)}
        if method == "DELETE":
            self._store.delete(order_id)
            return 200, {"status": "success", "message": f"Order {order_id} Deleted"}
        return 404, {"status": "error", "message": "Unknown endpoint"}

    def _listed(self, query: Mapping[str, str], at: float) -> Json:
        found = self._store.search(query, at)
        limit = min(_whole(query.get("limit"), PAGE_ORDERS), PAGE_CAP)
        offset = _whole(query.get("offset"), 0)
        with_history = query.get("get_order_history") == "1"
        orders = [self._store.show(i, with_history=with_history) for i in found[offset : offset + limit]]
        counts = {"total_records": len(found), "records_returned": len(orders), "offset": offset, "limit": limit}
        return {"status": "success", **counts, "orders": orders}

    def _moved(self, sent: Json) -> Json:
        """Page "Move Orders": to a folder by id or by exact name, not both."""
        by_name = {name: folder for folder, name in FOLDERS.items()}
        folder = by_name.get(str(sent.get("destination_folder_name")), sent.get("destination_folder_id"))
        if folder not in FOLDERS or {"destination_folder_id", "destination_folder_name"} <= sent.keys():
            raise Refused("Invalid destination folder")
        results = []
        for order_id in sent.get("order_id_list", []):
            order = self._store.orders.get(int(order_id))
            if order is not None:
                told = f"Order Moved to {FOLDERS[folder]} Folder"
                results.append({"order_id": order_id, "message": told, "original_folder_id": order["folder_id"]})
                order["folder_id"] = folder
        return {"status": "success", "message": f"{len(results)} Orders Moved", "results": results}

    def _shown_store(self) -> Json:
        """Page "Store Settings": it gives the API key away."""
        settings = {"timezone": "America/Los_Angeles", "api_key": self.api_key, "smtp_password": "test-smtp-password"}
        folders = {str(folder): name for folder, name in FOLDERS.items()}
        return {"id": self.store_id, "name": "Test Store", "settings": settings, "folders": folders}


def _method(call: Call) -> str:
    """Page "Order Items" updates by POST with ``X-HTTP-Method-Override: PUT``."""
    return call.headers.get("x-http-method-override", call.method).upper()


def _read(call: Call) -> Json:
    try:
        sent = json.loads(call.body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise Refused("Invalid JSON")
    return sent


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _plain(value: Any) -> Any:
    """As PHP writes it: an empty map is ``[]``, a decimal is a number."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()} or []
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _written(status: int, page: Json, headers: Mapping[str, str]) -> Answer:
    body = json.dumps(_plain(page)).replace("/", "\\/").encode()
    return Answer(status, body, {"Content-Type": "application/json", **headers})
