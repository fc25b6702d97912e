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

Order = dict[str, Any]
Form = dict[str, Any]


class Broken(Exception):
    """The shop answers 500 ``server_error`` with this text, for what is no fault of the server."""


class Orders:
    """All orders of one shop by id, oldest first. ``catalogue`` gives the price of a variant by its id."""

    def __init__(self, catalogue: Mapping[str, str], currency: str) -> None:
        self.catalogue = catalogue
        self.currency = currency
        self.by_id: dict[str, Order] = {}
        self._order_ids, self._line_ids, self._contact_ids = count(1), count(1), count(1)

    def save(self, form: Form, body: bytes, at: float) -> Order:
        """Create or edit, and commit. Raises ``Refused`` and ``Broken``: then nothing has changed."""
        order_id = form.get("id") or ""
        old = self.by_id.get(str(order_id)) if order_id else None
        if order_id and old is None:
            raise Broken("Order not found.")
        if old is None and not form.get("items"):
            raise Refused(["Order items not found."])
        _same_customer(old, form)
        parser = Parser(old["items"] if old else {}, self.catalogue, lambda: str(next(self._line_ids)))
        lines = parser.read(form["items"]) if "items" in form else old["items"] if old else {}
        order = old or self._new(form, at)
        order["items"] = lines
        self._customer(order, form)
        _money(order, form, is_new=old is None)
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
            "currency": str(form.get("currency") or self.currency),
            "rate": "1.00000000",
            "tax": fixed(ZERO),
            "shipping": fixed(ZERO),
            "discount": fixed(ZERO),
            "comment": None,
            "params": {},
            "items": {},
            "created_at": at,
            "saves": [],
        }

    def _customer(self, order: Order, form: Form) -> None:
        """Each create with a customer makes a new contact, whoever it is. An unknown id is taken as it is."""
        if order["contact_id"] is None:
            contact_id = whole(form.get("contact_id"))
            order["contact_id"] = contact_id or (str(next(self._contact_ids)) if form.get("customer") else None)
        if isinstance(form.get("customer"), dict):
            order["customer"] = {**order.get("customer", {}), **form["customer"]}


def _same_customer(old: Order | None, form: Form) -> None:
    asked = whole(form.get("contact_id"))
    if old is not None and asked and old["contact_id"] not in {None, asked}:
        raise Broken("Unable to change customer for an existing order.")


def _money(order: Order, form: Form, *, is_new: bool) -> None:
    """Shipping, discount and total. A discount that is kept keeps the lines' own; theirs are inside it."""
    lines: Lines = order["items"]
    if isinstance(form.get("shipping"), str) and form["shipping"] != "":
        order["shipping"] = fixed(number(form["shipping"]))
    discount = form.get("discount") or ""
    if discount in {"true", "calculate"} or (is_new and discount == ""):
        order["discount"] = fixed(ZERO)  # this shop has no discount rules of its own
        for line in lines.values():
            line["total_discount"] = fixed(ZERO)
    elif discount != "":
        order["discount"] = fixed(max(ZERO, min(number(discount), subtotal(lines))))
    if sum((Decimal(line["total_discount"]) for line in lines.values()), ZERO) > Decimal(order["discount"]):
        for line in lines.values():
            line["total_discount"] = fixed(ZERO)
    total = subtotal(lines) - Decimal(order["discount"]) + Decimal(order["shipping"])
    order["total"] = fixed(max(ZERO, total))


def _texts(order: Order, form: Form) -> None:
    """The comment is replaced; parameters are merged over the old ones, addresses among them."""
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


def _record(step: str, order: Order, body: bytes) -> list[Any]:
    """One entry of the order's history: step, total there, total the sender named, digest of the form."""
    return [step, order["total"], order["params"].get("ordercast_grand"), hashlib.sha256(body).hexdigest()[:16]]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
