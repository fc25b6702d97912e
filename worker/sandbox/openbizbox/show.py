"""An order as a played OpenBizBox shop answers it. Source: page "Order", "Response example" (2020-02-20).

Objects where requests have ids, discounts below zero, ``-0001-11-30`` for no date, HTML entities in titles, empty maps
as ``[]``, a serialized PHP null under ``shipping_data``, the zip code without its country: all as the page shows.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from schemas.countries import ALPHA3
from worker.sandbox.openbizbox.lines import OpenBizBoxLine, OpenBizBoxLines, Shop

NO_DATE = "-0001-11-30T00:00:00+0100"
STATUSES = {4: "Pending", 5: "Processing", 6: "Shipped", 7: "Completed", 8: "Cancelled"}
DEFAULT_STATUS = 4
CANCELLED = 8
FIRST_VARIANT = 1000

_CENT = Decimal("0.01")
_PRICE = Decimal("0.0001")
_ALPHA2 = {alpha3: alpha2 for alpha2, alpha3 in ALPHA3.items()}
_COUNTRY_TITLES = {"DNK": "Denmark", "SWE": "Sweden", "NOR": "Norway", "DEU": "Germany", "USA": "United States"}


def show_lines(lines: OpenBizBoxLines, shop: Shop) -> dict[str, Any]:
    """Kinds of line that the order has none of are left out, but for products."""
    prices = shop.prices
    shown: dict[str, Any] = {"products": [_product(line, prices) for line in lines.products]}
    if lines.discounts:
        shown["discounts"] = [_line(line, prices, sign=-1) for line in lines.discounts]
    if lines.fees:
        shown["fees"] = [_line(line, prices) for line in lines.fees]
    for name, line in (("payment", lines.payment), ("shipping", lines.shipping)):
        if line:
            shown[name] = _line(line, prices)
    sums = show_sums(lines, shop)
    shown["taxes"] = [{"title": "Taxes", "rate": 0, "amount": sums["total_with_tax"] - sums["total"]}]
    return shown


def show_sums(lines: OpenBizBoxLines, shop: Shop) -> dict[str, Decimal]:
    """The order's sums, each of lines whose tax is rounded line by line, or piece by piece."""
    extras = [*lines.fees, *(line for line in (lines.shipping, lines.payment) if line)]
    subtotal, subtotal_with_tax = _sums(lines.products, shop)
    off, off_with_tax = _sums(lines.discounts, shop)
    more, more_with_tax = _sums(extras, shop)
    return {
        "total_with_tax": subtotal_with_tax - off_with_tax + more_with_tax,
        "total": subtotal - off + more,
        "discount_total": -off,
        "discount_total_with_tax": -off_with_tax,
        "subtotal": subtotal,
        "subtotal_with_tax": subtotal_with_tax,
    }


def show_status(status: int) -> dict[str, Any]:
    return {
        "id": status,
        "title": STATUSES.get(status, f"Status {status}"),
        "sort_order": status * 5,
        "is_cancelled": status == CANCELLED,
        "is_default": status == DEFAULT_STATUS,
        "is_pre_payment": False,
    }


def show_address(address: dict[str, Any], *, billing: bool) -> dict[str, Any]:
    """Billing has telephones, shipping a state; both have neither's date."""
    country = address.get("country", "")
    own = {"phone": address.get("phone", ""), "mobile": ""} if billing else {"state_title": ""}
    shown = {name: address.get(name, "") for name in ("name", "street", "zip", "city", "company_name")}
    return {
        **shown,
        **own,
        "country": show_country(country) if country else [],
        "country_title": _COUNTRY_TITLES.get(country, country),
        "created_at": NO_DATE,
        "modified_at": NO_DATE,
    }


def show_country(alpha3: str) -> dict[str, str]:
    """Countries beyond a handful have their code as title: the sandbox keeps no list of names."""
    title = _COUNTRY_TITLES.get(alpha3, alpha3)
    return {"id": alpha3, "title": title, "iso_code2": _ALPHA2[alpha3], "iso_code3": alpha3}


def product_of(article: int) -> int:
    """The product that an article is a variant of: another number, as the page's 14 and 1014 are."""
    return article - FIRST_VARIANT if article > FIRST_VARIANT else article


def show_instant(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S%z")


def gross_of(line: OpenBizBoxLine, shop: Shop) -> Decimal:
    """What a line costs with tax, all its pieces."""
    if shop.rounds == "piece":
        return _cents(_cents(line.gross(shop.prices)) * line.quantity)
    return _cents(line.gross(shop.prices) * line.quantity)


def _sums(lines: Sequence[OpenBizBoxLine], shop: Shop) -> tuple[Decimal, Decimal]:
    net = sum((line.net(shop.prices) * line.quantity for line in lines), Decimal(0))
    gross = sum((gross_of(line, shop) for line in lines), Decimal(0))
    return _cents(net), _cents(gross)


def _line(line: OpenBizBoxLine, prices: str, *, sign: int = 1) -> dict[str, Any]:
    return {
        "price_with_tax": sign * _cents(line.gross(prices)),
        "order_line_id": line.id,
        "title": html.escape(line.title, quote=False).replace("\N{NO-BREAK SPACE}", "&nbsp;"),
        "quantity": line.quantity,
        "price": sign * line.net(prices).quantize(_PRICE, ROUND_HALF_UP),
        "tax_title": line.tax_title,
        "tax_rate": line.tax_rate,
        "weight": line.weight,
    }


def _product(line: OpenBizBoxLine, prices: str) -> dict[str, Any]:
    article = line.article or 0
    product = {"product_id": product_of(article), "variant_id": article, "model": line.model, "is_bundled": 1}
    return {**_line(line, prices), "attributes": [], **product}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
