"""A range of ids is kept for whole order numbers, and a replacement order has a letter in its number.

It takes the next id of that range, and the regular order that should have had it arrives all the same. After magento2
#33457.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from tests.cases.telling import KINDS, events, house, of_buyer, remark, states, tell
from tests.fakes.house import House
from worker.ops.cli import cli

BUYERS = {"first@example.com": "20.00", "replacement@example.com": "50.00", "second@example.com": "70.00"}
PIECES = {"first@example.com": 2, "replacement@example.com": 5, "second@example.com": 7}
TAKEN = 5_032_802
"""The offset and 32802: the shop gives it to the order that came before."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("range")) as started:
        tell(started, *events("28-own-number-range"), *events("28-own-number-range-2"))
        yield started


@pytest.mark.parametrize("kind", KINDS)
def test_every_order_arrives_at_every_vendor(told: House, kind: str) -> None:
    assert [one.state.value for one in told.deliveries(provider=kind)] == ["delivered"] * 3
    assert len(told.orders(kind)) == 3


@pytest.mark.parametrize("email", BUYERS)
def test_each_order_at_openbizbox_is_its_own_buyers(told: House, email: str) -> None:
    order = of_buyer(told.orders("openbizbox"), email)
    assert order["total_with_tax"] == BUYERS[email]
    assert [line["quantity"] for line in order["lines"]["products"]] == [PIECES[email]]


def test_an_id_that_is_taken_costs_the_id_and_the_delivery_says_so(told: House) -> None:
    held = told.orders("openbizbox")
    ids = {email: of_buyer(held, email)["id"] for email in BUYERS}
    assert ids["first@example.com"] == 5_032_801
    assert ids["replacement@example.com"] == TAKEN
    assert ids["second@example.com"] not in (5_032_801, TAKEN)
    assert states(told, "28-c")["openbizbox"] == ("delivered", "remark")
    assert str(TAKEN) in remark(told, "28-c", "openbizbox")


def test_the_order_without_its_id_is_known_by_its_mark(told: House) -> None:
    assert sorted(order["key"] for order in told.orders("openbizbox")) == ["32801", "32801-R", "32802"]
    assert "[ordercast shop/one#32802]" in of_buyer(told.orders("openbizbox"), "second@example.com")["comment"]


def test_both_kinds_of_number_beside_an_offset_are_a_warning_of_the_check(told: House) -> None:
    command = ["--config", str(told.directory / "ordercast.toml"), "check"]
    lines = CliRunner().invoke(cli, command, env=told.environ).stdout.splitlines()
    [warning] = [line for line in lines if line.startswith("warn\tprovider openbizbox")]
    assert "order_id_offset" in warning
