"""Shop-Script's order lines, played: what a save makes of the lines in a form.

A line is known by ``item_id`` alone: one without it is new, and an old one that is not in the form is gone.
Source: shopOrder::parseItems and formatItemProduct, webasyst/shop-script ``05ada83``, run on loopback (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
Line = dict[str, Any]
Lines = dict[str, Line]

_NUMBER = re.compile(r"\s*(-?\d{1,15}(?:[.,]\d{0,10})?)", re.ASCII)


class Refused(Exception):
    """The lines cannot be saved; ``errors`` is what the shop says."""

    def __init__(self, errors: Any) -> None:
        super().__init__(errors)
        self.errors = errors


def number(text: object, otherwise: Decimal = ZERO) -> Decimal:
    """A number as the shop reads one: a comma is a point, what follows the digits is ignored."""
    found = _NUMBER.match(str(text)) if isinstance(text, str) else None
    return Decimal(found.group(1).replace(",", ".")) if found else otherwise


def fixed(amount: Decimal, decimals: int = 4) -> str:
    """A number as the shop's table gives it back."""
    return format(amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), "f")


def whole(text: object) -> str | None:
    """A whole number above zero, as text, or None: what PHP's int makes of a form's text."""
    value = int(number(text))
    return str(value) if value > 0 else None


def subtotal(lines: Lines) -> Decimal:
    return sum((Decimal(line["price"]) * Decimal(line["quantity"]) for line in lines.values()), ZERO)


class Parser:
    """Reads the lines of one form beside those the order has. ``next_id`` gives the id of a new line."""

    def __init__(self, old: Lines, catalogue: Mapping[str, str], next_id: Callable[[], str]) -> None:
        self.old = old
        self.catalogue = catalogue
        self.next_id = next_id

    def read(self, sent: object) -> Lines:
        """The order's lines after the save, services after their product. Raises ``Refused``."""
        if not isinstance(sent, dict) or not sent:
            raise Refused({"order": {"common": "Please add at least one product to save this order"}})
        lines = [line for row in sent.values() if isinstance(row, dict) for line in self._product(row)]
        return {line["id"]: line for line in lines}

    def _product(self, row: dict[str, Any]) -> Iterator[Line]:
        old = self.old.get(whole(row.get("item_id")) or "")
        product_id = whole(row.get("product_id")) or (old["product_id"] if old else None)
        sku_id = whole(row.get("sku_id")) or (old["sku_id"] if old else None)
        line = self._line(row, old, "product", product_id, sku_id)
        if product_id is None:  # the shop keeps an empty line and says ok
            line |= {"name": "", "product_id": "0", "price": fixed(ZERO)}
        yield line
        services = row.get("services")
        for position, service in enumerate(services.values() if isinstance(services, dict) else ()):
            yield self._service(service if isinstance(service, dict) else {}, line, position)

    def _service(self, row: dict[str, Any], parent: Line, position: int) -> Line:
        old = self._old_service(row, parent)
        ids = {name: whole(row.get(name)) or (old or {}).get(name) for name in ("service_id", "service_variant_id")}
        missing = [name for name, value in ids.items() if not value]
        if missing:
            text = f"Missed required item fields: `{'`, `'.join(missing)}`"
            raise Refused({"order": {"items": {f"{parent['id']}_{position}": text}}})
        line = self._line(row, old, "service", parent["product_id"], parent["sku_id"])
        return line | ids | {"parent_id": parent["id"], "quantity": parent["quantity"]}

    def _old_service(self, row: dict[str, Any], parent: Line) -> Line | None:
        """By ``item_id``, else by the service's own id under the same product line."""
        old = self.old.get(whole(row.get("item_id")) or "")
        if old is not None and old["parent_id"] == parent["id"]:
            return old
        wanted = (parent["id"], whole(row.get("service_id")))
        return next((line for line in self.old.values() if (line["parent_id"], line["service_id"]) == wanted), None)

    def _line(
        self, row: dict[str, Any], old: Line | None, kind: str, product_id: str | None, sku_id: str | None
    ) -> Line:
        before = old if old is not None and old["sku_id"] == sku_id else {}
        price = before.get("price") or self.catalogue.get(sku_id or "", "0")
        return {
            "id": old["id"] if old else self.next_id(),
            "name": "",
            "product_id": product_id,
            "sku_id": sku_id,
            "type": kind,
            "service_id": None,
            "service_variant_id": None,
            "price": fixed(number(row.get("price"), Decimal(price))),
            "quantity": fixed(number(row.get("quantity"), Decimal(before.get("quantity", "1"))), 3),
            "parent_id": None,
            "stock_id": whole(row.get("stock_id")),
            "virtualstock_id": None,  # under neither of its names does a form's reach the line
            "total_discount": fixed(number(row.get("total_discount"), Decimal(before.get("total_discount", "0")))),
        }
