"""A shop whose token's user sees no orders: whoever sets it up hears so, before an order is made that nobody finds again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ops import Ops
from worker.ops.local.config_file import write_with
from worker.ops.local.sandbox_process import accounts
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox
from worker.sandbox.shopscript import ACCESS_TOKEN, SimulatedShopScript

SAID = "give the user full access to orders there"


def configure(ops: Ops, sandbox: Sandbox) -> None:
    played = accounts(sandbox.url, ops.config.parent / "keys")
    write_with(ops.config, {}, played, store={"url": ops.ledger.store.url})


@pytest.fixture
def blind(ops: Ops) -> Iterator[Ops]:
    """Commands with all simulated vendors, of which the shop shows its orders to nobody with our token."""
    others = [vendor for vendor in load_vendors() if vendor.kind != "shopscript"]
    with Sandbox([*others, SimulatedShopScript(blind=frozenset({ACCESS_TOKEN}))]) as sandbox:
        configure(ops, sandbox)
        yield ops


@pytest.fixture
def seeing(ops: Ops) -> Iterator[Ops]:
    """The same with a shop that shows them."""
    with Sandbox(load_vendors()) as sandbox:
        configure(ops, sandbox)
        yield ops


def test_check_fails_where_the_shops_user_sees_no_orders_and_says_what_to_give(blind: Ops) -> None:
    found = blind.json("check", code=1)
    [failed] = [one for one in found if one["level"] == "fail"]
    assert failed["what"] == "provider shopscript"
    assert SAID in failed["message"]


def test_the_vendors_test_fails_there_too(blind: Ops) -> None:
    ran = blind.run("vendor", "shopscript", "test")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert SAID in ran.stderr


def test_both_pass_where_the_user_sees_them(seeing: Ops) -> None:
    assert "fail" not in {one["level"] for one in seeing.json("check")}
    assert seeing.run("vendor", "shopscript", "test").exit_code == 0
