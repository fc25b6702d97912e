"""Shop-Script's orders, played: a save that creates or edits, and is silent where the real one is.

Two equal creates make two orders and two customers; a discount above the lines is cut to them; ``state_id``, ``total``
and ``create_datetime`` are not read; a deleted order is edited like any other.
Source: shop 12.4.0 run on loopback, shopOrder and shopOrderSaveMethod, webasyst/shop-script ``05ada83`` (2026-11).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from worker.sandbox.shopscript.lines import ZERO, Lines, Parser, Refused, fixed, number, subtotal, whole
from worker.sandbox.shopscript.settings import Settings

Order = dict[str, Any]
Form = Mapping[str, Any]


class Broken(Exception):
    """The shop answers 500 ``server_error`` with this text, for what is no fault of the server."""


class Orders:
    """All orders of one shop by id, oldest first."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.by_id: dict[str, Order] = {}
        self._order_ids, self._line_ids, self._contact_ids = count(1), count(1), count(1)

    def find(self, order_id: object) -> Order | None:
        """The order of this id, read as PHP reads a whole number."""
        return self.by_id.get(whole(order_id) or "")

    def save(self, form: Form, body: bytes, at: float) -> Order:
        """Create or edit, and commit. Raises ``Refused`` and ``Broken``: then nothing has changed."""
        order_id = form.get("id") or ""
        old = self.find(order_id)
        if order_id not in ("", "0") and old is None:
            raise Broken("Order not found.")
        if not form.get("items") and (old is None or self.settings.needs_items):
            raise Refused(["Order items not found."])
        _same_customer(old, form)
        before: Lines | None = old["items"] if old else None
        parser = Parser(before or {}, self.settings.catalogue, lambda: str(next(self._line_ids)))
        lines = parser.read(form["items"]) if "items" in form else before or {}
        if old is None:
            _unplace(lines)
        order = old or self._new(form, at)
        order["items"] = lines
        self._customer(order, form)
        self._money(order, form, before)
        _texts(order, form)
        order["update_datetime"] = _moment(at)
        order["saves"].append(_record("edit" if old else "create", order, body))
        self.by_id[order["id"]] = order
        return order

    def _new(self, form: Form, at: float) -> Order:
        return {
            "id": str(next(self._order_ids)),
            "contact_id": None,
            "create_datetime": _moment(at),
            "state_id": "new",
            "currency": _text(form.get("currency")) or self.settings.currency,
            "rate": "1.00000000",
            "tax": fixed(ZERO),
            "shipping": fixed(ZERO),
            "discount": fixed(ZERO),
            "comment": None,
            "params": {},
            "items": {},
            "created_at": at,
            "saves": [],
            "moved": [],
        }

    def _customer(self, order: Order, form: Form) -> None:
        """Each create with a customer makes a new contact, whoever it is. An unknown id is taken as it is."""
        if order["contact_id"] is None:
            contact_id = whole(form.get("contact_id"))
            order["contact_id"] = contact_id or (str(next(self._contact_ids)) if form.get("customer") else None)
        if isinstance(form.get("customer"), dict):
            order["customer"] = {**order.get("customer", {}), **form["customer"]}

    def _money(self, order: Order, form: Form, before: Lines | None) -> None:
        """Shipping, discount and total; ``before`` are the lines before an edit. What the lines have is inside the
        order's discount: where that is kept, so is theirs, whatever was sent."""
        lines: Lines = order["items"]
        if _text(form.get("shipping")):
            order["shipping"] = fixed(number(form["shipping"]))
        discount = _text(form.get("discount"))
        if discount in {"true", "calculate"} or (before is None and discount == ""):
            order["discount"] = fixed(subtotal(lines) * self.settings.discount_percent / 100)
            _take_off(lines, {})
        elif discount == "":
            _take_off(lines, before or {})
        else:
            order["discount"] = fixed(max(ZERO, min(number(discount), subtotal(lines))))
        if sum((Decimal(line["total_discount"]) for line in lines.values()), ZERO) > Decimal(order["discount"]):
            _take_off(lines, {})
        total = subtotal(lines) - Decimal(order["discount"]) + Decimal(order["shipping"])
        order["total"] = fixed(max(ZERO, total))


def _unplace(lines: Lines) -> None:
    """On a create the shop chooses the stocks. Source: ``ignore_stock_validate``, shopOrder::save, ``05ada83``."""
    for line in lines.values():
        line["stock_id"] = None


def _take_off(lines: Lines, before: Lines) -> None:
    """Give each line the discount that it had before, a new one none."""
    for line_id, line in lines.items():
        line["total_discount"] = before[line_id]["total_discount"] if line_id in before else fixed(ZERO)


def priced(form: Form, items: object, catalogue: Mapping[str, str]) -> dict[str, Any]:
    """The form of a save that comes to what ``shop.order.add`` makes: the known variants alone, at their own prices.

    This shop knows no products: a variant's has the variant's id. Source: shopOrderAddMethod, webasyst/shop-script
    ``05b36e``.
    """
    rows = items.values() if isinstance(items, dict) else ()
    skus = [(row, whole(row.get("sku_id")) or "") for row in rows if isinstance(row, dict)]
    known = [
        {"product_id": sku, "sku_id": sku, "price": catalogue[sku], "quantity": row.get("quantity", "1")}
        for row, sku in skus
        if sku in catalogue
    ]
    kept = {name: form[name] for name in ("contact_id", "params", "comment") if name in form}
    return kept | {"items": dict(enumerate(known)), "customer": form.get("contact")}


def _same_customer(old: Order | None, form: Form) -> None:
    asked = whole(form.get("contact_id"))
    if old is not None and asked and old["contact_id"] not in {None, asked}:
        raise Broken("Unable to change customer for an existing order.")


def _texts(order: Order, form: Form) -> None:
    """The comment is replaced; parameters are merged over the old ones, addresses among them.

    ``channel_id`` names a sales channel, and this shop has none.
    """
    if isinstance(form.get("comment"), str):
        order["comment"] = form["comment"]
    params: dict[str, Any] = order["params"]
    sent = form.get("params")
    if isinstance(sent, dict):
        params.update({name: text for name, text in sent.items() if name != "channel_id"})
    for kind in ("shipping_address", "billing_address"):
        address = form.get(kind)
        if isinstance(address, dict):
            params.update({f"{kind}.{name}": text for name, text in address.items()})


def _text(sent: object) -> str:
    return sent if isinstance(sent, str) else ""


def _record(step: str, order: Order, body: bytes) -> list[Any]:
    """One entry of the order's history: step, total there, total the sender named, digest of the form."""
    return [step, order["total"], order["params"].get("ordercast_grand"), hashlib.sha256(body).hexdigest()[:16]]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
