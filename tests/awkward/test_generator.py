"""The orders that are tried: valid, always the same, and of every kind that they are meant to be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from schemas.event import event_document
from schemas.loading import load_event
from tests.awkward.orders import awkward, cancelled, changed, noted
from tests.awkward.sums import Json, line_total, sums_of, unexplained
from tests.fakes.bodies import NOW

MANY = 400


@pytest.fixture(scope="module")
def orders() -> list[Json]:
    return [awkward(number)["data"]["order"] for number in range(MANY)]


@pytest.mark.parametrize("make", [awkward, changed, cancelled, noted])
def test_the_door_takes_every_awkward_event(make: Callable[[int], Json]) -> None:
    for number in range(MANY):
        event = load_event(make(number), now=NOW)
        assert event.subject == awkward(number)["subject"]


def test_the_same_number_makes_the_same_order_and_another_makes_another() -> None:
    assert json.dumps(awkward(7)) == json.dumps(awkward(7))
    assert len({json.dumps(awkward(number)) for number in range(50)}) == 50


def test_the_sums_that_a_comparison_goes_by_are_those_that_the_door_fills_in(orders: list[Json]) -> None:
    for number, order in enumerate(orders):
        filled = event_document(load_event(awkward(number), now=NOW))["data"]["order"]["totals"]
        for name, amount in sums_of(order).__dict__.items():
            assert abs(Decimal(filled[name]) - amount) < Decimal("0.000001"), (number, name)


def test_what_an_order_leaves_unexplained_is_a_rounding() -> None:
    assert unexplained({"items": [{"quantity": "3", "unit_price": "3.33"}], "totals": {"grand": "10.00"}}) == Decimal(
        "0.01"
    )


def test_every_awkward_kind_is_among_the_orders(orders: list[Json]) -> None:
    seen = Counter(trait for order in orders for trait in traits(order))
    assert not TRAITS.keys() - seen.keys(), seen


TRAITS: dict[str, Callable[[Json], bool]] = {
    "weighed to six decimals": lambda o: any(len(i["quantity"].partition(".")[2]) == 6 for i in o["items"]),
    "a hundred thousand pieces": lambda o: any(i["quantity"] == "100000" for i in o["items"]),
    "a line's own sum": lambda o: any("subtotal" in i for i in o["items"]),
    "a price finer than four decimals": lambda o: any(len(i["unit_price"].partition(".")[2]) > 4 for i in o["items"]),
    "no decimals": lambda o: o["currency"] in ("JPY", "KRW", "CLP"),
    "three decimals": lambda o: o["currency"] in ("KWD", "BHD", "TND"),
    "tax in": lambda o: bool(o["totals"].get("tax_included")),
    "tax out": lambda o: not o["totals"].get("tax_included") and any("tax_rate" in i for i in o["items"]),
    "several rates": lambda o: len({i.get("tax_rate") for i in o["items"]}) > 1,
    "tax on shipping": lambda o: "tax_rate" in o.get("shipping", {}),
    "discount of a line": lambda o: any("discount_total" in i for i in o["items"]),
    "discount of the order": lambda o: any(not d.get("allocated") for d in o.get("discounts", ())),
    "allocated discount": lambda o: any(d.get("allocated") for d in o.get("discounts", ())),
    "discount above the goods": lambda o: any(d.get("code") == "ALL-FREE" for d in o.get("discounts", ())),
    "fee below zero": lambda o: any(f["amount"].startswith("-") for f in o.get("fees", ())),
    "handling": lambda o: "handling" in o["totals"],
    "rebates": lambda o: "rebates" in o["totals"],
    "rounded up": lambda o: Decimal(o["totals"].get("rounding", 0)) > 0,
    "rounded down": lambda o: Decimal(o["totals"].get("rounding", 0)) < 0,
    "payment fee": lambda o: "fee" in o.get("payment", {}),
    "two variants of one service": lambda o: any(len(i.get("services", ())) == 2 for i in o["items"]),
    "discount of a service": lambda o: any("discount_total" in s for i in o["items"] for s in i.get("services", ())),
    "free line": lambda o: any(line_total(i) == 0 for i in o["items"]),
    "hundred lines": lambda o: len(o["items"]) >= 100,
    "the same line twice": lambda o: len({_bare(i) for i in o["items"]}) < len(o["items"]),
    "long product name": lambda o: any(len(i["name"]) > 255 for i in o["items"]),
    "beyond the BMP": lambda o: any(max(n) > "\uffff" for n in _names(o)),
    "name above fifty": lambda o: any(len(n) > 50 for n in _names(o)),
    "attributes alike but for case": lambda o: "Size" in o.get("attributes", {}) and "size" in o.get("attributes", {}),
    "attribute in Cyrillic": lambda o: any("\u0430" <= n[-1] <= "\u044f" for n in o.get("attributes", {})),
    "long attribute": lambda o: any(len(value) > 255 for value in o.get("attributes", {}).values()),
    "reserved attribute": lambda o: any(n in o.get("attributes", {}) for n in ("ip", "storefront", "manager_contact_id")),
    "two addresses": lambda o: "billing_address" in o and "shipping_address" in o,
    "no address": lambda o: "billing_address" not in o and "shipping_address" not in o,
    "company alone": lambda o: "company" in o.get("customer", {}) and "last_name" not in o["customer"],
    "no e-mail": lambda o: "email" not in o.get("customer", {}),
    "comment of kilobytes": lambda o: len(o.get("comment", "")) > 2000,
    "comment beyond 65,535 bytes": lambda o: len(o.get("comment", "").encode()) > 65_535,
    "stock of a line": lambda o: any("stock_id" in i for i in o["items"]),
    "several shipments": lambda o: len(o.get("shipments", ())) > 1,
    "refs": lambda o: "refs" in o,
}  # fmt: skip


def traits(order: Json) -> Iterator[str]:
    return (name for name, is_so in TRAITS.items() if is_so(order))


def test_an_update_of_an_awkward_order_takes_lines_away_by_a_quantity_of_zero() -> None:
    gone = [
        item for number in range(60) for item in changed(number)["data"]["order"]["items"] if item["quantity"] == "0"
    ]
    assert len(gone) > 10


def _bare(item: Json) -> str:
    return json.dumps({name: value for name, value in item.items() if name != "id"})


def _names(order: Json) -> list[str]:
    """What the buyer is called."""
    parties = [order.get(part, {}) for part in ("customer", "billing_address", "shipping_address")]
    return [party[name] for party in parties for name in ("first_name", "last_name") if name in party]
