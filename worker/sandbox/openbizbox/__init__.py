"""OpenBizBox, played: tokens of an hour, ids of the caller's choice, and lines that are edited by position.

Sources: the vendor's page "Order" (2020-02-20) and its neighbours in goldenplanetdk/api-example. Not documented and so
a choice: a create is answered 201 with the order, an update in version 2 with 204 and nothing (in version 3 with 200,
as page "Capturing an order" has it), a refund with the order, an invoice with itself.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl
from zlib import crc32
from zoneinfo import ZoneInfo

import msgspec

from worker.sandbox.base import Vendor, VendorAnswer, VendorCall
from worker.sandbox.openbizbox.lines import Refused, Shop
from worker.sandbox.openbizbox.money import Fatal, capture, capture_by_itself, give_back, invoice, mail, refund
from worker.sandbox.openbizbox.orders import KeptOrder, OpenBizBoxOrders
from worker.sandbox.openbizbox.php import is_true, read_fields, read_json
from worker.sandbox.openbizbox.search import listed, search
from worker.sandbox.openbizbox.show import product_of
from worker.sandbox.openbizbox.tokens import CLIENT_ID, CLIENT_SECRET, Tokens

_ORDERS = re.compile(r"/api/v([123])/orders(?:/([0-9]{1,18})(?:/(refunds|invoice|capture))?)?(?:\.json)?")
_OWN_SCOPE = "3"  # the version that asks for a scope, shows the running totals and captures
_ALWAYS = float("inf")
_encode = msgspec.json.Encoder(decimal_format="number").encode


class SimulatedOpenBizBox(Vendor):
    """One shop.

    ``expires_in`` is a token's life in seconds and ``scope`` what it is good for. ``models`` maps the models that the
    catalogue has to articles, without it every model has one. ``prices`` says what the API takes, ``tax_rate`` what a
    line without a tax pays. ``keeps_comments`` says whether a request's comment is read, ``refuses`` how a refusal is
    told: a 400 with a text, a 400 with nothing, a 200 with ``errors``. ``captures_at`` is the status that charges the
    buyer by itself. ``keeps`` and ``rounds`` are what the shop makes of the numbers of a line (``lines.Shop``).
    """

    kind: ClassVar[str] = "openbizbox"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        expires_in: int = 3600,
        scope: str = "read write",
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        models: Mapping[str, int] | None = None,
        prices: str = "net",
        tax_rate: Decimal = Decimal("0.25"),
        timezone: str = "UTC",
        keeps_comments: bool = True,
        refuses: Literal["text", "empty", "errors"] = "text",
        captures_at: int | None = None,
        keeps: Mapping[str, int] | None = None,
        rounds: Literal["line", "piece"] = "line",
    ) -> None:
        self.clock = clock
        self._client = (client_id, client_secret, expires_in, scope)
        self._models = models
        self._shop = Shop(
            prices=prices,
            tax_rate=tax_rate,
            tax_classes={3: Decimal("0.25"), 4: Decimal(0)},
            keeps={"price": 4, **(keeps or {})},
            rounds=rounds,
        )
        self._zone = ZoneInfo(timezone)
        self._keeps_comments = keeps_comments
        self._refuses = refuses
        self._captures_at = captures_at
        self.reset()

    def reset(self) -> None:
        self.tokens = Tokens(*self._client)
        self._orders = OpenBizBoxOrders(self._shop, self._zone, keeps_comments=self._keeps_comments)
        self._orders.models |= {article: model for model, article in (self._models or {}).items()}
        self._hidden_s = 0.0

    def hide_new(self, seconds: float) -> None:
        self._hidden_s = seconds

    def authorize(self, order_id: int, transaction_id: str) -> None:
        """Have the buyer's money reserved at a gateway, as a checkout does: no call of the API can."""
        self._orders.by_id[order_id].transaction_id = transaction_id

    def give_back(self, order_id: int) -> None:
        """Have the owner give all of an order's money back in the back office, where its status stays what it is."""
        give_back(self._orders, self._orders.by_id[order_id])

    def delete(self, order_id: int) -> None:
        """Have the owner delete an order in the back office: no call of the API can."""
        self._orders.delete(order_id)

    def orders(self) -> list[dict[str, Any]]:
        """Every order as the shop shows it, with ``key`` (the number in our mark), ``saves``: a list of [step, total
        with tax, [[article, quantity, price], …]], and ``moved``: what was done beside saving, in order of commit, a
        list of [kind (refund, invoice, capture, mail), amount or null, the rest]. ``refunds`` and ``invoices`` are
        those of it, ``mails`` counts them. Numbers with decimals are texts."""
        return [
            {
                **_as_texts(self._orders.show(order)),
                "key": order.key,
                "saves": order.saves,
                "moved": _as_texts(order.acts),
                "refunds": _as_texts(order.recorded("refund")),
                "invoices": _as_texts(order.recorded("invoice")),
                "mails": len(order.recorded("mail")),
            }
            for order in self._orders.by_id.values()
        ]

    def answer(self, call: VendorCall) -> VendorAnswer:
        if call.method == "POST" and not call.body and "content-length" not in call.headers:
            return VendorAnswer(400, b"")  # the proxy in front: an empty POST says that it is empty (commit b3de9e3)
        if call.path == "/oauth/v2/token":
            return _json(*self.tokens.give(call))
        if not self.tokens.take(call):
            return _json(401, {"error": "invalid_grant", "error_description": "The access token provided has expired."})
        try:
            return self._routed(call)
        except Refused as refusal:
            return self._refusal(str(refusal))
        except Fatal:
            return VendorAnswer(500, b"")

    def _refusal(self, text: str) -> VendorAnswer:
        if self._refuses == "errors":
            return _json(200, {"errors": [text]})
        return _json(400, text) if self._refuses == "text" else VendorAnswer(400, b"")

    def _routed(self, call: VendorCall) -> VendorAnswer:
        if call.path == "/api/v3/products/mapping.json" and call.method == "POST":
            return _json(200, self._mapping(_read(call)))
        found = _ORDERS.fullmatch(call.path)
        if found is None:
            return _NOT_FOUND
        version, named, act = found.groups()
        if version == _OWN_SCOPE and call.method != "GET" and not self.tokens.may_write:
            return _json(403, {"error": "insufficient_scope", "error_description": "order_write is needed."})
        if named is None:
            return self._collection(call, version)
        order = self._orders.by_id.get(int(named))
        if order is None or (act == "capture" and version != _OWN_SCOPE):
            return _NOT_FOUND
        return self._one(call, order, version) if act is None else self._act(call, order, version, act)

    def _collection(self, call: VendorCall, version: str) -> VendorAnswer:
        if call.method == "POST":
            return _json(201, self._show(self._orders.create(_read(call), call.at), version))
        if call.method != "GET":
            return VendorAnswer(405, b"")
        asked = dict(parse_qsl(call.query))
        if version != _OWN_SCOPE:
            return _json(200, listed(self._orders, asked))
        return _json(200, search(self._orders, asked, call.at - self._hidden_s if self._hidden_s else _ALWAYS))

    def _one(self, call: VendorCall, order: KeptOrder, version: str) -> VendorAnswer:
        if call.method == "GET":
            return _json(200, self._show(order, version))
        if call.method != "PUT":
            return VendorAnswer(405, b"")
        before = order.status
        self._orders.change(order, _read(call), call.at)
        if order.status != before and order.status == self._captures_at:
            capture_by_itself(self._orders, order)
        if _notifies(call):
            mail(order)
        return _json(200, self._show(order, version)) if version == _OWN_SCOPE else VendorAnswer(204, b"")

    def _act(self, call: VendorCall, order: KeptOrder, version: str, act: str) -> VendorAnswer:
        if call.method != "POST":
            return VendorAnswer(405, b"")
        if act == "capture":
            capture(self._orders, order)
            return VendorAnswer(204, b"")
        sent = _read(call) if call.body else {}
        if act == "refunds":
            refund(self._orders, order, sent)
            return _json(200, self._show(order, version))
        notify = _notifies(call) or is_true(sent.get("notify"))
        return _json(200, invoice(self._orders, order, sent, notify=notify))

    def _show(self, order: KeptOrder, version: str) -> dict[str, Any]:
        return self._orders.show(order, totals=version == _OWN_SCOPE)

    def _mapping(self, sent: dict[Any, Any]) -> list[dict[str, Any]]:
        """Models that the catalogue lacks are left out. An article without a catalogue is made of the model's text."""
        models = sent.get("models")
        if not isinstance(models, dict):
            raise Refused("models: This value should not be blank.")
        known = {
            model: crc32(model.encode()) % 900_000_000 + 1_000_000
            for model in models.values()
            if isinstance(model, str) and model
        }
        if self._models is not None:
            known = {model: self._models[model] for model in known if model in self._models}
        self._orders.models |= {article: model for model, article in known.items()}
        return [
            {"model": model, "product_id": product_of(article), "variant_id": article}
            for model, article in known.items()
        ]


def _read(call: VendorCall) -> dict[Any, Any]:
    is_form = call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    try:
        sent = read_fields(call.body) if is_form else read_json(call.body)
    except ValueError:
        raise Refused("Invalid json message received") from None
    if not isinstance(sent, dict):
        raise Refused("This value is not valid.")
    return sent


def _notifies(call: VendorCall) -> bool:
    return dict(parse_qsl(call.query)).get("notify") == "true"


def _as_texts(value: Any) -> Any:
    return json.loads(_encode(value), parse_float=str)


def _json(status: int, body: Any) -> VendorAnswer:
    return VendorAnswer(status, _encode(body))


_NOT_FOUND = _json(404, {"code": 404, "message": "Not Found"})
