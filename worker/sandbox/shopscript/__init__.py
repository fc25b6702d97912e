"""Shop-Script, played: its API by any of three addresses, in JSON and XML, with a PHP form as the only body it reads.

Source: waAPIController of webasyst-framework 3.8.4 and the ``shop.order`` methods of shop 12.4.0, run on loopback
(2026-11). Not played: multipart forms, courier tokens, stock, taxes, the shop's own discount rules and its rounding to
cents, ``shop.order.add``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from worker.sandbox.base import Answer, Call, Vendor
from worker.sandbox.form import MAX_INPUT_VARS, read_form
from worker.sandbox.shopscript.lines import Refused
from worker.sandbox.shopscript.orders import Broken, Order, Orders
from worker.sandbox.shopscript.search import Refusal, Search
from worker.sandbox.shopscript.workflow import act, allowed
from worker.sandbox.shopscript.xml import write_xml

ACCESS_TOKEN = "test-shopscript-token"  # noqa: S105  a played shop's
METHODS = {
    "order.save": "POST", "order.action": "POST", "order.delete": "POST",
    "order.search": "GET", "order.getInfo": "GET", "order.actions": "GET",
}  # fmt: skip
FORMATS = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
OURS = ("saves", "created_at", "customer")  # what is kept for people and no answer shows


class Fault(Exception):
    """An answer that is an error: its HTTP status, its code, and what else stands in it."""

    def __init__(self, status: int, code: str, text: str | None = None, **more: str) -> None:
        super().__init__(code)
        self.status = status
        self.answer = {"error": code, **more} | ({"error_description": text} if text else {})


class ShopScript(Vendor):
    """One shop. ``scopes`` maps each token to the apps it may use; an expired token has the scope ``expired``."""

    kind: ClassVar[str] = "shopscript"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        scopes: Mapping[str, str] | None = None,
        catalogue: Mapping[str, str] | None = None,
        currency: str = "USD",
        max_input_vars: int = MAX_INPUT_VARS,
        is_enabled: bool = True,
        is_licensed: bool = True,
    ) -> None:
        self.clock = clock
        self.scopes = {ACCESS_TOKEN: "shop"} if scopes is None else dict(scopes)
        self.catalogue = catalogue or {}
        self.currency = currency
        self.max_input_vars = max_input_vars
        self.is_enabled = is_enabled
        self.is_licensed = is_licensed
        self.reset()

    def answer(self, call: Call) -> Answer:
        query = dict(parse_qsl(call.query, keep_blank_values=True))
        wanted = query.get("format", "json").lower()
        try:
            status, answer = 200, self._answer(call, query)
        except Fault as fault:
            status, answer = fault.status, fault.answer
        except Refused as refused:
            status, answer = 200, {"status": "fail", "errors": refused.errors}
        except Refusal as refusal:
            status, answer = 200, {"error": "invalid_param", "error_description": str(refusal)}
        except Broken as broken:
            status, answer = 500, {"error": "server_error", "error_description": str(broken)}
        return _written(status, answer, wanted if wanted in FORMATS else "json", query.get("callback", ""))

    def orders(self) -> list[dict[str, Any]]:
        return [{**order, "key": _key(order)} for order in self._orders.by_id.values()]

    def reset(self) -> None:
        self._orders = Orders(self.catalogue, self.currency)
        self._search = Search(self._orders)

    def hide_new(self, seconds: float) -> None:
        self._search.hidden_s = seconds

    def _answer(self, call: Call, query: dict[str, str]) -> Any:
        if not self.is_enabled:
            raise Fault(404, "disabled", "API is disabled")
        app, method = _method(call.path, query)
        if query.get("format", "json").lower() not in FORMATS:
            raise Fault(200, "invalid_request", f"Invalid response format: {query['format'].upper()}")
        form = read_form(call.body, self.max_input_vars) if _is_form(call) else {}
        self._let_in(app, form, query, call.headers)
        if method not in METHODS:
            raise Fault(404, "invalid_method", f"Unknown method: {app}.{method}")
        if call.method != METHODS[method]:
            raise Fault(405, "invalid_request", f"Method {call.method} not allowed")
        return self._run(method, form, query, call)

    def _let_in(self, app: str, form: dict[str, Any], query: dict[str, str], headers: Mapping[str, str]) -> None:
        token = form.get("access_token") or query.get("access_token") or _bearer(headers.get("authorization", ""))
        if not token:
            raise Fault(400, "token_required", "Access token is missing")
        scope = self.scopes.get(token) if isinstance(token, str) else None
        if scope is None:
            raise Fault(401, "invalid_token", "Invalid access token", sha256=sha256(str(token).encode()).hexdigest())
        if scope == "expired":
            raise Fault(401, "invalid_token", "Access token has expired")
        if app != "shop":
            raise Fault(400, "app_not_installed", f"App is not installed ({app})", app=app)
        if app not in scope.split(","):
            raise Fault(403, "access_denied")
        if not self.is_licensed:
            raise Fault(402, "payment_required", "License not activated")

    def _run(self, method: str, form: dict[str, Any], query: dict[str, str], call: Call) -> Any:
        if method == "order.save":
            self._search.note(self._orders.save(form, call.body, call.at))
            return {"status": "ok", "data": []}
        if method == "order.search":
            page = self._search.answer(query, call.at)
            return page | {"orders": [_shown(order, list(order["items"].values())) for order in page["orders"]]}
        given: Mapping[str, Any] = form if METHODS[method] == "POST" else query
        order = self._order(given)
        if method == "order.getInfo":
            return _shown(order, order["items"] or [])
        if method == "order.actions":
            return [{"id": action} for action in allowed(order)]
        if method == "order.action" and not given.get("action"):
            raise Fault(400, "invalid_param", "Required parameter is missing: action")
        action = str(given["action"]) if method == "order.action" else "delete"
        moved = act(order, action, is_forced=method == "order.delete")
        if moved is None:
            raise Fault(404, "invalid_param", "Available action not found for the specified order.")
        order["saves"].append([action, order["total"], None, sha256(call.body).hexdigest()[:16]])
        return moved

    def _order(self, given: Mapping[str, Any]) -> Order:
        if not given.get("id"):
            raise Fault(400, "invalid_param", "Required parameter is missing: id")
        order = self._orders.by_id.get(str(given["id"]))
        if order is None:
            raise Fault(404, "invalid_param", "Order not found")
        return order


def _method(path: str, query: dict[str, str]) -> tuple[str, str]:
    """App and method, from any of the three spellings."""
    parts = path.strip("/").split("/")
    if parts == ["api.php"]:
        return query.get("app", ""), query.get("method", "")
    if parts[0] == "api.php" and len(parts) == 3:  # noqa: PLR2004  api.php/app/method
        return parts[1], parts[2]
    if parts[0] == "api.php" and len(parts) == 2 and "." in parts[1]:  # noqa: PLR2004  api.php/app.method
        app, _, method = parts[1].partition(".")
        return app, method
    raise Fault(400, "invalid_request", "Malformed request or server misconfiguration.")


def _is_form(call: Call) -> bool:
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/x-www-form-urlencoded"


def _bearer(header: str) -> str:
    scheme, _, rest = header.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else header.strip()


def _shown(order: Order, items: Any) -> dict[str, Any]:
    """An order as an answer shows it: numbers and ids are texts, an empty map is an empty list."""
    shown = {name: leaf for name, leaf in order.items() if name not in OURS}
    return shown | {"items": items, "params": order["params"] or []}


def _key(order: Order) -> str | None:
    params = order["params"]
    key = params.get("ordercast_key") or params.get("ordercast_number")
    return key if isinstance(key, str) else None


def _written(status: int, answer: Any, wanted: str, callback: str) -> Answer:
    if wanted == "xml":
        return Answer(status, write_xml(answer), {"Content-Type": FORMATS["xml"]})
    body = json.dumps(answer, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/").encode()
    plain = Answer(status, body, {"Content-Type": FORMATS["json"]})
    if not callback:
        return plain
    jsonp = callback.encode() + b"(" + body + b");"
    return replace(plain, status=200, body=jsonp, headers={"Content-Type": "text/javascript; charset=utf-8"})
