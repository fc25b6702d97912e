"""Goods by weight: what the vendor comes to is what the buyer paid, to the cent. After opensourcepos #234."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.cases.telling import KINDS, events, house, tell
from tests.fakes.house import House

PAID = {"32601": Decimal("35.07"), "32611": Decimal("99.99")}
TOTALS = {
    "retargeting": lambda order: order["order"]["total"],
    "shopscript": lambda order: order["total"],
    "orderdesk": lambda order: order["order_total"],
    "openbizbox": lambda order: order["total_with_tax"],
    "webhook": lambda order: order["order"]["totals"]["grand"],
}
ARTICLES = {"32601": ["11", "12"], "32611": ["11"]}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("fractions")) as started:
        tell(started, *events("26-fractions"), *events("26-fractions-2"))
        yield started


@pytest.mark.parametrize("kind", KINDS)
def test_every_vendor_comes_to_what_the_buyer_paid_to_the_cent(told: House, kind: str) -> None:
    assert {order["key"]: Decimal(str(TOTALS[kind](order))) for order in told.orders(kind)} == PAID


def test_the_parts_of_an_order_at_retargeting_come_to_its_total(told: House) -> None:
    for order in told.orders("retargeting"):
        lines = sum(Decimal(line["quantity"]) * Decimal(line["price"]) for line in order["products"])
        sent = {name: Decimal(order["order"][name]) for name in ("shipping", "fees", "discount", "rebates")}
        parts = lines + sent["shipping"] + sent["fees"] - sent["discount"] - sent["rebates"]
        assert abs(parts - PAID[order["key"]]) <= Decimal("0.0001")


@pytest.mark.parametrize("number", PAID)
def test_every_line_is_there_under_its_own_product(told: House, number: str) -> None:
    shop = next(order for order in told.orders("shopscript") if order["key"] == number)
    desk = next(order for order in told.orders("orderdesk") if order["key"] == number)
    assert [line["product_id"] for line in shop["items"].values()] == ARTICLES[number]
    assert len(desk["order_items"]) == len(ARTICLES[number])


@pytest.mark.parametrize("kind", KINDS)
def test_both_orders_are_delivered(told: House, kind: str) -> None:
    assert [one.state.value for one in told.deliveries(provider=kind)] == ["delivered", "delivered"]
