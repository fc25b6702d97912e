"""Shop-Script's orders, played: a save that creates or edits, and is silent where the real one is.

Two equal creates make two orders and two customers; a discount above the lines is cut to them; an edit that names no
shipping has none; ``state_id``, ``total`` and ``create_datetime`` are not read; a deleted order is edited like any
other. What the database refuses is answered ok, and is not there.
Source: shop 12.4.0 run on loopback, shopOrder and shopOrderSaveMethod, webasyst/shop-script ``05ada83`` (2026-11).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

from worker.sandbox.base import VendorAnswer
from worker.sandbox.shopscript.customers import Contacts, address_of, asked_contact, check, customer_of
from worker.sandbox.shopscript.discounts import share
from worker.sandbox.shopscript.door import Wordless
from worker.sandbox.shopscript.lines import ZERO, Lines, Parser, Refused, fixed, number, subtotal, whole
from worker.sandbox.shopscript.settings import Settings
from worker.sandbox.shopscript.tables import amounts_of, fits, insert_params, is_beyond_the_bmp, is_within

CENT = Decimal("0.01")
NO_RATE = "0.00000000"

Order = dict[str, Any]
Form = Mapping[str, Any]


class Broken(Exception):
    """The shop answers 500 ``server_error`` with this text, for what is no fault of the server."""


class ShopScriptOrders:
    """All orders of one shop by id, oldest first."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.by_id: dict[str, Order] = {}
        self.contacts = Contacts()
        self._order_ids, self._line_ids = count(1), count(1)

    def find(self, order_id: object) -> Order | None:
        """The order of this id, read as PHP reads a whole number."""
        return self.by_id.get(whole(order_id) or "")

    def save(self, form: Form, body: bytes, at: float) -> Order | None:
        """Create or edit, and commit; None where the database refused it, which the shop does not tell.

        Raises ``Refused``, ``Broken`` and ``Wordless``: then nothing has changed.
        """
        order_id = form.get("id") or ""
        old = self.find(order_id)
        if order_id not in ("", "0") and old is None:
            raise Broken("Order not found.")
        _must_be_maps(form)
        if not form.get("items") and (old is None or self.settings.needs_items):
            raise Refused(["Order items not found."])
        _same_customer(old, form)
        order = deepcopy(old) if old else self._new(form, at)
        self._lines(order, form, old)
        check(customer_of(form))
        order["tax_address"] = address_of(customer_of(form)) or order["tax_address"]
        self._money(order, form, old["items"] if old else None)
        if old is None and self._is_stranger(form):
            return None
        contact_id = self._contact(order, form, is_new=old is None)
        if self._is_refused(order, form):
            return None
        order["contact_id"] = contact_id
        self._texts(order, form, is_new=old is None)
        return self._committed(order, "edit" if old else "create", body, at)

    def _committed(self, order: Order, step: str, body: bytes, at: float) -> Order:
        order["update_datetime"] = _moment(at) if step == "edit" else None
        order["saves"].append(_record(step, order, body))
        known = self.by_id.setdefault(order["id"], order)
        if known is not order:
            known.clear()
            known.update(order)
        self.mail(known, step)
        return known

    def mail(self, order: Order, action: str) -> None:
        """The notification that the installer sets up for every action, where the order has a customer to send to."""
        if self.settings.mails and order["customer"].get("email") and order["contact_id"] not in {None, "0"}:
            order["mails"].append(action)

    def _new(self, form: Form, at: float) -> Order:
        currency = _text(form.get("currency")) or self.settings.currency
        has_rate = currency == self.settings.currency or currency in self.settings.currencies
        return {
            "id": "",
            "contact_id": None,
            "create_datetime": _moment(at),
            "state_id": "new",
            "currency": currency,
            "rate": "1.00000000" if has_rate else NO_RATE,
            "tax": fixed(ZERO),
            "shipping": fixed(ZERO),
            "discount": fixed(ZERO),
            "comment": None,
            "params": {},
            "items": {},
            "customer": {},
            "assigned_contact_id": None,
            "is_first": "0",
            "unsettled": "0",
            "auth_date": None,
            "paid_date": None,
            "shipping_datetime": None,
            "created_at": at,
            "tax_address": {},
            "saves": [],
            "moved": [],
            "mails": [],
        }

    def _lines(self, order: Order, form: Form, old: Order | None) -> None:
        if "items" not in form:
            return
        rows = form["items"].values() if isinstance(form["items"], dict) else ()
        if order["rate"] == NO_RATE and any(not row.get("price") for row in rows):
            raise _wordless()  # a price of the catalogue is divided by the rate
        parser = Parser(old["items"] if old else {}, self.settings, lambda: str(next(self._line_ids)))
        order["items"] = parser.read(form["items"])
        if old is None:
            # On a create the shop chooses the stocks: ``ignore_stock_validate``, shopOrder::save, ``05ada83``.
            for line in order["items"].values():
                line["stock_id"] = None

    def _contact(self, order: Order, form: Form, *, is_new: bool) -> str | None:
        """Whose the order is. Each create with a customer makes a new contact, whoever it is; one that was named and
        has a customer sent is overwritten."""
        customer = {name: text for name, text in customer_of(form).items() if isinstance(text, str)}
        named = asked_contact(form) or (order["contact_id"] if order["contact_id"] != "0" else None)
        written = {name: text for name, text in customer.items() if not is_beyond_the_bmp(text)}
        order["customer"] = {**order["customer"], **written} if named is not None or written == customer else {}
        if named is not None:
            if customer:
                self.contacts.change(named, customer)
            return named
        if customer and is_new:
            return self.contacts.add(customer)
        held: str | None = order["contact_id"]
        return held

    def _is_stranger(self, form: Form) -> bool:
        """Whether a create names a contact that the shop has not, and a customer to write into it: no order comes."""
        asked = asked_contact(form)
        return asked is not None and bool(customer_of(form)) and asked not in self.contacts.by_id

    def _is_refused(self, order: Order, form: Form) -> bool:
        """Whether the database refuses the order. Then a contact is left behind by a create."""
        in_bounds = is_within(amounts_of(order["items"], order["total"], order["shipping"], order["discount"]))
        return not fits(form.get("comment")) or not in_bounds

    def _money(self, order: Order, form: Form, before: Lines | None) -> None:
        """Shipping, discount, tax and total; ``before`` are the lines before an edit. What the lines have is inside the
        order's discount: where that is kept, so is theirs, whatever was sent."""
        lines: Lines = order["items"]
        order["shipping"] = fixed(_cents(number(form.get("shipping"))))
        discount = _text(form.get("discount"))
        if discount in {"true", "calculate"} or (before is None and discount == ""):
            order["discount"] = fixed(_cents(subtotal(lines) * self.settings.discount_percent / 100))
            _take_off(lines, {})
        elif discount == "":
            _take_off(lines, before or {})
        else:
            amount = max(ZERO, min(_cents(number(discount)), subtotal(lines)))
            order["discount"] = fixed(share(lines, amount))
        if sum((Decimal(line["total_discount"]) for line in lines.values()), ZERO) > Decimal(order["discount"]):
            _take_off(lines, {})
        goods = max(ZERO, subtotal(lines) - Decimal(order["discount"]))
        order["tax"], added = self._tax(order, goods)
        order["total"] = fixed(max(ZERO, goods + Decimal(order["shipping"]) + added))

    def _tax(self, order: Order, goods: Decimal) -> tuple[str, Decimal]:
        """The tax of the goods, and what of it comes on top. It goes by the customer's address, never the order's."""
        rate, is_included = self.settings.taxes.get(order["tax_address"].get("country", ""), (ZERO, False))
        tax = _cents(goods * rate / (1 + rate) if is_included else goods * rate)
        return fixed(tax), ZERO if is_included else tax

    def _texts(self, order: Order, form: Form, *, is_new: bool) -> None:
        """The comment is replaced; parameters are merged over the old ones, addresses among them.

        An order whose customer cannot be written for its e-mail's sake is left without lines and parameters, once the
        shop has had an order without a customer.
        """
        if is_new:
            order["id"] = str(next(self._order_ids))
        if isinstance(form.get("comment"), str):
            order["comment"] = form["comment"]
        email = customer_of(form).get("email")
        if (
            is_new
            and is_beyond_the_bmp(email)
            and any(held["contact_id"] in {None, "0"} for held in self.by_id.values())
        ):
            order["items"] = {}
            return
        sent = [*_params(form), *self._own_params(order, is_new=is_new)]
        order["params"] = insert_params(order["params"], sent, is_transactional=self.settings.has_innodb)

    def _own_params(self, order: Order, *, is_new: bool) -> Iterator[tuple[str, str]]:
        """What the shop itself keeps there, after what it was sent: the keys to its payment links among them."""
        for name, text in order["tax_address"].items():
            yield f"shipping_address.{name}", text
        if is_new:
            digest = hashlib.md5(f"{order['id']}".encode(), usedforsecurity=False).hexdigest()
            yield from (("sales_channel", "backend:"), ("auth_code", digest), ("auth_pin", "1234"), ("entropy", digest))


