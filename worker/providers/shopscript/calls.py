"""The three calls to Shop-Script, as requests: save, search, read.

Source: waAPIController of webasyst-framework 3.8.4: a form is the only body it reads; the token comes from the form or
the query first, then from the header.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from schemas.providers.shopscript import ShopScriptOptions
from worker.providers import phpform
from worker.providers.base import Request
from worker.providers.shopscript.params import SEARCHED


def save(form: dict[str, Any], options: ShopScriptOptions) -> Request:
    return Request(
        method="POST",
        path=_path("shop.order.save", {}, options),
        step="shop.order.save",
        headers={**_headers(options), "Content-Type": phpform.CONTENT_TYPE},
        body=phpform.encode(signed(form, options)),
        mutating=True,
    )


def search(value: str, options: ShopScriptOptions) -> Request:
    """Orders whose parameter ``ordercast_order`` is ``value``. The vendor gives 100 at most."""
    asked = {"hash": f"search/params.{SEARCHED}={value}"}
    return _get("shop.order.search", asked, options)


def read(order_id: str, options: ShopScriptOptions) -> Request:
    return _get("shop.order.getInfo", {"id": order_id}, options)


def _get(method: str, asked: dict[str, str], options: ShopScriptOptions) -> Request:
    path = _path(method, signed(asked, options), options)
    return Request(method="GET", path=path, step=method, headers=_headers(options))


def _path(method: str, asked: dict[str, Any], options: ShopScriptOptions) -> str:
    query = urlencode({**asked, "format": "xml"} if options.format == "xml" else asked)
    return f"/api.php/{method}?{query}" if query else f"/api.php/{method}"


def signed(form: dict[str, Any], options: ShopScriptOptions) -> dict[str, Any]:
    """With the token where it belongs in the form. A call that only reads must be a GET: there it is in the query."""
    return {"access_token": options.access_token.reveal(), **form} if options.token_in == "form" else form  # noqa: S105  a place, no token


def _headers(options: ShopScriptOptions) -> dict[str, str]:
    return {"Authorization": f"Bearer {options.access_token.reveal()}"} if options.token_in == "header" else {}  # noqa: S105  a place, no token
