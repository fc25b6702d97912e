"""An order's attributes among the params of a Shop-Script order.

Source: docs/fields/shopscript.md, rows ``params[<attribute>]`` and ``params[ordercast_attribute_<attribute>]``; what the
real shop's table does (2026-11): names are told apart without regard to case, values end at 255 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.awkward.differences import Difference, text
from tests.awkward.sums import Json

PREFIX = "ordercast_attribute_"
_UNFIT = re.compile(r"[^\w-]")


def attributes(order: Json, params: Json) -> Iterator[Difference]:
    """Each attribute under its own name, or under ours and its own, with ``_`` for what would break the shop's XML."""
    for name, value in order.get("attributes", {}).items():
        plain = _UNFIT.sub("_", name)
        if value not in (params.get(plain), params.get(PREFIX + plain)):
            held = params.get(PREFIX + plain, params.get(plain))
            yield from text(value, held, f"attribute {name}", name)
    yield from _strange(order, params)


def _strange(order: Json, params: Json) -> Iterator[Difference]:
    """What means something to the shop must not come from an attribute's name."""
    for name in ("manager_contact_id", "fulfillment_contact_id", "ip", "referer_host", "storefront", "sales_channel",
                 "coupon_code", "shipping_id", "payment_id", "tracking_number", "auth_code"):  # fmt: skip
        if name in order.get("attributes", {}) and params.get(name) == order["attributes"][name]:
            yield Difference("reserved", f"param {name} means something to the shop")
