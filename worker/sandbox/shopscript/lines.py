"""Shop-Script's order lines, played: what a save makes of the lines in a form.

A line is known by ``item_id`` alone: one without it is new, and an old one that is not in the form is gone. Prices are
rounded to cents, and quantities to whole ones where the shop's settings allow no fractions, as they do from the start.
Source: shopOrder::parseItems, formatItemProduct and extendItems, shopFrac::formatQuantity, webasyst/shop-script
``05ada83``, run on loopback (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any

from worker.sandbox.shopscript.settings import Settings

ZERO = Decimal(0)
CENT_DECIMALS, PIECE_DECIMALS = 2, 3
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

    def __init__(self, old: Lines, settings: Settings, next_id: Callable[[], str]) -> None:
        self.old = old
        self.settings = settings
        self.next_id = next_id

    def read(self, sent: object) -> Lines:
        """The order's lines after the save, services after their product. Raises ``Refused``."""
        if not isinstance(sent, dict) or not sent:
            raise Refused({"order": {"common": "Please add at least one product to save this order"}})
        lines = [line for place, row in enumerate(sent.values()) for line in self._product(row, place)]
        return {line["id"]: line for line in lines}

    def _product(self, row: dict[str, Any], place: int) -> Iterator[Line]:
        old = self.old.get(whole(row.get("item_id")) or "")
        product_id = whole(row.get("product_id")) or (old["product_id"] if old else None)
        sku_id = whole(row.get("sku_id")) or (old["sku_id"] if old else None)
        line = self._line(row, old, "product", product_id, sku_id)
        line["total_discount"] = self._discount(row, old)
        if product_id is None:  # the shop keeps an empty line and says ok
            line |= {"name": "", "product_id": "0", "price": fixed(ZERO)}
        yield line
        services = row.get("services")
        for position, service in enumerate(services.values() if isinstance(services, dict) else ()):
            yield self._service(service if isinstance(service, dict) else {}, line, f"{place}_{position}")

    def _service(self, row: dict[str, Any], parent: Line, place: str) -> Line:
        """A service's own discount is read from no form: ``$service_fields`` of shopOrder."""
        old = self._old_service(row, parent)
        ids = {name: whole(row.get(name)) or (old or {}).get(name) for name in ("service_id", "service_variant_id")}
        missing = [name for name, value in ids.items() if not value]
        if missing:
            text = f"Missed required item fields: `{'`, `'.join(missing)}`"
            raise Refused({"order": {"items": {place: text}}})
        line = self._line(row, old, "service", parent["product_id"], parent["sku_id"])
        line["total_discount"] = old["total_discount"] if old else fixed(ZERO)
        return line | ids | {"parent_id": parent["id"], "quantity": parent["quantity"]}

    def _old_service(self, row: dict[str, Any], parent: Line) -> Line | None:
        """By ``item_id``, else by the service's own id under the same product line, whatever its variant."""
        old = self.old.get(whole(row.get("item_id")) or "")
        if old is not None and old["parent_id"] == parent["id"]:
            return old
        wanted = (parent["id"], whole(row.get("service_id")))
        return next((line for line in self.old.values() if (line["parent_id"], line["service_id"]) == wanted), None)

    def _line(
        self, row: dict[str, Any], old: Line | None, kind: str, product_id: str | None, sku_id: str | None
    ) -> Line:
        same = old is not None and old["sku_id"] == sku_id
        price = old["price"] if old is not None and same else self.settings.catalogue.get(sku_id or "", "0")
        quantity = old["quantity"] if old is not None else "1"
        return {
            "id": old["id"] if old else self.next_id(),
            "name": self._name(product_id, sku_id),
            "product_id": product_id,
            "sku_id": sku_id,
            "sku_code": "",
            "type": kind,
            "service_id": None,
            "service_variant_id": None,
            "price": fixed(_rounded(number(row.get("price"), Decimal(price)), CENT_DECIMALS)),
            "quantity": fixed(self._pieces(number(row.get("quantity"), Decimal(quantity))), PIECE_DECIMALS),
            "parent_id": None,
            "stock_id": whole(row.get("stock_id")) or (old["stock_id"] if old else None),
            "virtualstock_id": None,  # under neither of its names does a form's reach the line
            "purchase_price": fixed(ZERO),
            "tax_percent": None,
            "tax_included": "0",
        }

    def _discount(self, row: dict[str, Any], old: Line | None) -> str:
        held = Decimal(old["total_discount"]) if old is not None else ZERO
        return fixed(_rounded(number(row.get("total_discount"), held), CENT_DECIMALS))

    def _pieces(self, quantity: Decimal) -> Decimal:
        return _rounded(quantity, PIECE_DECIMALS if self.settings.has_fractions else 0)

    def _name(self, product_id: str | None, sku_id: str | None) -> str:
        """The catalogue's, escaped as HTML in every answer; empty for what the shop has not."""
        if product_id is None or sku_id is None or sku_id in self.settings.unknown_skus:
            return ""
        return escape(self.settings.names.get(sku_id, f"Product {product_id}"))


def _rounded(amount: Decimal, decimals: int) -> Decimal:
    """As PHP rounds, half away from zero; nothing is below zero there."""
    return max(ZERO, amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
