"""Retargeting, played: order/save in both formats, an order number taken once, and nothing ever changed.

Source: order/save page (2019-03-29); the shape of a 400 from ``products-api.md`` of retargeting/docs (2021-05-20).
Not documented and so a choice: which HTTP status goes with an error (``honest_status``), the words for a parameter
that is missing, and that a form cut by PHP between two lines is stored as far as it was read.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any, ClassVar

from worker.sandbox.base import Vendor, VendorAnswer, VendorCall
from worker.sandbox.form import MAX_INPUT_VARS, read_form

API_KEY = "test-retargeting-key"
SAVE = "/api/1.0/order/save."
CONTENT_TYPES = {"json": "application/json", "serial": "text/plain; charset=utf-8"}
REQUIRED = (
    "order_no", "lastname", "firstname", "email", "phone", "state", "city", "discount", "discount_code", "shipping",
    "fees", "rebates", "total",
)  # fmt: skip
REQUIRED_OF_A_LINE = ("id", "quantity", "price", "variation_code")


class SimulatedRetargeting(Vendor):
    """One account, with its orders by number. ``honest_status`` off answers HTTP 200 whatever the body says."""

    kind: ClassVar[str] = "retargeting"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        api_key: str = API_KEY,
        max_input_vars: int = MAX_INPUT_VARS,
        honest_status: bool = True,
    ) -> None:
        self.clock = clock
        self.api_key = api_key
        self.max_input_vars = max_input_vars
        self.honest_status = honest_status
        self._orders: dict[str, dict[str, Any]] = {}

    def answer(self, call: VendorCall) -> VendorAnswer:
        form = read_form(call.body, self.max_input_vars) if _is_form(call) else {}
        wanted = call.path.removeprefix(SAVE) if call.path.startswith(SAVE) else None
        if wanted not in CONTENT_TYPES or call.method != "POST":
            return self._error("json", 404, "Not Found", "Unknown method")
        if form.get("api_key") != self.api_key:
            return self._error(wanted, 401, "Unauthorized", "Invalid Authentication Data")
        order, products = _branch(form, "0"), _branch(form, "1")
        missing = _missing(order, products)
        if missing is not None:
            return self._error(wanted, 400, "Bad Request", f"Missing parameter: {missing}")
        return self._saved(wanted, call, order, list(products.values()))

    def orders(self) -> list[dict[str, Any]]:
        return list(self._orders.values())

    def reset(self) -> None:
        self._orders.clear()

    def _saved(self, wanted: str, call: VendorCall, order: dict[str, Any], products: list[Any]) -> VendorAnswer:
        number = order["order_no"]
        if number in self._orders:
            self._orders[number]["repeats"] += 1
            return self._ok(wanted, {"error": "Order number exists"})
        self._orders[number] = {
            "key": number,
            "id": number,
            "order": order,
            "products": products,
            "saves": [["save", order["total"], hashlib.sha256(call.body).hexdigest()[:16]]],
            "saved_at": call.at,
            "repeats": 0,
        }
        return self._ok(wanted, {"success": True})

    def _ok(self, wanted: str, result: dict[str, Any]) -> VendorAnswer:
        return _answer(wanted, 200, {"version": "1.0", "status": 200, "message": "OK", "data": result})

    def _error(self, wanted: str, status: int, message: str, error: str) -> VendorAnswer:
        """The status in the body is text here, a number on success: the page's own example."""
        tree = {"version": "1.0", "status": str(status), "message": message, "error": error}
        return _answer(wanted, status if self.honest_status else 200, tree)


def _is_form(call: VendorCall) -> bool:
    return call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _branch(form: dict[str, Any], name: str) -> dict[str, Any]:
    branch = form.get(name)
    return branch if isinstance(branch, dict) else {}


def _missing(order: dict[str, Any], products: dict[str, Any]) -> str | None:
    """The first required parameter that is not there; an empty text is there. ``adress`` may be spelled either way."""
    if "adress" not in order and "address" not in order:
        return "adress"
    missing = [name for name in REQUIRED if name not in order]
    if not products:
        missing.append("products")
    for line in products.values():
        missing += [f"products.{name}" for name in REQUIRED_OF_A_LINE if not isinstance(line, dict) or name not in line]
    return next(iter(missing), None)


def _answer(wanted: str, status: int, tree: dict[str, Any]) -> VendorAnswer:
    text = json.dumps(tree, separators=(",", ":")) if wanted == "json" else serialized(tree)
    return VendorAnswer(status, text.encode(), {"Content-Type": CONTENT_TYPES[wanted]})


def serialized(value: object) -> str:
    """PHP's ``serialize`` of a bool, whole number, text or map; text lengths count bytes."""
    match value:
        case bool():
            return f"b:{int(value)};"
        case int():
            return f"i:{value};"
        case str():
            return f's:{len(value.encode())}:"{value}";'
        case dict():
            inside = "".join(serialized(part) for pair in value.items() for part in pair)
            return f"a:{len(value)}:{{{inside}}}"
    raise TypeError(f"no answer holds {type(value).__name__}")
