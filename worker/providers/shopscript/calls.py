"""The calls to Shop-Script, as requests: save, act, and those that only read.

Of the three equal spellings of an address this is ``/api.php/shop.order.save``.

Source: waAPIController of webasyst-framework 3.8.4: a form is the only body it reads; the token comes from the form or
the query first, then from the header.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from schemas.providers.shopscript import ShopScriptOptions
from worker.providers import phpform
from worker.providers.base import Request
from worker.providers.shopscript.mapping_params import SEARCHED


def save(form: dict[str, Any], options: ShopScriptOptions) -> Request:
    return _post("shop.order.save", form, options)


def act(order_id: int, action: str, more: Mapping[str, str | None], options: ShopScriptOptions) -> Request:
    """One action of the shop's workflow; ``more`` are the fields that the action itself reads."""
    return _post("shop.order.action", {"id": order_id, "action": action, **more}, options)


def search(value: str, options: ShopScriptOptions) -> Request:
    """Orders whose parameter ``ordercast_order`` is ``value``. The vendor gives 100 at most."""
    return orders({"hash": f"search/params.{SEARCHED}={value}"}, options)


def orders(asked: Mapping[str, str], options: ShopScriptOptions) -> Request:
    return _get("shop.order.search", asked, options)


def read(order_id: str, options: ShopScriptOptions) -> Request:
    return _get("shop.order.getInfo", {"id": order_id}, options)


def rights(options: ShopScriptOptions) -> Request:
    """What the token's user may do in the shop."""
    return _get("shop.rights", {}, options)


def actions(order_id: str, options: ShopScriptOptions) -> Request:
    """What the order's state and the rights of the token's user allow."""
    return _get("shop.order.actions", {"id": order_id}, options)


def _post(method: str, form: dict[str, Any], options: ShopScriptOptions) -> Request:
    return Request(
        method="POST",
        path=_path(method, {}, options),
        step=method,
        headers={**_headers(options), "Content-Type": phpform.CONTENT_TYPE},
        body=phpform.encode(signed(form, options)),
        mutating=True,
    )


def _get(method: str, asked: Mapping[str, str], options: ShopScriptOptions) -> Request:
    path = _path(method, signed(dict(asked), options), options)
    return Request(method="GET", path=path, step=method, headers=_headers(options))


def _path(method: str, asked: dict[str, Any], options: ShopScriptOptions) -> str:
    query = urlencode({**asked, "format": "xml"} if options.format == "xml" else asked)
    return f"/api.php/{method}?{query}" if query else f"/api.php/{method}"


def signed(form: dict[str, Any], options: ShopScriptOptions) -> dict[str, Any]:
    """With the token where it belongs in the form. A call that only reads must be a GET: there it is in the query."""
    return {"access_token": options.access_token.reveal(), **form} if options.token_in == "form" else form  # noqa: S105  a place, no token


def _headers(options: ShopScriptOptions) -> dict[str, str]:
    return {"Authorization": f"Bearer {options.access_token.reveal()}"} if options.token_in == "header" else {}  # noqa: S105  a place, no token
