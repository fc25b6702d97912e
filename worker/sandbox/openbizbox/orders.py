"""The orders of a played OpenBizBox shop: created, changed and shown.

Source: page "Order" (2020-02-20); its later edition has ``original_customer`` too. Not documented and so a choice: a
taken id is refused; an order without an id gets the number after the highest, as MySQL counts; ``comment`` is read
(answers show it); what a request has beyond the page is ignored.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from schemas.countries import ALPHA3
from worker.sandbox.openbizbox.lines import LineReader, OpenBizBoxLine, OpenBizBoxLines, Refused, Shop
from worker.sandbox.openbizbox.show import (
    CANCELLED,
    DEFAULT_STATUS,
    NO_DATE,
    gross_of,
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
class KeptOrder:
    """One order.

    ``made_at`` is the sandbox's second of its making. ``acts`` is what was done beside saving, in the order of commit:
    what it was, the money of it where it is about money, and everything else.
    ``captured`` and ``returned`` are money at the gateway, where ``transaction_id`` names one.
    """

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
    lines: OpenBizBoxLines = field(default_factory=OpenBizBoxLines)
    saves: list[list[Any]] = field(default_factory=list)
    acts: list[tuple[str, Decimal | None, dict[str, Any]]] = field(default_factory=list)
    transaction_id: str = ""
    captured: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)

    def record(self, kind: str, amount: Decimal | None, what: dict[str, Any]) -> None:
        """Put an act on record, with the number of saves that were before it."""
        self.acts.append((kind, amount, {**what, "after_saves": len(self.saves)}))

    def recorded(self, kind: str) -> list[dict[str, Any]]:
        """Every act of this kind; the money of it under ``amount``."""
        return [{"amount": amount, **what} for was, amount, what in self.acts if was == kind]

    @property
    def key(self) -> str | None:
        """The order number in our mark, where the comment carries one."""
        found = _MARK.search(self.comment)
        return found[1] if found else None


class OpenBizBoxOrders:
    """All orders of the shop, by id and by the buyer's e-mail."""

    def __init__(self, shop: Shop, zone: tzinfo = UTC, *, keeps_comments: bool = True) -> None:
        self.by_id: dict[int, KeptOrder] = {}
        self.by_email: dict[str, list[KeptOrder]] = {}
        self.models: dict[int, str] = {}
        self.invoice_ids: set[int] = set()
        self.zone = zone
        self._shop = shop
        self._keeps_comments = keeps_comments
        self._reader = LineReader(shop, itertools.count(74), self.models)
        self._customers: dict[str, int] = {}
        self._highest = 1000

    def create(self, sent: dict[Any, Any], at: float) -> KeptOrder:
        """A new order. Raises ``Refused``, and then there is none."""
        chosen = sent.get("id")
        if chosen is not None and not _is_id(chosen):
            raise Refused("id: This value is not valid.")
        if chosen in self.by_id:
            raise Refused("id: This value is already used.")
        for name in ("customer", "billing_address", "currency"):
            if not sent.get(name):
                raise Refused(f"{name}: This value should not be blank.")
        now = datetime.fromtimestamp(at, self.zone).replace(microsecond=0)
        made = self.date(sent["created_at"]) if "created_at" in sent else now
        order = KeptOrder(chosen or self._highest + 1, 0, made, at, now)
        self._apply(order, sent)
        order.customer_id = self._customer(order)
        self._highest = max(self._highest, order.id)
        self.by_id[order.id] = order
        self.by_email.setdefault(order.customer["email"].casefold(), []).append(order)
        self._note(order, "create")
        return order

    def change(self, order: KeptOrder, sent: dict[Any, Any], at: float) -> None:
        """What a PUT names is changed, but for ``id`` and ``created_at``, which count for POST only."""
        before = order.customer["email"].casefold()
        self._apply(order, sent)
        order.modified_at = datetime.fromtimestamp(at, self.zone).replace(microsecond=0)
        after = order.customer["email"].casefold()
        if after != before:
            self.by_email[before].remove(order)
            self.by_email.setdefault(after, []).append(order)
        self._note(order, "update")

    def delete(self, order_id: int) -> None:
        """The order is gone; the number after the highest goes on."""
        order = self.by_id.pop(order_id)
        self.by_email[order.customer["email"].casefold()].remove(order)

    def show(self, order: KeptOrder, *, totals: bool = False) -> dict[str, Any]:
        """The order as version 2 answers it; version 3 has the running ``totals`` of its money too."""
        shipping = order.shipping or order.billing
        running = {"transaction_id": order.transaction_id, "captured": order.captured, "refunded": order.returned}
        return {
            "id": order.id,
            **show_sums(order.lines, self._shop),
            **(running if totals else {}),
            "customer": self._show_customer(order),
            "currency": order.currency,
            "extra_tracking": [],
            "shipping_address": show_address(shipping, billing=False),
            "billing_address": show_address(order.billing, billing=True),
            "status": show_status(order.status),
            "created_at": show_instant(order.created_at),
            "comment": order.comment,
            "ip_address": "",
            "lines": show_lines(order.lines, self._shop),
            "shipping_data": {"method": "", "choices": "N;"},
            "payment_data": {"transaction_id": order.transaction_id} if order.transaction_id else [],
        }

    def sums(self, order: KeptOrder) -> dict[str, Decimal]:
        return show_sums(order.lines, self._shop)

    def gross(self, line: OpenBizBoxLine) -> Decimal:
        """What a line costs with tax, all its pieces."""
        return gross_of(line, self._shop)

    def cancel(self, order: KeptOrder) -> None:
        order.status = CANCELLED

    def date(self, sent: Any) -> datetime:
        """``2012-12-12 14:14``, in the shop's own time. Raises ``Refused``."""
        try:
            return datetime.strptime(sent, "%Y-%m-%d %H:%M").replace(tzinfo=self.zone)
        except (TypeError, ValueError):
            raise Refused("created_at: This value is not valid.") from None

    def _customer(self, order: KeptOrder) -> int:
        """Who ordered: the customer that is named by ``original_customer``, else whoever has the e-mail."""
        named = order.customer.get("original_customer")
        if named is not None:
            if named not in self._customers.values():
                raise Refused("customer.original_customer: This value is not valid.")
            return int(named)
        return self._customers.setdefault(order.customer["email"].casefold(), 1500 + len(self._customers))

    def _apply(self, order: KeptOrder, sent: dict[Any, Any]) -> None:
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
        if not _is_id(status):
            raise Refused("status: This value is not valid.")
        comment = sent.get("comment", order.comment)
        if isinstance(comment, dict):
            raise Refused("comment: This value is not valid.")
        order.lines, order.customer, order.status = lines, customer, status
        order.billing, order.shipping = order.billing | billing, order.shipping | shipping
        order.currency = {"code": _CODES.get(currency["code"], currency["code"]), "rate": currency.get("rate", 1)}
        if self._keeps_comments:
            order.comment = str(comment)

    def _show_customer(self, order: KeptOrder) -> dict[str, Any]:
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

    def _note(self, order: KeptOrder, step: str) -> None:
        lines = [[line.article, str(line.quantity), str(line.sent_price)] for line in order.lines.products]
        order.saves.append([step, str(self.sums(order)["total_with_tax"]), lines])


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _part(sent: dict[Any, Any], name: str) -> dict[str, Any]:
    """A section of the request, which has no array in it."""
    part = sent.get(name, {})
    if not isinstance(part, dict) or any(isinstance(value, dict) for value in part.values()):
        raise Refused(f"{name}: This value is not valid.")
    return part


def _address(sent: dict[Any, Any], name: str) -> dict[str, Any]:
    address = _part(sent, name)
    if "country" in address and address["country"] not in _KNOWN_COUNTRIES:
        raise Refused(f"{name}.country: This value is not valid.")
    if "zip" in address:
        address = address | {"zip": _ZIP_COUNTRY.sub("", str(address["zip"]))}
    return address
