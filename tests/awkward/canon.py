"""What the pages of the mapping take from an order's JSON: who buys, where to, which lines, which codes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from schemas.countries import ALPHA3
from tests.awkward.sums import Json, discounts_of, line_total

NAMES = ("first_name", "last_name")
LINES = ("address1", "address2", "address3", "address4")


@dataclass(frozen=True)
class Bought:
    """One line that is bought: an item with a quantity, or one of its services, ``of`` whom it is."""

    id: str
    name: str
    quantity: Decimal
    price: Decimal
    total: Decimal
    off: Decimal
    item: Json


def bought(order: Json) -> list[Bought]:
    """The items; one of quantity 0 is gone."""
    return [
        Bought(
            item["id"],
            item["name"],
            Decimal(item["quantity"]),
            Decimal(item["unit_price"]),
            line_total(item),
            discounts_of(item),
            item,
        )
        for item in order["items"]
        if Decimal(item["quantity"])
    ]


def services(order: Json) -> list[Bought]:
    """The services of all items, each as many as of its item; ``item`` is the service."""
    return [
        Bought(
            one.id,
            service.get("name", ""),
            one.quantity,
            Decimal(service["price"]),
            one.quantity * Decimal(service["price"]),
            Decimal(service.get("discount_total", 0)),
            service,
        )
        for one in bought(order)
        for service in one.item.get("services", ())
    ]


def parts(order: Json) -> list[Json]:
    """Buyer, billing address, shipping address; an empty one where there is none."""
    return [order.get(name) or {} for name in ("customer", "billing_address", "shipping_address")]


def person(order: Json) -> Json:
    """The first of the buyer and the two addresses that names a person."""
    return next((part for part in parts(order) if any(part.get(name) for name in NAMES)), {})


def both_names(order: Json) -> tuple[str, str]:
    """First and last name for a vendor that wants both: one stands for both, a company where there is no person."""
    found = person(order)
    company = next((part["company"] for part in parts(order) if part.get("company")), "")
    first, last = found.get("first_name", ""), found.get("last_name", "")
    return first or last or company, last or first or company


def whole_name(part: Json) -> str:
    """First and last name, else the company."""
    return " ".join(part[name] for name in NAMES if part.get(name)) or part.get("company", "")


def first_of(name: str, *of: Json) -> str:
    return next((str(part[name]) for part in of if part.get(name)), "")


def street(address: Json) -> str:
    return ", ".join(address[line] for line in LINES if address.get(line))


def alpha3(address: Json) -> str:
    return ALPHA3[address["country"]] if address.get("country") else ""


def codes(order: Json, *, allocated: bool | None = None) -> list[str]:
    """Every discount's code once; of those alone that are allocated, or are not, where that is asked for."""
    asked = [
        one["code"]
        for one in order.get("discounts", ())
        if one.get("code") and allocated in (None, one.get("allocated", False))
    ]
    return list(dict.fromkeys(asked))
