"""What Shop-Script keeps of an order in its free parameters: whose it is, and what it has no field for.

Source: shopOrder::parseParams, webasyst/shop-script ``05ada83``: any name is taken, an edit merges over the old ones.
"""

from __future__ import annotations

import re
from decimal import Decimal
from hashlib import sha256
from typing import Any

from schemas.event import Event
from schemas.order import Address, Order
from worker.providers.shopscript.body import money

SEARCHED = "ordercast_order"
SOURCE = "ordercast_source"
NUMBER = "ordercast_number"

# Names the shop or its plugins act upon: a buyer's answer called ``shipping_id`` must not choose the carrier.
_OF_THE_SHOP = re.compile(
    r"(shipping|payment|billing|coupon|storefront|sales_channel|channel|auth|stock|virtualstock|package|tracking"
    r"|departure|courier|entropy|refund|reduced|return|affiliate|ordercast)"
)


def search_key(source: str, number: str) -> str:
    """What an order is searched by: 32 hex digits, since ``&`` and operators mean something inside the search."""
    return sha256(f"{source}\0{number}".encode()).hexdigest()[:32]


def is_ours(params: dict[str, Any], source: str, number: str) -> bool:
    return str(params.get(SOURCE)) == source and str(params.get(NUMBER)) == number


def params_of(event: Event, key: str, *, is_edit: bool) -> dict[str, str]:
    """The parameters of one save. An edit blanks those that the order no longer has: the shop would keep them."""
    order = event.order
    ours = {
        SEARCHED: search_key(event.source, event.subject),
        SOURCE: event.source,
        NUMBER: event.subject,
        "ordercast_key": key if key != event.subject else None,
        **_sums(order),
        **_ways(order),
    }
    return {name: text or "" for name, text in ours.items() if text or is_edit} | _attributes(order)


def _sums(order: Order) -> dict[str, str | None]:
    totals = order.totals
    return {
        "ordercast_grand": money(totals.grand),
        "ordercast_tax": _sum(totals.tax),
        "ordercast_fees": _sum(totals.fees),
        "ordercast_handling": _sum(totals.handling),
        "ordercast_rebates": _sum(totals.rebates),
        "ordercast_rounding": _sum(totals.rounding),
        "ordercast_codes": ", ".join(dict.fromkeys(d.code for d in order.discounts if d.code)),
    }


def _ways(order: Order) -> dict[str, str | None]:
    shipping, payment = order.shipping, order.payment
    return {
        "ordercast_status": order.status,
        "ordercast_shipping": (shipping.title or shipping.method) if shipping else None,
        "ordercast_payment": (payment.title or payment.method) if payment else None,
        "ordercast_transaction": payment.transaction_id if payment else None,
        "ordercast_recipient": _recipient(order.shipping_address),
        "ordercast_tracking": ", ".join(dict.fromkeys(parcel.tracking_number for parcel in order.shipments)),
    }


def _recipient(address: Address | None) -> str | None:
    """Whom the parcel goes to: the shop's address has no name."""
    if address is None:
        return None
    person = " ".join(filter(None, (address.first_name, address.last_name)))
    return ", ".join(filter(None, (person, address.company, address.phone)))


def _attributes(order: Order) -> dict[str, str]:
    """What the buyer chose, under its own name where that is free and means nothing to the shop."""
    named: dict[str, str] = {}
    for title, text in order.attributes.items():
        name = re.sub(r"[^A-Za-z0-9_-]", "_", title)[:40]
        if not re.match(r"[A-Za-z_]", name) or _OF_THE_SHOP.match(name.lower()):
            name = f"ordercast_attribute_{name}"
        while name in named:
            name += "_"
        named[name] = text
    return named


def _sum(amount: Decimal) -> str | None:
    return money(amount) if amount else None
