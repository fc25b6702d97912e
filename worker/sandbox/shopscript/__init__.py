"""Shop-Script, played: its API by any of three addresses, in JSON and XML, with a PHP form as the only body it reads.

Source: waAPIController of webasyst-framework 3.8.4 and the ``shop.order`` methods of shop 12.4.0, run on loopback
(2026-11). Not played: stock, taxes beyond one rate for a country, discount rules beyond a percentage, the setting that
splits a line so that its discount divides, currencies with another precision than cents, plugins.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from worker.sandbox.base import Vendor, VendorAnswer, VendorCall
from worker.sandbox.form import read_form
from worker.sandbox.shopscript.door import NO_COURIERS, ApiFault, Wordless, let_in, open_for
from worker.sandbox.shopscript.lines import Refused
from worker.sandbox.shopscript.methods import METHODS, Asked, Methods
from worker.sandbox.shopscript.multipart import read_multipart
from worker.sandbox.shopscript.orders import Broken, Order, ShopScriptOrders
from worker.sandbox.shopscript.search import OrderSearch, SearchRefusal
from worker.sandbox.shopscript.settings import ACCESS_TOKEN, Settings
from worker.sandbox.shopscript.texts import translated
from worker.sandbox.shopscript.xml import NoElement, write_xml

__all__ = ["ACCESS_TOKEN", "Settings", "ShopScript"]

FORMATS = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}


class SimulatedShopScript(Vendor):
    """One shop, set up by the fields of ``Settings``."""

    kind: ClassVar[str] = "shopscript"

    def __init__(self, *, clock: Callable[[], float] = time.time, **settings: Any) -> None:
        self.clock = clock
        self.settings = Settings(**settings)
        self.reset()

    def answer(self, call: VendorCall) -> VendorAnswer:
        if call.method == "OPTIONS":
            return VendorAnswer(200, b"", {"Content-Type": FORMATS["json"]})
        query = dict(parse_qsl(call.query, keep_blank_values=True))
        wanted = query.get("format", "json").lower()
        try:
            status, answer = 200, self._answer(call, query)
        except Wordless as wordless:
            return wordless.answer
        except ApiFault as fault:
            status, answer = fault.status, fault.answer
        except Refused as refused:
            status, answer = 200, {"status": "fail", "errors": refused.errors}
        except SearchRefusal as refusal:
            status, answer = 200, {"error": "invalid_param", "error_description": str(refusal)}
        except Broken as broken:
            status, answer = 500, {"error": "server_error", "error_description": str(broken)}
        if status != 200 or (isinstance(answer, dict) and "errors" in answer):  # noqa: PLR2004  only what went wrong has words of the shop's
            answer = translated(answer, self.settings.language)
        wanted = wanted if wanted in FORMATS else "json"
        return self._written(status, answer, wanted, query.get("callback", ""))

    def orders(self) -> list[dict[str, Any]]:
        """Every order, oldest first, with ``key``, ``saves`` (each [create or edit, total there, total the sender
        named, digest of the form]), ``moved`` (each [action, total it moved, state after it]) and ``mails`` (of which
        actions the buyer was told)."""
        return [{**order, "key": _key(order)} for order in self._orders.by_id.values()]

    def reset(self) -> None:
        self._orders = ShopScriptOrders(self.settings)
        self._search = OrderSearch(self._orders)
        self._methods = Methods(self.settings, self._orders, self._search)

    def hide_new(self, seconds: float) -> None:
        self._search.hidden_s = seconds

    def _answer(self, call: VendorCall, query: dict[str, str]) -> Any:
        app, name = open_for(self.settings, call, query)
        if query.get("format", "json").lower() not in FORMATS:
            raise ApiFault(200, "invalid_request", f"Invalid response format: {query['format'].upper()}")
        form = self._form(call)
        visitor = let_in(self.settings, app, form, query, call.headers)
        method = METHODS.get(name)
        if method is None:
            raise ApiFault(404, "invalid_method", f"Unknown method: {app}.{name}")
        if visitor.courier_id is not None and not method.for_couriers:
            raise ApiFault(403, "access_denied", NO_COURIERS)
        if call.method != method.verb:
            raise ApiFault(405, "invalid_request", f"Method {call.method} not allowed")
        return method.run(self._methods, Asked(form if method.verb == "POST" else query, visitor, call))

    def _written(self, status: int, answer: Any, wanted: str, callback: str) -> VendorAnswer:
        if wanted == "xml":
            try:
                return VendorAnswer(status, write_xml(answer, self.settings.php), {"Content-Type": FORMATS["xml"]})
            except NoElement as fault:
                broken = {"error": "server_error", "error_description": str(fault)}
                return VendorAnswer(500, write_xml(broken, self.settings.php), {"Content-Type": FORMATS["xml"]})
        body = json.dumps(answer, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/").encode()
        plain = VendorAnswer(status, body, {"Content-Type": FORMATS["json"]})
        if not callback:
            return plain
        jsonp = callback.encode() + b"(" + body + b");"
        return replace(plain, status=200, body=jsonp, headers={"Content-Type": "text/javascript; charset=utf-8"})

    def _form(self, call: VendorCall) -> Mapping[str, Any]:
        """PHP's ``$_POST``: there for a POST alone."""
        media_type = call.headers.get("content-type", "") if call.method == "POST" else ""
        match media_type.partition(";")[0].strip().lower():
            case "application/x-www-form-urlencoded":
                return read_form(call.body, self.settings.max_input_vars)
            case "multipart/form-data":
                return read_multipart(call.body, media_type, self.settings.max_input_vars)
        return {}


def _key(order: Order) -> str | None:
    params = order["params"]
    key = params.get("ordercast_key") or params.get("ordercast_number")
    return key if isinstance(key, str) else None
