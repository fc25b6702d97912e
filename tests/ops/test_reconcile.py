"""reconcile: asked of a vendor over real HTTP, told in one word an order, healed by the lane."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.fakes.reconciled import THREE, Reconciled, three_orders
from tests.fakes.scheduled import DAY_S, Scheduled
from worker.ledger.provider_table import apply_table
from worker.ops.cli import cli
from worker.ops.local import sandbox_process as stand
from worker.ops.local.config_file import write_with


@pytest.fixture
def there(clean_store: str) -> Iterator[Reconciled]:
    with three_orders(clean_store) as made:
        yield made


def run(there: Reconciled, url: str, folder: Path, *words: str, code: int) -> Any:
    config = write_with(
        folder / "ordercast.toml", {"store": {"url": url}}, stand.accounts(there.account.sandbox.url, folder)
    )
    ran = CliRunner().invoke(cli, ["--config", str(config), *words, "--json"])
    assert ran.exit_code == code, ran.output
    return json.loads(ran.stdout)


def test_what_a_vendor_lacks_is_told_with_exit_code_4_and_healed(
    there: Reconciled, clean_store: str, tmp_path: Path
) -> None:
    there.delete(THREE[1])
    asked = ("reconcile", "orderdesk", "--since", "2d", "--yes", "--rate", "50")
    told = run(there, clean_store, tmp_path, *asked, code=4)
    assert sorted(one["result"] for one in told["results"]) == ["listed", "missing", "same", "same"]
    assert there.ledger.row("orderdesk").pending == 0
    told = run(there, clean_store, tmp_path, *asked, "--heal", "--why", "deleted by mistake", code=0)
    assert sorted(one["result"] for one in told["results"]) == ["listed", "same", "same", "sent_again"]
    apply_table(there.ledger.store, there.ledger.configs, "here")
    there.work(1)
    assert there.keys() == 3
    [deed] = [one for one in run(there, clean_store, tmp_path, "log", code=0) if one["why"] == "deleted by mistake"]
    assert deed["verb"] == "reconcile"
    assert "heal=yes" in deed["what"]


def test_status_and_its_condition_tell_what_a_scheduled_one_has_found(
    there: Reconciled, clean_store: str, tmp_path: Path
) -> None:
    there.delete(THREE[0])
    scheduled = Scheduled(there)
    scheduled.worker().look()
    scheduled.worked("j1")
    told = run(there, clean_store, tmp_path, "status", "--fail-on", "differs,held", code=5)
    [row] = told["schedules"]
    assert (row["provider"], row["job"], row["missing"], row["waits"]) == ("orderdesk", "j1", 1, None)
    [failure] = told["failures"]
    assert (failure["condition"], failure["provider"]) == ("differs", "orderdesk")
    assert "was asked for 3 orders at" in failure["message"]
    assert ": 1 missing there. `ordercast job j1` says which and how." in failure["message"]
    [job] = run(there, clean_store, tmp_path, "jobs", code=0)
    assert (job["who"], job["why"], job["scheduled"]) == ("a schedule", "scheduled: every 24 h", True)
    there.ledger.pause("orderdesk", who="ann", why="w", at_ms=0)
    there.ledger.advance(2 * DAY_S)
    scheduled.worker().look()
    config = write_with(
        tmp_path / "ordercast.toml",
        {"store": {"url": clean_store}},
        stand.accounts(there.account.sandbox.url, tmp_path),
    )
    said = CliRunner().invoke(cli, ["--config", str(config), "status"]).output
    assert "The reconciliation of orderdesk is due and waits: the provider is paused." in said
    assert "1 missing there" in said


def test_a_dry_run_counts_and_asks_nothing(there: Reconciled, clean_store: str, tmp_path: Path) -> None:
    told = run(there, clean_store, tmp_path, "reconcile", "orderdesk", "--since", "2d", "--dry-run", code=0)
    assert (told["matched"], told["dry_run"]) == (4, True)
    assert run(there, clean_store, tmp_path, "jobs", code=0) == []
