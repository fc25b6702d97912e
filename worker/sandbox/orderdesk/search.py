"""Which orders a list of Order Desk shows, and in which order, by its query parameters.

Source: the vendor's page "Orders", "Query Parameters" (2018-04-30). Not documented and so a choice: ids, names of
sources and e-mails are compared whole, names, streets and telephones as parts, in any case; a date that is none is
compared as the text it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from worker.sandbox.orderdesk.account import FOLDERS
from worker.sandbox.orderdesk.order import TOTALS, with_totals
from worker.sandbox.orderdesk.values import Json

SAME = frozenset({"source_id", "source_name", "email", "customer_id"})
PARTS = frozenset(
    f"{block}_{part}"
    for block in ("customer", "shipping")
    for part in ("first_name", "last_name", "company", "address1", "phone")
)
DATES = {
    "search_start_date": "date_added",
    "search_end_date": "date_added",
    "modified_start_date": "date_updated",
    "modified_end_date": "date_updated",
}
PAGE_ORDERS = 50
PAGE_CAP = 500


def in_utc(query: Mapping[str, str], zone: ZoneInfo) -> dict[str, str]:
    """The query with its dates in UTC: they come in the store's local time, and are held in UTC."""
    return {name: _utc(text, zone) if name in DATES else text for name, text in query.items()}


def fits(order: Json, name: str, wanted: str) -> bool:
    """Whether an order has what one query parameter asks for; one that nobody documents asks for nothing."""
    if name in SAME:
        return str(order[name]) == wanted
    if name in PARTS:
        block, _, part = name.partition("_")
        return wanted.lower() in str(order[block][part]).lower()
    if name in DATES:
        held = str(order[DATES[name]])
        return held >= wanted if name.endswith("_start_date") else held <= wanted
    if name == "folder_id":
        return str(order["folder_id"]) in wanted.split(",")
    return name != "folder_name" or FOLDERS.get(order["folder_id"]) == wanted


def sorting_key(order: Json, name: str) -> tuple[Decimal, str]:
    """What an order is sorted by: a field, or a part of an address such as ``shipping_last_name``."""
    if name in PARTS:
        block, _, part = name.partition("_")
        return Decimal(0), str(order[block][part])
    value = (with_totals(order) if name in TOTALS else order).get(name, "")
    return (Decimal(value), "") if isinstance(value, int | Decimal) else (Decimal(0), str(value))


def page_of(query: Mapping[str, str]) -> tuple[int, int]:
    """Offset and limit."""
    return _whole(query.get("offset"), 0), min(_whole(query.get("limit"), PAGE_ORDERS), PAGE_CAP)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _utc(local: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    except ValueError:
        return local
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
