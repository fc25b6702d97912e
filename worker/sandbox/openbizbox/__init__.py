"""OpenBizBox, played: tokens of an hour, ids of the caller's choice, and lines that are edited by position.

Sources: the vendor's page "Order" (2020-02-20) and its neighbours in goldenplanetdk/api-example. Not documented and so
a choice: a create is answered 201 with the order, an update 204 with nothing, a search by ascending id.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from zlib import crc32
from zoneinfo import ZoneInfo

import msgspec

from worker.sandbox.base import Answer, Call, Vendor
from worker.sandbox.openbizbox.filter import read_filter
from worker.sandbox.openbizbox.lines import Refused, Shop
from worker.sandbox.openbizbox.money import invoice, refund
from worker.sandbox.openbizbox.orders import Kept, Orders
from worker.sandbox.openbizbox.tokens import CLIENT_ID, CLIENT_SECRET, Tokens

PAGE_ORDERS = 100
_ORDER = re.compile(r"/api/v[23]/orders/([0-9]{1,18})(/refunds|/invoice)?\.json")
_encode = msgspec.json.Encoder(decimal_format="number").encode


class OpenBizBox(Vendor):
    """One shop. ``expires_in`` is a token's life in seconds; ``models`` maps the models that the catalogue has to
    articles, without it every model has one; ``prices`` says what the API takes, ``tax_rate`` what a line without a
    tax pays; ``keeps_comments`` whether a request's comment is read."""

    kind: ClassVar[str] = "openbizbox"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        expires_in: int = 3600,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        models: Mapping[str, int] | None = None,
        prices: str = "net",
        tax_rate: Decimal = Decimal("0.25"),
        timezone: str = "UTC",
        keeps_comments: bool = True,
    ) -> None:
        self.clock = clock
        self._client = (client_id, client_secret, expires_in)
        self._models = models
        self._shop = Shop(prices=prices, tax_rate=tax_rate, tax_classes={3: Decimal("0.25"), 4: Decimal(0)})
        self._zone = ZoneInfo(timezone)
        self._keeps_comments = keeps_comments
        self.reset()

    def reset(self) -> None:
        self.tokens = Tokens(*self._client)
        self._orders = Orders(self._shop, self._zone, keeps_comments=self._keeps_comments)
        self._hidden_s = 0.0

    def hide_new(self, seconds: float) -> None:
        self._hidden_s = seconds

    def orders(self) -> list[dict[str, Any]]:
        """Every order as the shop shows it, with ``key`` (the number in our mark), ``saves``: a list of [step, total
        with tax, [[article, quantity, price], …]], ``refunds``, ``invoices`` and ``mails``. Numbers are texts."""
        return [
            {
                **json.loads(_encode(self._orders.show(order)), parse_float=str),
                "key": order.key,
                "saves": order.saves,
                "refunds": json.loads(_encode(order.refunds), parse_float=str),
                "invoices": order.invoices,
                "mails": order.mails,
            }
            for order in self._orders.by_id.values()
        ]

    def answer(self, call: Call) -> Answer:
        if call.method == "POST" and not call.body and "content-length" not in call.headers:
            return Answer(400, b"")  # the proxy in front: an empty POST must say that it is empty (commit b3de9e3)
        if call.path == "/oauth/v2/token":
            return _json(*self.tokens.give(call))
        if not self.tokens.take(call):
            return _json(401, {"error": "invalid_grant", "error_description": "The access token provided has expired."})
        try:
            return self._routed(call)
        except Refused as refusal:
            return _json(400, str(refusal))

    def _routed(self, call: Call) -> Answer:
        if call.path == "/api/v3/products/mapping.json" and call.method == "POST":
            return _json(200, self._mapping(_read(call)))
        if call.path in {"/api/v2/orders.json", "/api/v3/orders.json"}:
            return self._collection(call)
        found = _ORDER.fullmatch(call.path)
        order = self._orders.by_id.get(int(found[1])) if found else None
        if found is None or order is None:
            return _json(404, {"code": 404, "message": "Not Found"})
        if found[2] and call.method == "POST":
            return self._money(call, order, found[2])
        return self._one(call, order) if not found[2] else Answer(405, b"")

    def _collection(self, call: Call) -> Answer:
        if call.method == "POST":
            return _json(201, self._orders.show(self._orders.create(_read(call), call.at)))
        if call.method != "GET":
            return Answer(405, b"")
        asked = dict(parse_qsl(call.query))
        if call.path.startswith("/api/v3/"):
            return _json(200, self._search(asked, call.at))
        start, count = _whole(asked, "from", 0), _whole(asked, "limit", PAGE_ORDERS)
        return _json(
            200, [self._orders.show(order) for order in islice(self._orders.by_id.values(), start, start + count)]
        )

    def _one(self, call: Call, order: Kept) -> Answer:
        if call.method == "GET":
            return _json(200, self._orders.show(order))
        if call.method != "PUT":
            return Answer(405, b"")
        self._orders.change(order, _read(call), call.at)
        order.mails += dict(parse_qsl(call.query)).get("notify") == "true"
        return Answer(204, b"")

    def _money(self, call: Call, order: Kept, what: str) -> Answer:
        sent = _read(call) if call.body else {}
        if what == "/refunds":
            refund(self._orders, order, sent)
            return _json(200, self._orders.show(order))
        notify = sent.get("notify") is True or dict(parse_qsl(call.query)).get("notify") == "true"
        return _json(200, invoice(self._orders, order, sent, notify=notify))

    def _search(self, asked: Mapping[str, str], at: float) -> dict[str, Any]:
        tests, email = read_filter(asked.get("filter", ""), self._zone)
        among = self._orders.by_id.values() if email is None else self._orders.by_email.get(email, [])
        hits = sorted(
            (order for order in among if self._is_indexed(order, at) and all(test(order) for test in tests)),
            key=lambda order: order.id,
        )
        page, limit = max(1, _whole(asked, "page", 1)), min(PAGE_ORDERS, max(1, _whole(asked, "limit", PAGE_ORDERS)))
        shown = [self._orders.show(order) for order in hits[(page - 1) * limit : page * limit]]
        return {
            "total": len(hits),
            "page": page,
            "limit": limit,
            "pages": max(1, -(-len(hits) // limit)),
            "_embedded": {"rel": "orders", "resources": shown},
        }

    def _is_indexed(self, order: Kept, at: float) -> bool:
        return not self._hidden_s or at >= order.made_at + self._hidden_s

    def _mapping(self, sent: dict[str, Any]) -> list[dict[str, Any]]:
        """Models that the catalogue lacks are left out. An article without a catalogue is made of the model's text."""
        models = sent.get("models")
        if not isinstance(models, list):
            raise Refused("models: This value should not be blank.")
        known = {model: crc32(model.encode()) % 900_000_000 + 1_000_000 for model in models if isinstance(model, str)}
        if self._models is not None:
            known = {model: self._models[model] for model in known if model in self._models}
        self._orders.models |= {article: model for model, article in known.items()}
        return [
            {"model": model, "product_id": article, "variant_id": article} for model, article in known.items() if model
        ]


def _read(call: Call) -> dict[str, Any]:
    try:
        sent = json.loads(call.body, parse_float=Decimal)
    except ValueError:
        raise Refused("Invalid json message received") from None
    if not isinstance(sent, dict) and sent != []:
        raise Refused("This value is not valid.")
    return sent or {}


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else default


def _json(status: int, body: Any) -> Answer:
    return Answer(status, _encode(body))
