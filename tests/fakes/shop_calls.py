"""Calls to the played Shop-Script, as any client might make them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from worker.sandbox.base import VendorCall
from worker.sandbox.shopscript import ACCESS_TOKEN

FORM = "application/x-www-form-urlencoded"
LINE = {"items[0][product_id]": "7", "items[0][sku_id]": "70", "items[0][price]": "10.5", "items[0][quantity]": "2"}


def call(shop, method, path, form=None, *, query=None, token=ACCESS_TOKEN, body=None, media=FORM, at=1000.0):
    headers = {"content-type": media} | ({"authorization": f"Bearer {token}"} if token else {})
    sent = urlencode(form or {}).encode() if body is None else body
    return shop.answer(VendorCall(method, f"/api.php/{path}", urlencode(query or {}), headers, sent, at))


def ask(shop, method, path, form=None, **more):
    answer = call(shop, method, path, form, **more)
    return answer.status, json.loads(answer.body)


def save(shop, form=None, **more):
    return ask(shop, "POST", "shop.order.save", LINE if form is None else form, **more)


def held_by(shop, order_id=1):
    return ask(shop, "GET", "shop.order.getInfo", query={"id": order_id})[1]


def search(shop, value, *, name="params.key", **more):
    return ask(shop, "GET", "shop.order.search", query={"hash": f"search/{name}={value}"}, **more)[1]
