"""The lists of a played OpenBizBox shop: a bare array in v1 and v2, a page of what a filter finds in v3.

Sources: README and ``orders.php`` (``limit``, ``from``), pages "Filters" and "Coupons" (the shape of a v3 list) of
goldenplanetdk/api-example. Not documented and so a choice: a list starts with the oldest, a search with the lowest
id, and both show 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from worker.sandbox.openbizbox.filter import read_filter
from worker.sandbox.openbizbox.orders import OpenBizBoxOrders

PAGE_ORDERS = 100


def listed(orders: OpenBizBoxOrders, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """``from`` counts from zero."""
    start, count = _whole(asked, "from", 0), _whole(asked, "limit", PAGE_ORDERS)
    return [orders.show(order) for order in islice(orders.by_id.values(), start, start + count)]


def search(orders: OpenBizBoxOrders, asked: Mapping[str, str], indexed_until: float) -> dict[str, Any]:
    """A page of the orders that fit; those made after ``indexed_until`` (the sandbox's seconds) are not known yet."""
    fits, email = read_filter(asked.get("filter", ""), orders.zone)
    among = orders.by_id.values() if email is None else orders.by_email.get(email, [])
    hits = sorted(
        (order for order in among if order.made_at <= indexed_until and fits(order)), key=lambda order: order.id
    )
    page, limit = max(1, _whole(asked, "page", 1)), min(PAGE_ORDERS, max(1, _whole(asked, "limit", PAGE_ORDERS)))
    shown = [orders.show(order, totals=True) for order in islice(hits, (page - 1) * limit, page * limit)]
    return {
        "total": len(hits),
        "page": page,
        "limit": limit,
        "pages": max(1, -(-len(hits) // limit)),
        "_embedded": {"rel": "orders", "resources": shown},
    }


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else default  # noqa: PLR2004  what fits
