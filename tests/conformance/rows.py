"""What the suite has to be told of each kind: one row. A kind that is added to ``KINDS`` is tested by adding its row.

A row names the account that the kind's simulated vendor lets in, what that vendor says when it refuses an order, and
where it keeps an order's lines and sum. Everything else is asked of the adapter.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.config import Secret
from schemas.providers.openbizbox import OpenBizBoxOptions
from schemas.providers.orderdesk import OrderDeskOptions
from schemas.providers.retargeting import RetargetingOptions
from schemas.providers.shopscript import ShopScriptOptions
from schemas.providers.webhook import WebhookOptions
from worker.sandbox import orderdesk, retargeting, shopscript, webhook
from worker.sandbox.openbizbox import tokens

Line = tuple[str, Decimal, Decimal]
"""Article, quantity, price of one piece."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind.

    ``options`` are those of an account that the simulated vendor knows, ``strange`` of one that it does not. ``refusal``
    is status and body with which the vendor refuses an order, told why. ``lines`` and ``total`` read an order of the
    simulated vendor. ``comments`` says that the vendor has a place for the buyer's comment, ``splits`` that a line may be
    of half a piece, ``finest`` the smallest part of a price that it keeps. ``reads`` is False where the status alone counts. ``wait_header`` is how it asks to wait.
    ``varying`` are headers that differ each time an event is sent.
    """

    options: Any
    strange: Any
    refusal: Callable[[str], tuple[int, str]]
    lines: Callable[[dict[str, Any]], list[Line]]
    total: Callable[[dict[str, Any]], Any]
    comments: bool = True
    splits: bool = True
    finest: Decimal = Decimal("0.0001")
    reads: bool = True
    wait_header: str = "Retry-After"
    varying: frozenset[str] = frozenset()


def _line(article: Any, quantity: Any, price: Any) -> Line:
    return str(article), Decimal(str(quantity)), Decimal(str(price))


ROWS = {
    "retargeting": Row(
        options=RetargetingOptions(api_key=Secret(retargeting.API_KEY)),
        strange=RetargetingOptions(api_key=Secret("nobodys-retargeting-key")),
        refusal=lambda why: (200, json.dumps({"version": "1.0", "status": 200, "data": {"error": why}})),
        lines=lambda held: [_line(row["id"], row["quantity"], row["price"]) for row in held["products"]],
        total=lambda held: held["order"]["total"],
        comments=False,
    ),
    "shopscript": Row(
        options=ShopScriptOptions(access_token=Secret(shopscript.ACCESS_TOKEN)),
        strange=ShopScriptOptions(access_token=Secret("nobodys-shopscript-token")),
        refusal=lambda why: (200, json.dumps({"status": "fail", "errors": [why]})),
        lines=lambda held: [_line(row["sku_id"], row["quantity"], row["price"]) for row in held["items"].values()],
        total=lambda held: held["total"],
        splits=False,
        finest=Decimal("0.01"),
    ),
    "orderdesk": Row(
        options=OrderDeskOptions(store_id=orderdesk.STORE_ID, api_key=Secret(orderdesk.API_KEY)),
        strange=OrderDeskOptions(store_id=orderdesk.STORE_ID, api_key=Secret("nobodys-orderdesk-key")),
        refusal=lambda why: (400, json.dumps({"status": "error", "message": why})),
        lines=lambda held: [_line(row["code"], row["quantity"], row["price"]) for row in held["order_items"]],
        total=lambda held: held["order_total"],
        splits=False,
        wait_header="X-Retry-After",
    ),
    "openbizbox": Row(
        options=OpenBizBoxOptions(client_id=tokens.CLIENT_ID, client_secret=Secret(tokens.CLIENT_SECRET)),
        strange=OpenBizBoxOptions(client_id="nobody", client_secret=Secret("nobodys-openbizbox-secret")),
        refusal=lambda why: (400, json.dumps(why)),
        lines=lambda held: [
            _line(row["variant_id"], row["quantity"], row["price"]) for row in held["lines"]["products"]
        ],
        total=lambda held: held["total_with_tax"],
    ),
    "webhook": Row(
        options=WebhookOptions(secret=(Secret(webhook.SECRET),), allow_private=True),
        strange=WebhookOptions(secret=(Secret("whsec_bm9ib2R5cy13ZWJob29rLXNlY3JldA=="),), allow_private=True),
        refusal=lambda why: (422, json.dumps({"error": why})),
        lines=lambda held: [
            _line(row["variant_id"], row["quantity"], row["unit_price"]) for row in held["order"]["items"]
        ],
        total=lambda held: held["order"]["totals"]["grand"],
        reads=False,
        varying=frozenset({"webhook-timestamp", "webhook-signature"}),
    ),
}
