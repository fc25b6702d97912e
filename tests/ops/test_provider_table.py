"""The provider table from the command line: what differs, what is applied, and what is removed by name."""

from __future__ import annotations

import pytest

from schemas.config import Config
from tests.fakes.ledger import snapshot
from tests.fakes.ops import PROVIDER, Ops
from tests.fakes.terminal import on_terminal
from worker.ledger.provider_rows import read_table
from worker.ledger.provider_table import apply_table
from worker.ledger.worker_facts import WorkerFacts
from worker.ops.cli.wording import CommandWording
from worker.ops.desk.provider_table import ProviderTable
from worker.settings import config_digest, load_settings
from worker.settings.author import Author

ANNA = Author("anna@host-a", "0.1", "/etc/ordercast.toml", "check --apply")


@pytest.fixture
def applied(ops: Ops) -> Ops:
    """The ledger works by the configuration, which has the providers one and two."""
    apply_file(ops)
    return ops


def apply_file(ops: Ops) -> Config:
    config = load_settings(str(ops.config))
    apply_table(ops.ledger.store, config.providers, config_digest(config), ANNA)
    return config


def configure(ops: Ops, *names: str, more: str = "") -> None:
    """Write the configuration anew with these providers."""
    secret = ops.config.parent / "secret"
    accounts = "".join(PROVIDER.format(name=name, secret=secret) + more for name in names)
    ops.config.write_text(f'[store]\nurl = "{ops.ledger.store.url}"\n{accounts}')


def live(ops: Ops) -> list[str]:
    return [row.name for row in read_table(ops.ledger.store).rows if not row.gone]


def said(ops: Ops, *words: str, code: int) -> list[str]:
    """What `check` finds of the provider table."""
    found = [one for one in ops.json("check", *words, code=code) if one["what"] == "provider table"]
    return [f"{one['level']}: {one['message']}" for one in found]


def test_what_would_be_removed_is_left_and_named_unless_it_is_confirmed(applied: Ops) -> None:
    configure(applied, "one", "three")
    left, differs = said(applied, "--apply", code=1)
    assert left.startswith("fail: Not in this configuration, and left in the ledger: two.")
    assert f"`ordercast --config {applied.config} providers remove two --yes --why TEXT`" in left
    assert differs.startswith("warn: two: your file does not have it.")
    assert live(applied) == ["one", "two", "three"]
    [well] = said(applied, "--apply", "--yes", code=1)  # the providers cannot be reached
    assert well.startswith("ok: ")
    assert live(applied) == ["one", "three"]


@pytest.mark.parametrize("more", [["--yes"], []])
def test_a_file_without_providers_wipes_nothing_even_where_it_is_confirmed(applied: Ops, more: list[str]) -> None:
    applied.config.write_text("")
    refused = applied.error("check", "--apply", *more, code=78)
    assert "This configuration has no provider, so nothing was applied" in refused
    assert "add [providers.NAME] to the configuration" in refused
    assert live(applied) == ["one", "two"]


def test_an_older_file_is_named_by_its_version_and_applied_only_when_confirmed(applied: Ops) -> None:
    before = applied.config.read_text()
    configure(applied, "one", "two", "three")
    apply_file(applied)
    applied.config.write_text(before)
    *_, differs = said(applied, "--apply", code=1)
    assert "three: your file does not have it." in differs
    assert "This configuration is the one of version 2 (applied 20" in differs
    assert "UTC by anna@host-a); the provider table is at version 3." in differs
    assert live(applied) == ["one", "two", "three"]
    said(applied, "--apply", "--yes", code=1)
    assert live(applied) == ["one", "two"]
    assert read_table(applied.ledger.store).version == 4


def test_diff_shows_what_would_change_and_changes_nothing(applied: Ops) -> None:
    configure(applied, "one", "three", more='events = ["order.created"]\nmax_in_flight = 2\n')
    found = applied.json("providers", "diff")
    assert (found["table"], found["older"]) == (2, None)
    assert [(one["provider"], one["does"], one["asked_for"]) for one in found["changes"]] == [
        ("one", "narrows", True),
        ("one", "changes", False),
        ("three", "adds", False),
        ("two", "removes", True),
    ]
    [narrows, changes, adds, removes] = found["changes"]
    assert narrows["what"] == "events: all → order.created only"
    assert changes["what"] == "max_in_flight: 8 → 2"
    assert (
        adds["todo"] == f"three is not in force yet. Apply it with `ordercast --config {applied.config} check --apply`."
    )
    assert (removes["since"], removes["by"]) == (2, "anna@host-a")
    assert live(applied) == ["one", "two"]
    shown = applied.run("providers", "diff").stdout.splitlines()
    assert len(shown) == 5
    assert shown[1].split("\t")[:2] == ["one", "narrows: events: all → order.created only"]


def test_diff_says_that_nothing_differs(applied: Ops) -> None:
    result = applied.run("providers", "diff")
    assert (result.exit_code, result.stderr) == (0, "Nothing: the table (version 2) is as this configuration.\n")
    assert applied.json("providers", "diff")["changes"] == []


