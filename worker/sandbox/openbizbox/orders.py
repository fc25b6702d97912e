"""The orders of a played OpenBizBox shop: created, changed, refunded, invoiced.

Source: page "Order" (2020-02-20). Not documented and so a choice: a taken id, a second invoice and a refund beyond
what is left are refused; ``comment`` is read (answers show it); what a request has beyond the page is ignored.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from schemas.countries import ALPHA3
from worker.sandbox.openbizbox.lines import Line, LineReader, Lines, Refused, Shop
from worker.sandbox.openbizbox.show import (
    CANCELLED,
    DEFAULT_STATUS,
    NO_DATE,
    show_address,
    show_instant,
    show_lines,
    show_status,
    show_sums,
)

_KNOWN_COUNTRIES = frozenset(ALPHA3.values())
_ZIP_COUNTRY = re.compile(r"\A[A-Z]{1,3}-")
_MARK = re.compile(r"^\[ordercast [^\s#]+#(.+)\]$", re.MULTILINE)
_CODES = {"DNK": "DKK"}  # what the page's request sends and its answer shows
_CUSTOMER_TYPES = {1: "Private", 2: "Business"}


@dataclass(slots=True)
class Kept:
    """One order. ``made_at`` is the sandbox's second of its making, ``mails`` counts mails to the customer."""

    id: int
    customer_id: int
    created_at: datetime
    made_at: float
    modified_at: datetime
    customer: dict[str, Any] = field(default_factory=dict)
    billing: dict[str, Any] = field(default_factory=dict)
    shipping: dict[str, Any] = field(default_factory=dict)
    currency: dict[str, Any] = field(default_factory=dict)
    status: int = DEFAULT_STATUS
    comment: str = ""
    lines: Lines = field(default_factory=Lines)
    saves: list[list[Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    mails: int = 0

    @property
    def key(self) -> str | None:
        """The order number in our mark, where the comment carries one."""
        found = _MARK.search(self.comment)
        return found[1] if found else None


class Orders:
    """All orders of the shop, by id and by the buyer's e-mail."""

    def __init__(self, shop: Shop, zone: tzinfo = UTC, *, keeps_comments: bool = True) -> None:
        self.by_id: dict[int, Kept] = {}
        self.by_email: dict[str, list[Kept]] = {}
        self.models: dict[int, str] = {}
        self.invoice_ids: set[int] = set()
        self.zone = zone
        self._shop = shop
        self._keeps_comments = keeps_comments
        self._reader = LineReader(shop, itertools.count(74))
        self._customers: dict[str, int] = {}
        self._highest = 1000

    def create(self, sent: dict[str, Any], at: float) -> Kept:
        """A new order. Raises ``Refused``, and then there is none."""
        chosen = sent.get("id")
        if chosen is not None and (not isinstance(chosen, int) or isinstance(chosen, bool) or chosen <= 0):
            raise Refused("id: This value is not valid.")
        if chosen in self.by_id:
            raise Refused("id: This value is already used.")
        for name in ("customer", "billing_address", "currency"):
            if not isinstance(sent.get(name), dict):
                raise Refused(f"{name}: This value should not be blank.")
        now = datetime.fromtimestamp(at, self.zone).replace(microsecond=0)
        made = self._date(sent["created_at"]) if "created_at" in sent else now
        order = Kept(chosen or self._highest + 1, 0, made, at, now)
        self._apply(order, sent)
        order.customer_id = self._customers.setdefault(order.customer["email"].casefold(), 1500 + len(self._customers))
        self._highest = max(self._highest, order.id)
        self.by_id[order.id] = order
        self.by_email.setdefault(order.customer["email"].casefold(), []).append(order)
        self._note(order, "create")
        return order

    def change(self, order: Kept, sent: dict[str, Any], at: float) -> None:
        """What a PUT names is changed, but for ``id`` and ``created_at``, which count for POST only."""
        before = order.customer["email"].casefold()
        self._apply(order, sent)
        order.modified_at = datetime.fromtimestamp(at, self.zone).replace(microsecond=0)
        after = order.customer["email"].casefold()
        if after != before:
            self.by_email[before].remove(order)
            self.by_email.setdefault(after, []).append(order)
        self._note(order, "update")

    def show(self, order: Kept) -> dict[str, Any]:
        shipping = order.shipping or order.billing
        return {
            "id": order.id,
            **show_sums(order.lines, self._shop.prices),
            "customer": self._show_customer(order),
            "currency": order.currency,
            "extra_tracking": [],
            "shipping_address": show_address(shipping, billing=False),
            "billing_address": show_address(order.billing, billing=True),
            "status": show_status(order.status),
            "created_at": show_instant(order.created_at),
            "comment": order.comment,
            "ip_address": "",
            "lines": show_lines(order.lines, self._shop.prices, self.models),
            "shipping_data": {"method": order.lines.shipping.title if order.lines.shipping else "", "choices": "N;"},
            "payment_data": [],
            "captured": 0,
            "refunded": sum((refund["amount"] for refund in order.refunds), Decimal(0)),
        }

    def sums(self, order: Kept) -> dict[str, Decimal]:
        return show_sums(order.lines, self._shop.prices)

    def gross(self, line: Line) -> Decimal:
        """What a line costs with tax, all its pieces."""
        return (line.gross(self._shop.prices) * line.quantity).quantize(Decimal("0.01"))

    def cancel(self, order: Kept) -> None:
        order.status = CANCELLED

    def _apply(self, order: Kept, sent: dict[str, Any]) -> None:
        """Everything is read before anything is changed."""
        lines = self._reader.read(sent["lines"], order.lines) if "lines" in sent else order.lines
        customer = order.customer | _part(sent, "customer")
        if not isinstance(customer.get("email"), str) or "@" not in customer["email"]:
            raise Refused("customer.email: This value is not a valid email address.")
        billing, shipping = (_address(sent, name) for name in ("billing_address", "shipping_address"))
        currency = order.currency | _part(sent, "currency")
        if not isinstance(currency.get("code"), str) or len(currency["code"]) != len("DKK"):
            raise Refused("currency.code: This value is not valid.")
        status = sent.get("status", order.status)
        if not isinstance(status, int) or isinstance(status, bool) or status <= 0:
            raise Refused("status: This value is not valid.")
        order.lines, order.customer, order.status = lines, customer, status
        order.billing, order.shipping = order.billing | billing, order.shipping | shipping
        order.currency = {"code": _CODES.get(currency["code"], currency["code"]), "rate": currency.get("rate", 1)}
        if self._keeps_comments:
            order.comment = str(sent.get("comment", order.comment))

    def _show_customer(self, order: Kept) -> dict[str, Any]:
        kind = order.customer.get("customer_type_id", 1)
        return {
            "id": order.customer_id,
            "email": order.customer["email"],
            "name": order.customer.get("name", ""),
            "ean": "",
            "vat": "",
            "user_id": "",
            "language": order.customer.get("language", "en"),
            "customer_type_id": kind,
            "customer_type_title": _CUSTOMER_TYPES.get(kind, f"Type {kind}"),
            "created_at": NO_DATE,
            "modified_at": NO_DATE,
        }

    def _note(self, order: Kept, step: str) -> None:
        lines = [[line.article, str(line.quantity), str(line.sent_price)] for line in order.lines.products]
        order.saves.append([step, str(self.sums(order)["total_with_tax"]), lines])

    def _date(self, sent: Any) -> datetime:
        """``2012-12-12 14:14``, in the shop's own time."""
        try:
            return datetime.strptime(sent, "%Y-%m-%d %H:%M").replace(tzinfo=self.zone)
        except (TypeError, ValueError):
            raise Refused("created_at: This value is not valid.") from None


def _part(sent: dict[str, Any], name: str) -> dict[str, Any]:
    part = sent.get(name, {})
    if not isinstance(part, dict):
        raise Refused(f"{name}: This value is not valid.")
    return part


def _address(sent: dict[str, Any], name: str) -> dict[str, Any]:
    address = _part(sent, name)
    if "country" in address and address["country"] not in _KNOWN_COUNTRIES:
        raise Refused(f"{name}.country: This value is not valid.")
    if "zip" in address:
        address = address | {"zip": _ZIP_COUNTRY.sub("", str(address["zip"]))}
    return address
