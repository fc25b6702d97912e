"""What Shop-Script keeps of an order in its free parameters: whose it is, and what it has no field for.

Source: shopOrder::parseParams, webasyst/shop-script ``05ada83``: any name is taken, an edit merges over the old ones.
To the table's key two names are one where they differ by case or accents alone, and what stands after the second of
them is lost: addresses too (run on loopback, 2026-11-29).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from hashlib import sha256
from typing import Any

from schemas.order import Address, Order
from worker.providers.base import Job
from worker.providers.shopscript.lines import MONEY, rounded
from worker.providers.shopscript.mapping_texts import PARAM_NAME_CHARS, Fitting, same_name
from worker.providers.shopscript.sums import Sums

SEARCHED = "ordercast_order"
SOURCE = "ordercast_source"
NUMBER = "ordercast_number"
OURS, ATTRIBUTE = "ordercast_", "ordercast_attribute_"

# Names the shop or its plugins act upon: a buyer's answer called ``shipping_id`` must not choose the carrier, and one
# called ``manager_contact_id`` must not give the order to a member of the staff.
_OF_THE_SHOP = re.compile(
    r"(shipping|payment|billing|coupon|storefront|sales_channel|channel|auth|stock|virtualstock|package|tracking"
    r"|departure|courier|entropy|refund|reduced|return|affiliate|ordercast|manager|fulfill?ment|cashier|assigned"
    r"|referer|referrer|landing|keyword|utm|user_agent|ip(?![^\W_]))"
)
# Letters of any script may stand in a name. Below U+00C0 some cannot begin or be in an element of XML.
_NO_NAME = re.compile(r"[^\w-]|[\x80-\xbf]")
_BEGINS = re.compile(r"[^\W\d]")


def search_key(source: str, number: str) -> str:
    """What an order is searched by: 32 hex digits, since ``&`` and operators mean something inside the search."""
    return sha256(f"{source}\0{number}".encode()).hexdigest()[:32]


def is_ours(params: dict[str, Any], source: str, number: str) -> bool:
    return str(params.get(SOURCE)) == source and str(params.get(NUMBER)) == number


def params_of(
    job: Job, order: Order, sums: Sums, fitting: Fitting, there: Collection[str] | None = None
) -> dict[str, str]:
    """The parameters of one save. An edit blanks ours that the order no longer has: the shop would keep them.

    ``there`` are the names that an edit finds in the shop, beside ours; ``None`` of a create.
    """
    source, number, is_edit = job.event.source, job.event.subject, there is not None
    ours = {
        SEARCHED: search_key(source, number),
        SOURCE: source,
        NUMBER: number,
        "ordercast_key": job.key if job.key != number else None,
        **_sums(order, fitting),
        **_pieces(order, sums, fitting),
        **_ways(order, fitting),
    }
    kept = {name: text or "" for name, text in ours.items() if text or is_edit}
    return kept | _attributes(order, fitting, there or ())


def attributes_of(params: Iterable[str]) -> frozenset[str]:
    """Of names of parameters those that are not our own."""
    return frozenset(name for name in params if not is_own(name))


def is_own(name: str) -> bool:
    """Whether a parameter is one of ours, and no attribute of an order."""
    return name.startswith(OURS) and not name.startswith(ATTRIBUTE)


def brings_names(order: Order, known: Collection[str]) -> bool:
    """Whether the order has an attribute whose name in the shop is none of the known ones."""
    return bool(order.attributes) and not _attributes(order, Fitting(), known).keys() <= set(known)


def tracking_of(order: Order, fitting: Fitting) -> str:
    """The tracking numbers of the order's parcels, each once, as many as fit."""
    return fitting.listed("shipments", list(dict.fromkeys(parcel.tracking_number for parcel in order.shipments)))


