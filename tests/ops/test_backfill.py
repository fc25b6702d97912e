"""backfill: counted, asked, followed, and told with its coverage."""

from __future__ import annotations

from schemas.delivery import delivery_id
from tests.fakes.ledger import SOURCE, snapshot
from worker.ledger.provider_table import apply_table, remove_provider

WHY = ("--yes", "--why", "new account")


def missed(ops, *events) -> None:
    """Events that came in while the second provider was not there."""
    configs = ops.ledger.configs
    remove_provider(ops.ledger.store, "two")
    ops.ledger.furnish = lambda: None
    ops.ledger.intake = type(ops.ledger.intake)(ops.ledger.store)
    ops.ledger.accept(*events)
    apply_table(ops.ledger.store, configs, "again")


def test_a_backfill_tells_its_coverage_and_is_on_record(ops, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    missed(ops, snapshot("e1"), snapshot("f1", "1002"), snapshot("g1", "1003", test=True))
    told = ops.json("backfill", "two", *WHY)
    assert (told["matched"], told["done"], told["failed"], told["job"]) == (2, 2, 0, "j1")
    assert told["coverage"] == {"orders": 3, "not_wanted": 1, "added": 2}
    assert {one["id"]: one["result"] for one in told["results"]} == {
        delivery_id("two", SOURCE, "e1"): "added",
        delivery_id("two", SOURCE, "f1"): "added",
    }
    [deed, *_] = ops.json("log")
    assert (deed["who"], deed["verb"], deed["why"]) == ("ada", "backfill", "new account")
    assert deed["what"].startswith("2: provider=two job=j1")
    assert [one["state"] for one in ops.json("deliveries", "--provider", "two")] == ["pending", "pending"]


def test_a_backfill_of_what_is_all_there_ends_well_and_says_so(ops):
    ops.ledger.accept(snapshot("e1"))
    assert ops.json("backfill", "two", *WHY)["coverage"] == {"orders": 1, "already_there": 1}


def test_a_dry_run_counts_and_changes_nothing(ops):
    missed(ops, snapshot("e1"), snapshot("f1", "1002"))
    told = ops.json("backfill", "two", "--order", "1002", "--dry-run")
    assert (told["matched"], told["dry_run"], told["coverage"]) == (1, True, {"orders": 1})
    assert ops.json("deliveries", "--provider", "two") == []
    assert ops.json("jobs") == []


def test_an_unknown_and_a_removed_provider_are_named(ops):
    assert "There is no provider 'six' in the ledger; there is one, two." in ops.error("backfill", "six", *WHY, code=2)
    remove_provider(ops.ledger.store, "two")
    assert "Provider 'two' was removed" in ops.error("backfill", "two", *WHY, code=2)


def test_a_backfill_without_a_reason_or_a_yes_is_not_begun(ops):
    assert "Say why with --why TEXT: a backfill goes on record." in ops.error("backfill", "two", "--yes", code=2)
    assert "add --yes to backfill" in ops.error("backfill", "two", "--why", "x", code=2)


def test_what_cannot_be_compared_is_said_before_anything_is_asked(ops):
    said = ops.error("reconcile", "one", "--since", "2d", *WHY, code=2)
    assert "cannot be asked for its orders" in said
    assert "Say since when" in ops.error("reconcile", "one", *WHY, code=2)
    assert "Say why" in ops.error("reconcile", "one", "--since", "2d", "--heal", "--yes", code=2)
