"""vendor at the simulated vendors, over real HTTP: whatever a kind says that it can be asked is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas.delivery import Link
from tests.conformance.account import Account
from tests.conformance.orders import created
from worker.ops.cli import cli
from worker.ops.local import sandbox_process as stand
from worker.ops.local.config_file import write_with
from worker.providers.http import Driver
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox

ASKED = ("shopscript", "orderdesk", "openbizbox")
NOBODYS_ORDER = "999999"
every_kind = pytest.mark.parametrize("kind", ASKED)


class Played:
    """Commands with one account of each kind at its simulated vendor."""

    def __init__(self, sandbox: Sandbox, config: Path, driver: Driver) -> None:
        self.sandbox = sandbox
        self.config = config
        self.driver = driver

    def save(self, kind: str, count: int = 1) -> list[Link]:
        """Orders that are there, and what was learned of them."""
        account = Account(kind, self.sandbox, self.driver)
        return [account.save(created(number=str(1001 + n))) for n in range(count)]

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), "vendor", *words])

    def json(self, *words: str) -> Any:
        ran = self.run(*words)
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    driver = Driver()
    with Sandbox(load_vendors(per_second=1e6, burst=1_000_000)) as sandbox:
        config = write_with(tmp_path / "ordercast.toml", {}, stand.accounts(sandbox.url, tmp_path))
        yield Played(sandbox, config, driver)
    driver.close()


@every_kind
def test_an_order_and_the_orders_can_be_asked_for(played: Played, kind: str) -> None:
    questions = {one["question"]: one for one in played.json(kind, "--json")}
    assert questions["order"]["takes_id"]
    assert not questions["orders"]["takes_id"]
    assert questions["orders"]["filters"]
    said = [one["about"] for one in questions.values()] + list(questions["orders"]["filters"].values())
    assert "" not in said


@every_kind
def test_one_order_is_the_one_that_was_saved(played: Played, kind: str) -> None:
    [link] = played.save(kind)
    assert link.order_id is not None
    assert holds(played.json(kind, "order", link.order_id), link.order_id)


@every_kind
def test_all_orders_are_listed_over_the_pages_and_no_more_than_are_wanted(played: Played, kind: str) -> None:
    links = played.save(kind, 3)
    rows = played.json(kind, "orders")
    assert len(rows) == 3
    assert [any(holds(row, str(link.order_id)) for row in rows) for link in links] == [True] * 3
    assert len(played.json(kind, "orders", "--limit", "2")) == 2


@every_kind
def test_an_order_that_is_not_there_is_exit_3_with_a_sentence(played: Played, kind: str) -> None:
    ran = played.run(kind, "order", NOBODYS_ORDER)
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("Error: ")
    assert ran.stderr.endswith(".\n")


@every_kind
def test_no_question_changes_anything_or_shows_a_secret(played: Played, kind: str) -> None:
    """Each of them, with the order's id where it takes one."""
    [link] = played.save(kind)
    before = played.sandbox.vendor(kind).orders()
    for question in played.json(kind, "--json"):
        words = [link.order_id] if question["takes_id"] else []
        ran = played.run(kind, question["question"], *words)
        assert ran.exit_code in {0, 3}, (question, ran.output)
        assert not [secret for secret in secrets(kind) if secret in ran.output], question
    assert played.sandbox.vendor(kind).orders() == before


@every_kind
def test_the_test_is_passed_by_the_right_credentials_alone(played: Played, kind: str, tmp_path: Path) -> None:
    passed = played.run(kind, "test")
    assert (passed.exit_code, passed.stdout.count("\n")) == (0, 1)
    for file in tmp_path.glob(f"{kind}.*"):
        if file.name.endswith(("key", "token", "secret")):
            file.write_text("nobodys-key")
    failed = played.run(kind, "test")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "nobodys-key" not in failed.output


def holds(tree: Any, order_id: str) -> bool:
    """Whether this id stands anywhere in an answer."""
    if isinstance(tree, dict):
        return any(holds(branch, order_id) for branch in tree.values())
    if isinstance(tree, list):
        return any(holds(branch, order_id) for branch in tree)
    return str(tree) == order_id


def secrets(kind: str) -> list[str]:
    keys = stand.test_keys()[kind]
    return [key for name, key in keys.items() if name not in {"store_id", "client_id"}]


def test_what_opens_a_shops_payment_links_is_masked(played: Played) -> None:
    """F29: getInfo shows the order's own keys, by which the shop makes links for its buyer."""
    [link] = played.save("shopscript")
    params = played.json("shopscript", "order", str(link.order_id), "--json")["params"]
    assert {params[name] for name in ("entropy", "auth_code", "auth_pin")} == {"***"}
    assert params["ordercast_number"] == "1001"
