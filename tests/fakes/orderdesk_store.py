"""Plain calls to the played Order Desk, for tests of what it does."""

from __future__ import annotations

import json

from tests.fakes.wire import exchange
from worker.providers.base import Request
from worker.sandbox.orderdesk import API_KEY, STORE_ID

HEADERS = {"ORDERDESK-STORE-ID": STORE_ID, "ORDERDESK-API-KEY": API_KEY, "Content-Type": "application/json"}
LINE = {"name": "Crazy Glue", "price": "10", "quantity": 2, "code": "crzyg-554"}
ORDER = {"source_id": "7", "customer": {"last_name": "Dean"}, "order_items": [LINE], "email": "a@b.c"}


def ask(vendor, method, path, sent=None, *, at=0.0, headers=HEADERS):
    body = b"" if sent is None else json.dumps(sent).encode()
    return exchange(Request(method, path, "ask", headers, body), vendor, at=at)


def call(vendor, method, path, sent=None, **more):
    answer = ask(vendor, method, path, sent, **more)
    return answer.status, json.loads(answer.body)


def create(vendor, **changes):
    return call(vendor, "POST", "/orders", ORDER | changes)[1]["order"]["id"]


def get(vendor, order_id):
    return call(vendor, "GET", f"/orders/{order_id}")[1]["order"]
