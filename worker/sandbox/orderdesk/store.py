"""The orders of one Order Desk store: kept, changed, searched and shown.

Sources: the vendor's pages "Orders", "Order Items", "Shipments", "Move Orders" (2018-04-30).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from worker.sandbox.orderdesk.account import FOLDERS, STORE_ID, TIMEZONE
from worker.sandbox.orderdesk.order import NAME_RULES, read_order, rounded, with_totals
from worker.sandbox.orderdesk.parts import read_line, read_shipment
from worker.sandbox.orderdesk.search import fits, in_utc, sorting_key
from worker.sandbox.orderdesk.values import Json, Refused, objects, utc_text


class OrderDeskOrders:
    """Orders by id.

    Where two of the vendor's pages contradict each other there is a switch: ``missing_lines`` is what a PUT does with a
    line that it leaves out ("keep" or "remove"), ``names`` whether an order needs "any" name or "whole" ones. Filters
    by date are in the local time of ``timezone``. No page says how fine an amount may be: ``decimals`` is how many of
    them are kept, all where it is empty.
    """

    def __init__(
        self,
        *,
        store_id: str = STORE_ID,
        missing_lines: str = "keep",
        names: str = "any",
        timezone: str = TIMEZONE,
        decimals: str = "",
    ) -> None:
        self._store_id = store_id
        self._decimals = decimals
        self._missing_lines = missing_lines
        self._require_names = NAME_RULES[names]
        self._requires_whole = names == "whole"
        self._zone = ZoneInfo(timezone)
        self.hidden_s = 0.0
        self.orders: dict[int, Json] = {}
        self.saves: dict[int, list[list[Any]]] = defaultdict(list)
        self.moved: dict[int, list[list[Any]]] = defaultdict(list)
        self._history: dict[int, list[Json]] = defaultdict(list)
        self._by_source: dict[str, dict[int, None]] = defaultdict(dict)
        self._found_from: dict[int, float] = {}
        self._emails: Counter[str] = Counter()
        self._ids = {"order": count(900_001), "line": count(1_600_001), "shipment": count(401)}

    def create(self, sent: Json, at: float) -> int:
        """A new order, whatever its source id: a second one of the same is a second order."""
        lines = [self._new_line(line) for line in objects(sent.get("order_items"))]
        order = read_order(sent)
        if not lines:
            raise Refused("You must include some order_items")
        self._require_names(order)
        order_id = next(self._ids["order"])
        order |= {"order_items": lines, "order_shipments": [], "folder_id": _folder(sent) or next(iter(FOLDERS))}
        order["date_added"] = str(sent.get("date_added") or utc_text(at))
        if "processor_balance" not in sent:
            order["processor_balance"] = with_totals(order)["order_total"]
        self._found_from[order_id] = at + self.hidden_s
        self._keep(order_id, {**order, "source_id": str(sent.get("source_id") or order_id)}, "create", at)
        return order_id

    def replace(self, order_id: int, sent: Json, at: float) -> None:
        """The whole order anew: "any parts left out will be updated as blank"; shipments stay as they are."""
        old = self.orders[order_id]
        order = read_order(sent)
        if self._requires_whole:
            self._require_names(order)
        lines = old["order_items"]
        if "order_items" in sent:
            lines = self._replaced_lines(lines, objects(sent["order_items"]))
        order |= {"order_items": lines, "order_shipments": old["order_shipments"], "folder_id": _folder(sent)}
        order |= {"date_added": str(sent.get("date_added") or ""), "source_id": str(sent.get("source_id") or order_id)}
        self._keep(order_id, order, "update", at)

    def delete(self, order_id: int) -> None:
        order = self.orders.pop(order_id)
        self._by_source[order["source_id"]].pop(order_id)
        self._emails[order["email"]] -= 1

    def move(self, order_id: int, folder: int) -> int:
        """The folder it was in before."""
        before: int = self.orders[order_id]["folder_id"]
        self.orders[order_id]["folder_id"] = folder
        self.moved[order_id].append(["folder", folder, FOLDERS[folder]])
        return before

    def add_history(self, order_id: int, sent: Json, at: float) -> None:
        entry = {"source_name": str(sent.get("source_name", "")), "note": str(sent.get("note", ""))}
        self._history[order_id].append({**entry, "date_added": utc_text(at)})
        self.moved[order_id].append(["history", entry["note"], entry["source_name"]])

    def add_line(self, order_id: int, sent: Json, at: float) -> None:
        self._with_lines(order_id, [*self.orders[order_id]["order_items"], self._new_line(sent)], "add line", at)

    def update_line(self, order_id: int, line_id: str, sent: Json, at: float) -> None:
        lines = self.orders[order_id]["order_items"]
        changed = [{**read_line(sent), "id": line_id} if line["id"] == line_id else line for line in lines]
        self._with_lines(order_id, changed, "update line", at)

    def delete_line(self, order_id: int, line_id: str, at: float) -> None:
        lines = [line for line in self.orders[order_id]["order_items"] if line["id"] != line_id]
        self._with_lines(order_id, lines, "delete line", at)

    def add_shipment(self, order_id: int, sent: Json, at: float) -> bool:
        """Whether it was added: one whose tracking number is there is not."""
        held = self.orders[order_id]["order_shipments"]
        shipment = read_shipment(sent, at)
        if any(other["tracking_number"] == shipment["tracking_number"] for other in held):
            return False
        named = {"id": str(next(self._ids["shipment"])), "order_id": str(order_id), "store_id": self._store_id}
        held.append({**named, **shipment, "date_added": utc_text(at)})
        self.moved[order_id].append(["shipment", shipment["tracking_number"], shipment["carrier_code"]])
        return True

    def show(self, order_id: int, *, with_history: bool = False) -> Json:
        order = self.orders[order_id]
        shown = {"id": str(order_id), **with_totals(order), "email_count": str(self._emails[order["email"]])}
        return {**shown, "order_history": list(self._history[order_id])} if with_history else shown

    def search(self, query: Mapping[str, str], at: float) -> list[int]:
        """Ids of the orders that fit, sorted as asked."""
        wanted = in_utc(query, self._zone)
        ids: Iterable[int] = self._by_source.get(wanted["source_id"], {}) if "source_id" in wanted else self.orders
        found = [i for i in ids if self._found_from[i] <= at and self._fits(i, wanted)]
        order_by = query.get("order_by", "date_added")
        descending = query.get("order", "DESC").upper() != "ASC"
        return sorted(found, key=lambda i: (sorting_key(self.orders[i], order_by), i), reverse=descending)

    def _fits(self, order_id: int, wanted: Mapping[str, str]) -> bool:
        return all(fits(self.orders[order_id], name, text) for name, text in wanted.items())

    def _replaced_lines(self, held: list[Json], sent: list[Json]) -> list[Json]:
        """Lines with an id that is there are updated, others added; what was left out stays or goes by the switch."""
        by_id = {str(line.get("id")): line for line in sent if line.get("id")}
        kept = []
        for line in held:
            if line["id"] in by_id:
                kept.append({**read_line(by_id.pop(line["id"])), "id": line["id"]})
            elif self._missing_lines == "keep":
                kept.append(line)
        added = [line for line in sent if not line.get("id") or str(line["id"]) in by_id]
        return kept + [self._new_line(line) for line in added]

    def _new_line(self, sent: Json) -> Json:
        return {"id": str(next(self._ids["line"])), **read_line(sent)}

    def _with_lines(self, order_id: int, lines: list[Json], step: str, at: float) -> None:
        self._keep(order_id, {**self.orders[order_id], "order_items": lines}, step, at)

    def _keep(self, order_id: int, order: Json, step: str, at: float) -> None:
        old = self.orders.get(order_id)
        if old is not None:
            self._by_source[old["source_id"]].pop(order_id)
            self._emails[old["email"]] -= 1
        if self._decimals:
            order = rounded(order, int(self._decimals))
        self.orders[order_id] = {**order, "date_updated": utc_text(at)}
        self._by_source[order["source_id"]][order_id] = None
        self._emails[order["email"]] += 1
        self.saves[order_id].append([step, _exact(with_totals(order)["order_total"]), dict(order["order_metadata"])])
        refunded = order["refund_total"] - (old["refund_total"] if old else 0)
        if refunded:
            self.moved[order_id].append(["refund", _exact(refunded), order["payment_status"]])


def _exact(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _folder(sent: Json) -> int:
    text = str(sent.get("folder_id") or "0")
    return int(text) if text.isdecimal() else 0
