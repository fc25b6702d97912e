"""Buyer and addresses at Order Desk. Source: docs/fields/orderdesk.md, "Addresses"."""

from __future__ import annotations

from collections.abc import Iterator

from tests.awkward.canon import NAMES, first_of, parts
from tests.awkward.differences import Difference, text
from tests.awkward.sums import Json

PLACE = ("city", "state", "postal_code", "country")


def people(order: Json, held: Json) -> Iterator[Difference]:
    customer = parts(order)[0]
    yield from text(customer.get("email"), held["email"], "email", "e-mail")
    yield from text(customer.get("id"), held["customer_id"], "customer id")
    yield from text(customer.get("ip_address"), held["ip_address"], "ip address")
    yield from _block("customer", _buyer(order), held["customer"])
    yield from _block("shipping", _receiver(order), held["shipping"])


def _buyer(order: Json) -> Json:
    """The buyer's own names, else those of an address; the place of the bill, else of the parcel."""
    customer, billing, shipping = parts(order)
    place = billing or shipping
    rest = ", ".join(place[line] for line in ("address2", "address3", "address4") if place.get(line))
    return {
        **_names(order, customer, billing, shipping),
        "company": first_of("company", customer, billing),
        "address1": place.get("address1", ""),
        "address2": rest,
        **{name: place.get(name, "") for name in PLACE},
        "phone": first_of("phone", customer, place),
    }


def _receiver(order: Json) -> Json:
    """The parcel's address, else the bill's, under the buyer's names where it has none."""
    customer, billing, shipping = parts(order)
    place = shipping or billing
    lines = {f"address{line}": place.get(f"address{line}", "") for line in range(1, 5)}
    return {
        **_names(order, place, customer, billing, shipping),
        "company": place.get("company", ""),
        **lines,
        **{name: place.get(name, "") for name in PLACE},
        "phone": place.get("phone", ""),
    }


def _names(order: Json, *of: Json) -> Json:
    """The names of the first who has any; one stands for both where no company does."""
    found = next((part for part in of if any(part.get(name) for name in NAMES)), {})
    first, last = (found.get(name, "") for name in NAMES)
    if any(part.get("company") for part in parts(order)):
        return {"first_name": first, "last_name": last}
    return {"first_name": first or last, "last_name": last or first}


def _block(where: str, wanted: Json, held: Json) -> Iterator[Difference]:
    for name, value in wanted.items():
        if where == "shipping" and not any(wanted[part] for part in wanted if part not in (*NAMES, "company")):
            continue  # without an address the vendor copies the buyer's, whatever it was sent
        yield from text(value, held.get(name), f"{where} {name}")
