"""A played OpenBizBox shop and a client of it."""

import json
from urllib.parse import urlencode

from worker.sandbox.base import VendorCall
from worker.sandbox.openbizbox import SimulatedOpenBizBox

CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "test-client",
    "client_secret": "test-openbizbox-secret",
}
ADDRESS = {"name": "Ludvig Forbes", "street": "Dalbygade 40 A", "zip": "DK-6000", "city": "Kolding", "country": "DNK"}
ORDER = {
    "customer": {"email": "user@openbizbox.com", "name": "Ludvig Forbes"},
    "billing_address": ADDRESS,
    "status": 4,
    "currency": {"rate": 1, "code": "DNK"},
}
NOW = 1_800_000_000.0


class Till:
    """A shop and a client of it."""

    def __init__(self, **settings):
        self.now = NOW
        self.shop = SimulatedOpenBizBox(clock=lambda: self.now, **settings)
        self.token = json.loads(self.ask_token(CREDENTIALS).body)["access_token"]

    def ask_token(self, fields, *, as_json=False):
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        body = json.dumps(fields) if as_json else urlencode(fields)
        return self.raw("POST", "/oauth/v2/token", body.encode(), {"content-type": kind})

    def raw(self, method, path, body=b"", headers=None):
        path, _, query = path.partition("?")
        return self.shop.answer(VendorCall(method, path, query, headers or {}, body, self.now))

    def call(self, method, path, sent=None, **headers):
        body = b"" if sent is None else json.dumps(sent).encode()
        sized = {"authorization": f"Bearer {self.token}", "content-length": str(len(body))}
        answer = self.raw(method, path, body, sized | headers)
        return answer.status, json.loads(answer.body) if answer.body else None

    def create(self, **changes):
        status, shown = self.call("POST", "/api/v2/orders.json", ORDER | changes)
        assert status == 201, shown
        return shown

    def lines(self, order_id):
        return self.call("GET", f"/api/v2/orders/{order_id}.json")[1]["lines"]

    def search(self, fiql, **more):
        return self.call("GET", "/api/v3/orders.json?" + urlencode({"filter": fiql, **more}))

    def found(self, fiql):
        return [order["id"] for order in self.search(fiql)[1]["_embedded"]["resources"]]


def three(till):
    """An order of three lines; its id."""
    products = [{"product_article_id": 1000 + n, "price": n, "tax_rate": 0} for n in (1, 2, 3)]
    return till.create(lines={"products": products, "shipping": {"title": "flat", "price": 9, "tax_rate": 0}})["id"]


def articles(till, order_id):
    return [line["variant_id"] for line in till.lines(order_id)["products"]]
