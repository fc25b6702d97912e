"""What Shop-Script is sent of an order: the form of ``shop.order.save``.

Source: the method page; where it is silent, shopOrder and shopOrderSaveMethod of webasyst/shop-script ``05ada83``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from schemas.order import ZERO, Item, Order
from schemas.providers.shopscript import ShopProduct
from worker.providers import phpform
from worker.providers.shopscript.lines import MONEY, PIECES, product_of, rounded, service_names
from worker.providers.shopscript.sums import Sums, kept_items

Tree = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One save of an order: a create, or an edit of ``order_id``.

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


def line_discounts(order: Order) -> str:
    """8 hex digits of how the discount is shared among the lines and their services; empty where none has any."""
    discounts = {
        f"{item.id}.{place}": amount
        for item in kept_items(order)
        for place, amount in enumerate([item.discount_total, *(service.discount_total for service in item.services)])
    }
    shares = [f"{name}={money(amount)}" for name, amount in discounts.items() if amount]
    return sha256("&".join(shares).encode()).hexdigest()[:8] if shares else ""


def form_of(draft: Draft) -> Tree:
    """The form of a save. What an edit's lines leave out is deleted, so all lines are in it, each with its id.

    Whose order it is comes first and the lines come last: PHP cuts a long form at its end, and an order without our key
    could not be found again.
    """
    order = draft.order
    return {
        "id": draft.order_id,
        "params": draft.params,
        "currency": order.currency if draft.order_id is None else None,  # honoured on a create alone
        "contact_id": draft.contact_id,
        **draft.people,
        "discount": draft.discount,
        "shipping": money(draft.sums.shipping),
        "comment": draft.comment,
        "items": lines_form(draft),
    }


def lines_form(draft: Draft) -> list[Tree]:
    """The lines of a save, services within theirs."""
    return [_line(item, draft) for item in kept_items(draft.order)]


def lines_that_fit(form: Tree, limit: int) -> int:
    """How many of the form's lines PHP reads whole, from the first on."""
    lines = form["items"]
    left = limit - phpform.count({**form, "items": []})
    for position, line in enumerate(lines):
        left -= phpform.count({"items": [line]})
        if left < 0:
            return position
    return len(lines)


def money(amount: Decimal) -> str:
    return format(rounded(amount, MONEY), "f")


def _line(item: Item, draft: Draft) -> Tree:
    """One line with its services. Services' own discounts go with the line's: the shop reads none of theirs.

    A service that is new beside one of the same kind would be taken for that one, which it then replaces, and one
    that has a share of the discount keeps it whatever is sent: so the whole line goes as a new one, with its services.
    Source: shopOrder::itemUniqueKey and mergeItems, ``05ada83``.
    """
    product, sold = product_of(item, draft.products), draft.sums.sold[item.id]
    names, shares = service_names(item), draft.shares
    is_new = _has_new_twin(item, names, draft.line_ids) or (shares is not None and draft.frees_services and names != [])
    known = {} if is_new else draft.line_ids
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
