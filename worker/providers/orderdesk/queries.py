"""What people may ask of an Order Desk store; one page for each reading, in the vendor's own words.

Sources: the vendor's pages "Orders" (its query parameters), "Order Items", "Shipments", "Store Settings" (2018-04-30).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from schemas.outcome import Outcome, Reason
from schemas.providers.orderdesk import read_list
from worker.providers.base import Question, Read, Reading
from worker.providers.orderdesk.api import PAGE_ORDERS, Calls, encode, rejected
from worker.providers.orderdesk.lookup import order_with_history

FILTERS = {
    "folder_id": "orders in this folder; several ids with commas between them",
    "folder_name": "orders in the folder of exactly this name",
    "source_id": "the order's number at its source: our order key",
    "source_name": "the name of the source",
    "search_start_date": "added from then on, YYYY-MM-DD HH:MM:SS in the store's local time, though orders show UTC",
    "search_end_date": "added until then, in the store's local time",
    "modified_start_date": "changed from then on, in the store's local time",
    "modified_end_date": "changed until then, in the store's local time",
    "email": "the customer's e-mail address",
    "customer_id": "the customer's id at the source",
    "customer_first_name": "the customer's first name",
    "customer_last_name": "the customer's last name",
    "customer_company": "the customer's company",
    "customer_address1": "the first line of the customer's address",
    "customer_phone": "the customer's phone number",
    "shipping_first_name": "the recipient's first name",
    "shipping_last_name": "the recipient's last name",
    "shipping_company": "the recipient's company",
    "shipping_address1": "the first line of the shipping address",
    "shipping_phone": "the recipient's phone number",
    "get_order_history": "1: with the history of each order, which makes it much slower",
    "order_by": "the field to sort by, date_added unless given",
    "order": "ASC or DESC, DESC unless given",
    "limit": f"orders a page, {PAGE_ORDERS} unless given, at most 500",
    "offset": "how many to leave out at the start",
}


def queries_of(calls: Calls) -> dict[str, Question]:
    """Every question by its name, asked by these calls."""
    ask = _Asking(calls)
    one_line = {"item": "the line of this id alone"}
    one_shipment = {"shipment": "the shipment of this id alone"}
    return {
        "order": Question(ask.order, "One order by Order Desk's own id."),
        "orders": Question(ask.orders, "The orders that fit, newest first.", takes_id=False, filters=FILTERS),
        "items": Question(ask.items, "The lines of one order.", filters=one_line),
        "shipments": Question(ask.shipments, "The shipments of one order.", filters=one_shipment),
        "history": Question(ask.history, "What was told in the history of one order."),
        "folders": Question(ask.folders, "The store's folders: names by id.", takes_id=False),
    }


class _Asking:
    """Each question as it is asked: with an id, filters and where to go on."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def order(self, order_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        del filters, more
        held = yield from self._calls.get_order(order_id)
        return held if isinstance(held, Outcome) else _read(held.fields)

    def orders(self, order_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        del order_id
        start = more or filters.get("offset", "0")
        if not (start.isascii() and start.isdecimal()):
            return rejected(Reason.REJECTED, "Orders are paged by a whole number: give the offset as one.")
        page = yield from self._calls.list_page(filters, int(start))
        if isinstance(page, Outcome):
            return page
        return _read(page.orders, None if page.next_offset is None else str(page.next_offset))

    def items(self, order_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        del more
        return (yield from self._part(order_id, "order-items", "order_item", filters.get("item")))

    def shipments(self, order_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        del more
        return (yield from self._part(order_id, "shipments", "shipment", filters.get("shipment")))

    def history(self, order_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        del filters, more
        held = yield from self._calls.get_order(order_id)
        shown = held if isinstance(held, Outcome) else (yield from order_with_history(self._calls, held))
        return shown if isinstance(shown, Outcome) else _read(read_list(shown.fields.get("order_history")))

    def folders(self, order_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        del order_id, filters, more
        folders = yield from self._calls.folders()
        return folders if isinstance(folders, Outcome) else _read(folders)

    def _part(self, order_id: str, part: str, name: str, part_id: str | None) -> Reading:
        if part_id is None:
            parts = yield from self._calls.list_part(order_id, part, f"{name}s")
            return parts if isinstance(parts, Outcome) else _read(parts)
        found = yield from self._calls.get_part(order_id, part, name, part_id)
        return found if isinstance(found, Outcome) else _read(found)


def _read(tree: Any, more: str | None = None) -> Read:
    """An answer in plain JSON values: what was read exactly, as decimals, as JSON's own numbers."""
    return Read(json.loads(encode(tree)), more)
