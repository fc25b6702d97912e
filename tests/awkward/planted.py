"""Losses of every kind, planted into an order that a vendor holds, so that a comparison is seen to find them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tests.awkward.sums import Json

Plant = Callable[[Json], None]
"""Spoils a held order in place."""


def event() -> Json:
    """An order with everything in it that some vendor holds, and nothing that any of them would round or cut."""
    place = {
        "address1": "Havnegade 1",
        "address2": "2. floor",
        "city": "Odense",
        "postal_code": "5000",
        "country": "DK",
    }
    person = {"first_name": "Ida", "last_name": "Holm"}
    order = {
        "number": "1001", "status": "paid", "currency": "EUR", "placed_at": "2026-11-21T09:00:00Z",
        "customer": person | {"email": "ida@shop.example", "phone": "+45 12 34 56 78", "id": "c-1"},
        "billing_address": person | place,
        "shipping_address": {"first_name": "Kim", "last_name": "Holm"} | place | {"city": "Kolding", "state": "Jylland"},
        "items": [
            _item("1", "12", "Mug", "2", "10.00") | {"weight": "0.35", "variation": {"Color": "Blue"}},
            _item("2", "13", "Tray", "1", "5.50") | {"services": [_SERVICE]},
        ],
        "shipping": {"method": "parcel", "title": "Parcel", "price": "4.90"},
        "payment": {"method": "card", "title": "Card", "status": "captured", "transaction_id": "T-1"},
        "discounts": [{"code": "WELCOME", "title": "Welcome", "amount": "2.00"}],
        "attributes": {"Engraving": "For Grandma", "Wrap": "red"},
        "metadata": {"campaign": "xmas"},
        "comment": "Ring twice",
        "shipments": [{"tracking_number": "TR-1"}, {"tracking_number": "TR-2"}],
        "totals": {"grand": "29.40"},
    }  # fmt: skip
    return {
        "specversion": "1.0", "id": "e-1", "source": "shop/test", "type": "order.created", "subject": "1001",
        "time": "2026-11-21T09:30:00Z", "revision": 1, "data": {"order": order},
    }  # fmt: skip


_SERVICE = {"service_id": "8", "service_variant_id": "81", "name": "Engraving", "price": "1.00"}


def _item(number: str, article: str, name: str, quantity: str, price: str) -> Json:
    known = {"sku": f"SKU-{article}", "product_id": article, "variant_id": f"1{article}"}
    return {"id": number, "name": name, "quantity": quantity, "unit_price": price, **known}


def at(*path: str | int, to: object = "") -> Plant:
    """Puts ``to`` where the path leads."""

    def plant(held: Json) -> None:
        part = held
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = to

    return plant


def more(*path: str | int, by: str = "0.10") -> Plant:
    """Adds to the amount where the path leads; it stays the text or the number that it was."""

    def plant(held: Json) -> None:
        part = held
        for step in path[:-1]:
            part = part[step]
        was = part[path[-1]]
        spoilt = Decimal(str(was)) + Decimal(by)
        part[path[-1]] = str(spoilt) if isinstance(was, str) else float(spoilt)

    return plant


def without(*path: str | int) -> Plant:
    """Takes away what the path leads to."""

    def plant(held: Json) -> None:
        part = held
        for step in path[:-1]:
            part = part[step]
        del part[path[-1]]

    return plant


def doubled(*path: str) -> Plant:
    """The first line of the list where the path leads, once more."""

    def plant(held: Json) -> None:
        part = held
        for step in path:
            part = part[step]
        part.append(dict(part[0]))

    return plant


PLANTS: dict[str, dict[str, tuple[Plant, str]]] = {
    "retargeting": {
        "a sum off by 0.10": (more("order", "total"), "sum"),
        "parts that do not add up": (more("order", "fees"), "sum of parts"),
        "a lost line": (without("products", 1), "line"),
        "a line twice": (doubled("products"), "line"),
        "another quantity": (at("products", 0, "quantity", to="3"), "line"),
        "another price": (more("products", 0, "price"), "line"),
        "a lost address": (at("order", "address", to="-"), "address"),
        "another city": (at("order", "city", to="-"), "city"),
        "a lost name": (at("order", "firstname"), "name"),
        "another e-mail": (at("order", "email", to="x@shop.example"), "email"),
        "a lost phone": (at("order", "phone"), "phone"),
        "a lost code": (at("order", "discount_code"), "codes"),
        "another key": (at("order", "order_no", to="1002"), "key"),
        "a lost discount": (at("order", "discount", to="0"), "discount"),
        "a lost service": (at("order", "fees", to="0"), "fees"),
    },
    "shopscript": {
        "a sum off by 0.10": (more("total"), "sum"),
        "another quantity": (at("items", "1", "quantity", to="3.000"), "line"),
        "another price": (more("items", "2", "price"), "line"),
        "a lost line": (without("items", "1"), "line"),
        "a lost service": (without("items", "3"), "service"),
        "a lost customer": (at("customer", to={}), "first_name"),
        "a lost e-mail": (at("customer", "email"), "email"),
        "a lost address": (without("params", "shipping_address.street"), "shipping_address.street"),
        "a lost country": (without("params", "billing_address.country"), "billing_address.country"),
        "a lost attribute": (without("params", "Wrap"), "attribute Wrap"),
        "a cut attribute": (at("params", "Engraving", to="For Gr"), "attribute Engraving"),
        "another currency": (at("currency", to="USD"), "currency"),
        "a currency that is worth nothing": (at("rate", to="0.00000000"), "rate"),
        "a lost comment": (at("comment"), "comment"),
        "shipping of nothing": (at("shipping", to="0.0000"), "shipping"),
        "a lost discount": (at("discount", to="0.0000"), "discount"),
        "another state": (at("state_id", to="new"), "state"),
        "a lost receiver": (at("params", "ordercast_recipient", to="Kim"), "recipient"),
        "a lost tax": (at("params", "ordercast_tax", to="1.00"), "param tax"),
        "lost tracking": (at("params", "ordercast_tracking", to="TR-1"), "tracking"),
        "another order's number": (at("params", "ordercast_number", to="1002"), "key"),
    },
    "orderdesk": {
        "a sum off by 0.10": (more("order_total"), "sum"),
        "shipping of nothing": (at("shipping_total", to=0), "shipping"),
        "a tax that is none": (at("tax_total", to=3), "tax"),
        "a fee that nobody asked for": (more("handling_total"), "rounding"),
        "a lost line": (without("order_items", 0), "line"),
        "a line twice": (doubled("order_items"), "line"),
        "another name": (at("order_items", 0, "name", to="Cup"), "line"),
        "another price": (more("order_items", 1, "price"), "line"),
        "a lost variation": (at("order_items", 0, "variation_list", to=[]), "variation"),
        "a lost weight": (at("weight_total", to=0), "weight"),
        "another date": (at("date_added", to="2026-11-22 09:00:00"), "date"),
        "a lost discount": (at("discount_list", to=[]), "discount"),
        "a lost address": (at("shipping", "address1"), "shipping address1"),
        "a lost second line": (at("customer", "address2"), "customer address2"),
        "a lost name": (at("shipping", "first_name"), "shipping first_name"),
        "a lost e-mail": (at("email"), "email"),
        "a lost attribute": (without("checkout_data", "Wrap"), "attribute Wrap"),
        "a lost comment": (without("checkout_data", "Comment"), "attribute Comment"),
        "lost metadata": (without("order_metadata", "campaign"), "metadata"),
        "a lost shipment": (without("order_shipments", 0), "shipments"),
        "another payment": (at("payment_status", to="Pending"), "payment status"),
        "another key": (at("source_id", to="1002"), "key"),
    },
    "openbizbox": {
        "a sum off by 0.10": (more("total_with_tax"), "sum"),
        "a lost line": (without("lines", "products", 0), "line"),
        "a line twice": (doubled("lines", "products"), "line"),
        "another quantity": (at("lines", "products", 0, "quantity", to=3), "line"),
        "another price": (more("lines", "products", 1, "price"), "line"),
        "another weight": (at("lines", "products", 0, "weight", to="9.0"), "weight"),
        "shipping of nothing": (without("lines", "shipping"), "shipping"),
        "a lost discount": (without("lines", "discounts"), "discount"),
        "a lost service": (without("lines", "fees"), "fee"),
        "a lost address": (at("shipping_address", "street"), "shipping address street"),
        "another country": (at("billing_address", "country", to=[]), "billing address country"),
        "a lost name": (at("customer", "name"), "name"),
        "a lost phone": (at("billing_address", "phone"), "phone"),
        "another e-mail": (at("customer", "email", to="x@shop.example"), "email"),
        "another currency": (at("currency", "code", to="DKK"), "currency"),
        "a lost comment": (at("comment"), "comment"),
        "another key": (at("key", to="1002"), "key"),
        "another date": (at("created_at", to="2026-11-20T09:00:00+0000"), "created at"),
    },
    "webhook": {
        "a sum off by 0.10": (more("order", "totals", "grand"), "body"),
        "a lost line": (without("order", "items", 0), "body"),
        "a lost address": (without("order", "billing_address"), "body"),
        "a lost attribute": (without("order", "attributes", "Wrap"), "body"),
        "another key": (at("key", to="1002"), "key"),
    },
}