def test_providers_are_removed_by_name_and_it_is_on_record(applied: Ops) -> None:
    applied.ledger.accept(snapshot("e1"))
    assert "Not a terminal: add --yes" in applied.error("providers", "remove", "one", "--why", "gone", code=2)
    assert "there is one, two" in applied.error("providers", "remove", "oen", "--yes", "--why", "gone", code=2)
    assert live(applied) == ["one", "two"]
    assert applied.json("providers", "remove", "one", "two", "--yes", "--why", "gone") == {
        "removed": ["one", "two"],
        "table": 4,
    }
    assert live(applied) == []
    entries = applied.ledger.store.client.xrange(applied.ledger.store.keys.key("audit"))
    assert [(entry[b"verb"], entry[b"what"], entry[b"why"]) for _, entry in entries[-2:]] == [
        (b"table", b"version 3: removes one", b"gone"),
        (b"table", b"version 4: removes two", b"gone"),
    ]
    assert all(b"@" in entry[b"who"] for _, entry in entries[-2:])
    assert [row["pending"] for row in applied.json("status")["providers"]] == [1, 1], "it is still to be delivered"


def test_the_list_of_providers_is_as_it_was(applied: Ops) -> None:
    assert [one["provider"] for one in applied.json("providers")] == ["one", "two"]


def test_on_a_terminal_somebody_is_asked_before_a_provider_is_removed(applied: Ops) -> None:
    configure(applied, "one")
    for answer, left in (("n", ["one", "two"]), ("y", ["one"])):
        _, told = on_terminal(applied, "check", "--apply", typed=f"{answer}\n".encode())
        assert "It removes two" in told
        assert "Apply all of it?" in told
        assert live(applied) == left


def test_who_answers_no_gets_nothing_applied_not_even_what_is_added(applied: Ops) -> None:
    configure(applied, "one", "three")
    code, told = on_terminal(applied, "check", "--apply", typed=b"n\n")
    assert (code, live(applied)) == (1, ["one", "two"])
    assert "Nothing was applied." in told
    assert read_table(applied.ledger.store).version == 2


def test_an_addition_beside_a_narrowing_leaves_the_narrowed_row_as_it_was(applied: Ops) -> None:
    before = read_table(applied.ledger.store).row("one")
    configure(applied, "one", "two", "three", more='events = ["order.created"]\n')
    said(applied, "--apply", code=1)
    assert live(applied) == ["one", "two", "three"]
    assert read_table(applied.ledger.store).row("one") == before
    assert read_table(applied.ledger.store).history[-1].what == "adds three (webhook)"


def test_status_says_in_words_what_the_file_wants_and_what_to_type(applied: Ops) -> None:
    by = Author("anna@host-a", "0.1", str(applied.config), "check --apply")
    before = load_settings(str(applied.config))
    apply_table(applied.ledger.store, before.providers, "other limits", by)
    configure(applied, "one", "two", more='events = ["order.created"]\n')
    program = f"ordercast --config {applied.config}"
    assert (
        f"one: your file wants other events; two: your file wants other events. `{program} providers diff` shows them;"
        f" `{program} check --apply --yes` applies them."
    ) in applied.run("status").stderr


def test_a_removed_provider_that_the_file_still_has_is_told_with_who_removed_it(applied: Ops) -> None:
    applied.json("providers", "remove", "two", "--yes", "--why", "the contract has ended")
    told = applied.run("status").stderr
    assert "two was removed by " in told
    assert f"Delete [providers.two] from {applied.config}; or bring it back with" in told
    assert "there is one." not in applied.error("pause", "nosuch", "--why", "x", code=2)
    assert "known are one." in applied.error("pause", "nosuch", "--why", "x", code=2)


def test_status_beside_a_sandbox_names_its_file_and_advises_no_wipe(ops: Ops) -> None:
    played = ops.config.parent / "var" / "sandbox" / "ordercast.toml"
    configure(ops, "one", "two", "three")
    config = load_settings(str(ops.config))
    by = Author("anna@host-a", "0.1", str(played), "ordercast up")
    apply_table(ops.ledger.store, config.providers, config_digest(config), by)
    configure(ops)
    told = ops.run("status").stderr
    assert f"`ordercast --config {played} status` looks with that one" in told
    assert "--apply" not in told
    assert "providers diff` shows what differs, and what to type." in told


def test_other_limits_alone_are_told_apart_from_other_providers(applied: Ops) -> None:
    applied.config.write_text(applied.config.read_text() + "[limits]\nbody_bytes = 2048\n")
    [told] = said(applied, code=1)
    assert "[limits] or [retention] differ" in told


def test_a_file_that_nobody_named_needs_no_name_in_advice(applied: Ops) -> None:
    configure(applied, "one")
    told = (
        ProviderTable(applied.ledger.store, load_settings(str(applied.config)), CommandWording()).diff().changes[0].todo
    )
    assert "`ordercast providers remove two --yes --why TEXT`" in told


def test_the_status_counts_workers_by_table_only_where_they_differ(applied: Ops) -> None:
    applied.ledger.gates.beat("w1@a", WorkerFacts(table=2))
    applied.ledger.gates.beat("w2@a", WorkerFacts(table=2))
    assert "provider table" not in applied.run("status").stderr
    applied.ledger.gates.beat("w1@b", WorkerFacts(table=1))
    assert "of provider table 1 (1) and 2 (2)" in applied.run("status").stderr
    assert {one["table"] for one in applied.json("status")["workers"]} == {1, 2}