def _sums(order: Order, fitting: Fitting) -> dict[str, str | None]:
    totals, codes = order.totals, list(dict.fromkeys(discount.code for discount in order.discounts if discount.code))
    return {
        "ordercast_grand": format(rounded(totals.grand, MONEY), "f"),
        "ordercast_tax": _sum(totals.tax),
        "ordercast_fees": _sum(totals.fees),
        "ordercast_handling": _sum(totals.handling),
        "ordercast_rebates": _sum(totals.rebates),
        "ordercast_rounding": _sum(totals.rounding),
        "ordercast_codes": fitting.listed("discounts.code", codes),
    }


def _pieces(order: Order, sums: Sums, fitting: Fitting) -> dict[str, str | None]:
    """What the lines are that go as one piece: their quantity and price."""
    told = [
        f"{item.sku or item.id}: {item.quantity:f} x {item.unit_price:f}"
        for item in order.items
        if item.id in sums.sold and sums.sold[item.id].is_one
    ]
    return {"ordercast_pieces": fitting.listed("ordercast_pieces", told) if told else None}


def _ways(order: Order, fitting: Fitting) -> dict[str, str | None]:
    shipping, payment = order.shipping, order.payment
    ways = {
        "ordercast_shipping": ("shipping", (shipping.title or shipping.method) if shipping else None),
        "ordercast_payment": ("payment", (payment.title or payment.method) if payment else None),
        "ordercast_transaction": ("payment.transaction_id", payment.transaction_id if payment else None),
        "ordercast_recipient": ("shipping_address: names, company and phone", _recipient(order.shipping_address)),
    }
    return {
        "ordercast_status": order.status,
        **{name: fitting.value(of, text) if text else None for name, (of, text) in ways.items()},
        "ordercast_tracking": tracking_of(order, fitting),
    }


def _recipient(address: Address | None) -> str | None:
    """Whom the parcel goes to: the shop's address has no name."""
    if address is None:
        return None
    person = " ".join(filter(None, (address.first_name, address.last_name)))
    return ", ".join(filter(None, (person, address.company, address.phone)))


def _attributes(order: Order, fitting: Fitting, there: Collection[str]) -> dict[str, str]:
    """What the buyer chose, under its own name where that is free and means nothing to the shop.

    A name that is there in another spelling is written as it is there: a second one would end the shop's insert.
    """
    wishes = {title: _name(title, fitting) for title in order.attributes}
    spelled = {same_name(name): name for name in there}
    named: dict[str, str] = {}
    taken: set[str] = set()
    for title in sorted(wishes, key=lambda title: wishes[title] not in there):
        wish = wishes[title]
        free = _free(wish, taken)
        name = spelled.get(same_name(free), free)
        if name != wish:
            fitting.remarks.append(
                f"attribute {title} went as {name}: the shop takes names that differ by case or accents alone for one."
            )
        taken.add(same_name(name))
        named[name] = fitting.value(f"attribute {title}", order.attributes[title])
    return named


def _name(title: str, fitting: Fitting) -> str:
    name = _NO_NAME.sub("_", title)
    if not _BEGINS.match(name) or _OF_THE_SHOP.match(same_name(name)):
        if _BEGINS.match(name):
            fitting.remarks.append(
                f"attribute {title} went as {ATTRIBUTE}{name}: its own name means something to the shop."
            )
        name = f"{ATTRIBUTE}{name}"
    if len(name) > PARAM_NAME_CHARS:
        fitting.remarks.append(
            f"attribute {title}: its name cut to the {PARAM_NAME_CHARS} characters that the shop keeps."
        )
    return name[:PARAM_NAME_CHARS]


def _free(name: str, taken: set[str]) -> str:
    """The name, with as many ``_`` at its end as make it another one."""
    free, more = name, ""
    while same_name(free) in taken:
        more += "_"
        free = name[: PARAM_NAME_CHARS - len(more)] + more
    return free


def _sum(amount: Decimal) -> str | None:
    return format(rounded(amount, MONEY), "f") if amount else None
