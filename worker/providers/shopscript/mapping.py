"""What Shop-Script is sent of an order: the form of ``shop.order.save``, with the customer and the two addresses.

What a save leaves out, the shop keeps: so an update empties what the order said before and says no more.
Source: the method page; where it is silent, shopOrder (saveCustomer, parseShippingAddress, calculateTax) and
shopOrderSaveMethod of webasyst/shop-script ``05ada83``, run on loopback (2026-11-29): the customer's form has room for
50 characters of a name and 150 of a company, and taxes are computed by the customer's address alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from schemas.countries import ALPHA3
from schemas.delivery import Link
from schemas.order import ZERO, Address, Customer, Item, Order
from schemas.providers.shopscript import HeldOrder, ShopProduct
from worker.providers import phpform
from worker.providers.shopscript.journal import DISCOUNT, LINE_DISCOUNTS, SERVICE_SHARES, TOLD, names_of
from worker.providers.shopscript.lines import PIECES, money, product_of, rounded, service_names
from worker.providers.shopscript.lookup import Finder
from worker.providers.shopscript.mapping_params import attributes_of, params_of
from worker.providers.shopscript.mapping_texts import Fitting, comment_to_send
from worker.providers.shopscript.sums import Sums, kept_items

Tree = dict[str, Any]

NOTHING = "0.0000"
SHOWN = 5

LETTERS = {"email": "e", "phone": "p", "firstname": "f", "lastname": "l", "company": "c"}
SHIPPING, BILLING = "S", "B"
PERSON_CHARS, COMPANY_CHARS = 50, 150
EMPTY_ADDRESS = dict.fromkeys(("street", "city", "region", "zip", "country"), "")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What one save is to say of an order: a create, or an edit of ``order_id``.

    ``sums`` is how its money goes, ``people`` the customer and the addresses. ``line_ids`` are the shop's ids of the
    lines it has. ``discount`` and ``comment`` None are left out: the shop keeps those that are there.
    ``were_discounted`` says that the order had a discount when it was last saved, ``frees_services`` that services had
    a share of it. ``remarks`` tell what was fitted to the shop's tables.
    """

    order: Order
    sums: Sums
    products: Mapping[str, ShopProduct]
    params: Mapping[str, str]
    people: Mapping[str, Tree]
    discount: str | None
    comment: str | None = None
    order_id: str | None = None
    contact_id: str | None = None
    line_ids: Mapping[str, str] = field(default_factory=dict)
    were_discounted: bool = False
    frees_services: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def shares(self) -> Mapping[str, Decimal] | None:
        """Each line's share of the discount. All go or none: an edit keeps the old one of a line where it is left out,
        and the shop its own where the discount is."""
        if self.discount in {None, "calculate"} or not (self.were_discounted or self.sums.shares):
            return None
        return self.sums.shares


def wanted_of(finder: Finder, link: Link, held: HeldOrder | None = None) -> Wanted:
    """What a create says, or an edit where ``link`` has an order; ``held`` is that where it was read."""
    order, sums, options, fitting = finder.order, finder.sums, finder.options, Fitting()
    is_edit = link.order_id is not None
    told = link.notes.get(TOLD, "") if is_edit else ""
    said = comment_to_send(order, link, held.comment if held else None)
    there = names_of(link) | (attributes_of(held.params) if held else frozenset())
    return Wanted(
        order=order,
        sums=sums,
        products=options.products,
        params=params_of(finder.job, order, sums, fitting, there if is_edit else None),
        people=_people(order, told, fitting, customer_address=options.customer_address),
        discount="calculate" if options.calculate_discount else _discount(order, sums, link),
        comment=said if said is None or is_edit else fitting.comment(said),
        order_id=link.order_id,
        contact_id=None if is_edit else link.contact_id,
        line_ids=link.line_ids,
        were_discounted=LINE_DISCOUNTS in link.notes or link.notes.get(DISCOUNT, NOTHING) != NOTHING,
        frees_services=SERVICE_SHARES in link.notes,
        remarks=tuple(dict.fromkeys([*_one_piece(sums), *fitting.remarks])),
    )


def told_by(order: Order) -> str:
    """Which parts of the customer and of the addresses the order has, a letter each: what a later save may empty."""
    letters = [LETTERS[name] for name, text in _customer(order, Fitting()).items() if text]
    addresses = [(SHIPPING, order.shipping_address), (BILLING, order.billing_address)]
    return "".join([*letters, *(letter for letter, address in addresses if address is not None)])


def line_discounts(order: Order) -> str:
    """8 hex digits of how the discount is shared among the lines and their services; empty where none has any."""
    discounts = {
        f"{item.id}.{position}": amount
        for item in kept_items(order)
        for position, amount in enumerate([item.discount_total, *(one.discount_total for one in item.services)])
    }
    shares = [f"{name}={money(amount)}" for name, amount in discounts.items() if amount]
    return sha256("&".join(shares).encode()).hexdigest()[:8] if shares else ""


def form_of(wanted: Wanted) -> Tree:
    """The form of a save. What an edit's lines leave out is deleted, so all lines are in it, each with its id.

    Whose order it is comes first and the lines come last: PHP cuts a long form at its end, and an order without our key
    could not be found again.
    """
    order = wanted.order
    return {
        "id": wanted.order_id,
        "params": wanted.params,
        "currency": order.currency if wanted.order_id is None else None,  # honoured on a create alone
        "contact_id": wanted.contact_id,
        **wanted.people,
        "discount": wanted.discount,
        "shipping": money(wanted.sums.shipping),
        "comment": wanted.comment,
        "items": lines_form(wanted),
    }


