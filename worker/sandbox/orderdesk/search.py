"""Which orders a list of Order Desk shows, by its query parameters.

Source: the vendor's page "Orders", "Query Parameters" (2018-04-30). Not documented and so a choice: ids, names of
sources and e-mails are compared whole, names and streets as parts, in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from worker.sandbox.orderdesk.order import Json

FOLDERS = {21654: "New", 21655: "Prepared", 21656: "Closed", 21657: "Canceled"}
SAME = frozenset({"source_id", "source_name", "email", "customer_id"})
PARTS = frozenset(
    f"{block}_{part}"
    for block in ("customer", "shipping")
    for part in ("first_name", "last_name", "company", "address1", "phone")
)
DATES = {"search": "date_added", "modified": "date_updated"}


def in_utc(query: Mapping[str, str], utc_offset_h: float) -> dict[str, str]:
    """The query with its dates in UTC: they come in the store's local time, ``utc_offset_h`` hours from UTC."""
    return {name: _utc(text, utc_offset_h) if name.endswith("_date") else text for name, text in query.items()}


def fits(order: Json, name: str, wanted: str) -> bool:
    """Whether an order has what one query parameter asks for; one that nobody documents asks for nothing."""
    if name in SAME:
        return str(order[name]) == wanted
    block, _, part = name.partition("_")
    if name in PARTS:
        return wanted.lower() in str(order[block][part]).lower()
    if name.endswith("_date") and block in DATES:
        held = str(order[DATES[block]])
        return held >= wanted if part == "start_date" else held <= wanted
    if name == "folder_id":
        return str(order["folder_id"]) in wanted.split(",")
    return name != "folder_name" or FOLDERS.get(order["folder_id"]) == wanted


def sorting_text(order: Json, name: str) -> str:
    """What an order is sorted by: a field, or a part of an address such as ``shipping_last_name``."""
    block, _, part = name.partition("_")
    return str(order[block][part] if name in PARTS else order.get(name, ""))


def _utc(local: str, utc_offset_h: float) -> str:
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=UTC) - timedelta(hours=utc_offset_h)
    except ValueError:
        return local
    return moment.strftime("%Y-%m-%d %H:%M:%S")