def _must_be_maps(form: Form) -> None:
    """PHP fails at a text where it goes through a map: 500 without a word."""
    rows = form["items"].values() if isinstance(form.get("items"), dict) else ()
    if any(not isinstance(row, dict) for row in rows):
        raise _wordless()
    if any(isinstance(form.get(name), str) and form[name] for name in ("customer", "params")):
        raise _wordless()


def _wordless() -> Wordless:
    return Wordless(VendorAnswer(500, b"", {"Content-Type": "text/html"}))


def _params(form: Form) -> Iterator[tuple[str, Any]]:
    """The parameters of a form in their order. ``channel_id`` names a sales channel, and this shop has none."""
    sent = form.get("params")
    if isinstance(sent, dict):
        yield from ((name, text) for name, text in sent.items() if name != "channel_id")
    for kind in ("shipping_address", "billing_address"):
        address = form.get(kind)
        if isinstance(address, dict):
            yield from ((f"{kind}.{name}", text) for name, text in address.items())


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


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


def _text(sent: object) -> str:
    return sent if isinstance(sent, str) else ""


def _record(step: str, order: Order, body: bytes) -> list[Any]:
    """One entry of the order's history: step, total there, total the sender named, digest of the form."""
    return [step, order["total"], order["params"].get("ordercast_grand"), hashlib.sha256(body).hexdigest()[:16]]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