def lines_form(wanted: Wanted) -> list[Tree]:
    """The lines of a save, services within theirs."""
    return [_line(item, wanted) for item in kept_items(wanted.order)]


def lines_that_fit(form: Tree, limit: int) -> int:
    """How many of the form's lines PHP reads whole, from the first on."""
    lines = form["items"]
    left = limit - phpform.count({**form, "items": []})
    for position, line in enumerate(lines):
        left -= phpform.count({"items": [line]})
        if left < 0:
            return position
    return len(lines)


def _discount(order: Order, sums: Sums, link: Link) -> str | None:
    """Always on a create, where the shop would apply its own rules; on an edit where the event changed it, so that a
    discount given by hand in the shop outlives an update of something else. Without it an edit also keeps each line's
    old share (shopOrder::holdDiscount, ``05ada83``), so that it is sent too where only the shares moved.

    The third form, ``calculate``, is the account's setting. A form has no null: it is left out. Source: the page.
    """
    amount = money(sums.discount)
    kept = link.notes.get(DISCOUNT) == amount and link.notes.get(LINE_DISCOUNTS, "") == line_discounts(order)
    return None if link.order_id is not None and kept else amount


def _one_piece(sums: Sums) -> list[str]:
    ones = [name for name, sold in sums.sold.items() if sold.is_one]
    if not ones:
        return []
    more = f" and {len(ones) - SHOWN} more" if len(ones) > SHOWN else ""
    named = ", ".join(ones[:SHOWN]) + more
    return [f"As one piece at the line's price, since the shop would round its quantity or price: line {named}."]


def _line(item: Item, wanted: Wanted) -> Tree:
    """One line with its services. Services' own discounts go with the line's: the shop reads none of theirs.

    A service that is new beside one of the same kind would be taken for that one, which it then replaces, and one
    that has a share of the discount keeps it whatever is sent: so the whole line goes as a new one, with its services.
    Source: shopOrder::itemUniqueKey and mergeItems, ``05ada83``.
    """
    product, sold = product_of(item, wanted.products), wanted.sums.sold[item.id]
    names, shares = service_names(item), wanted.shares
    frees_services = shares is not None and wanted.frees_services and names != []
    is_new = frees_services or _has_new_twin(item, names, wanted.line_ids)
    known = {} if is_new else wanted.line_ids
    services = [
        {
            "item_id": known.get(name),
            "service_id": service.service_id,
            "service_variant_id": service.service_variant_id,
            "price": money(price),
        }
        for name, service, price in zip(names, item.services, sold.services, strict=True)
    ]
    return {
        "item_id": known.get(item.id),
        "product_id": product.product_id if product else None,  # not on the page; without it the line is saved empty
        "sku_id": product.sku_id if product else None,
        "quantity": format(rounded(sold.quantity, PIECES), "f"),
        "price": money(sold.price),
        "total_discount": None if shares is None else money(shares.get(item.id, ZERO)),
        "stock_id": item.stock_id,
        "virtual_stock_id": item.virtual_stock_id,  # the page's name
        "virtualstock_id": item.virtual_stock_id,  # the source's name
        "services": services,
    }


def _has_new_twin(item: Item, names: list[str], line_ids: Mapping[str, str]) -> bool:
    if item.id not in line_ids:
        return False
    kinds = [service.service_id for service in item.services]
    return any(name not in line_ids and kinds.count(kind) > 1 for name, kind in zip(names, kinds, strict=True))


def _people(order: Order, told: str, fitting: Fitting, *, customer_address: bool) -> Tree:
    """The sections ``customer``, ``shipping_address`` and ``billing_address``; ``told`` is what was said last."""
    customer: Tree = _customer(order, fitting)
    customer |= {name: "" for name, letter in LETTERS.items() if letter in told and not customer[name]}
    shipping = _address("shipping_address", order.shipping_address, fitting)
    billing = _address("billing_address", order.billing_address, fitting)
    if customer_address:
        customer |= {"address.shipping": shipping or None, "address.billing": billing or None}
    return {
        "customer": customer,
        "shipping_address": shipping or (EMPTY_ADDRESS if SHIPPING in told else {}),
        "billing_address": billing or (EMPTY_ADDRESS if BILLING in told else {}),
    }


def _customer(order: Order, fitting: Fitting) -> dict[str, str | None]:
    """The customer's own names, else those of the bill, else those of the parcel."""
    addresses = [address for address in (order.billing_address, order.shipping_address) if address is not None]
    parties: list[Customer | Address] = [order.customer, *addresses]
    named = next((p for p in parties if p.first_name or p.last_name or p.company), order.customer)
    phone = next((party.phone for party in parties if party.phone), None)
    return {
        "email": fitting.email(order.customer.email),
        "phone": fitting.of_customer("customer.phone", phone),
        "firstname": fitting.of_customer("customer.first_name", named.first_name, PERSON_CHARS),
        "lastname": fitting.of_customer("customer.last_name", named.last_name, PERSON_CHARS),
        "company": fitting.of_customer("customer.company", named.company, COMPANY_CHARS),
    }


def _address(name: str, address: Address | None, fitting: Fitting) -> Tree:
    """All five fields, empty ones too: the shop keeps what an edit leaves out."""
    if address is None:
        return {}
    streets = (address.address1, address.address2, address.address3, address.address4)
    fields = {
        "street": ", ".join(filter(None, streets)),
        "city": address.city or "",
        "region": address.state or "",
        "zip": address.postal_code or "",
        "country": ALPHA3[address.country].lower() if address.country else "",
    }
    return {field: fitting.value(f"{name}.{field}", text) for field, text in fields.items()}
