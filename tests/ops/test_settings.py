"""settings: every setting in force, where it comes from, and what the ledger's provider table has otherwise."""

from __future__ import annotations

from typing import Any

from tests.fakes.ops import SECRET, Ops


def rows(ops: Ops, *words: str) -> dict[str, dict[str, Any]]:
    return {f"{one['table']}.{one['key']}": one for one in ops.json("settings", *words)}


def applied(ops: Ops, text: str) -> None:
    """The same providers in a file of these words, after the ledger has taken the file as it was."""
    ops.run("check", "--apply", "--yes")
    ops.config.write_text(text)


def test_every_setting_has_a_value_and_says_where_it_comes_from(ops: Ops) -> None:
    found = rows(ops)
    lines = ops.config.read_text().splitlines()
    url = found["providers.one.base_url"]
    assert (url["by"], url["line"]) == ("file", next(n for n, line in enumerate(lines, 1) if "base_url" in line))
    assert url["origin"] == f"{ops.config.name} line {url['line']}"
    assert (found["retention.dedupe_days"]["value"], found["retention.dedupe_days"]["origin"]) == (400, "default")
    assert found["web.url"]["value"] is None
    assert {"store", "retention", "limits", "web", "providers.one", "providers.two"} <= {
        one["table"] for one in found.values()
    }


def test_a_variable_is_named_and_the_password_of_an_address_is_not_shown(ops: Ops, monkeypatch: Any) -> None:
    monkeypatch.setenv("ORDERCAST_STORE_BROKER_URL", "redis://:hidden-word@127.0.0.1:1/0")
    monkeypatch.setenv("ORDERCAST_LIMITS_MAX_PENDING", "77")
    found = rows(ops, "store", "limits")
    assert (found["limits.max_pending"]["value"], found["limits.max_pending"]["origin"]) == (
        77, "$ORDERCAST_LIMITS_MAX_PENDING",
    )  # fmt: skip
    assert found["store.broker_url"]["by"] == "variable"
    shown = ops.run("settings")
    assert "hidden-word" not in shown.stdout + shown.stderr
    assert "127.0.0.1:1/0" in shown.stdout


def test_of_a_secret_only_what_sets_it_is_shown(ops: Ops, monkeypatch: Any) -> None:
    file = str(ops.config.parent / "secret")
    ops.config.write_text(ops.config.read_text().replace(f'{{ file = "{file}" }}', '{ env = "HOOK_KEY" }', 1))
    monkeypatch.setenv("HOOK_KEY", SECRET)
    found = [one for one in rows(ops, "providers").values() if one["secret"]]
    assert [(one["value"], one["origin"]) for one in found] == [
        (None, "set by $HOOK_KEY"),
        (None, f"set by file {file}"),
    ]
    shown = ops.run("settings")
    assert SECRET.removeprefix("whsec_") not in shown.stdout + shown.stderr
    monkeypatch.delenv("HOOK_KEY")
    assert rows(ops)["providers.one.secret"]["origin"] == "missing: the variable HOOK_KEY is not set"


def test_where_the_provider_table_has_the_same_the_origin_is_the_file_s(ops: Ops) -> None:
    ops.run("check", "--apply", "--yes")
    found = rows(ops)
    assert not [name for name, one in found.items() if one["by"] == "ledger" or one["here_from"]]
    assert found["providers.one.events"]["value"] == ["*"]
    told = dict(line.split("\t")[:2] for line in ops.run("settings").stdout.splitlines())
    assert (told["store.shards"], told["providers.one.events"], told["web.passwords"]) == ("none", "*", "true")


def test_what_the_provider_table_has_otherwise_is_in_force_and_both_are_shown(ops: Ops) -> None:
    before = ops.config.read_text()
    applied(ops, before.replace("[providers.one]", "[providers.one]\nmax_in_flight = 3\nevents = ['order.created']", 1))
    found = rows(ops, "providers.one")
    limit = found["providers.one.max_in_flight"]
    assert (limit["value"], limit["here"], limit["by"]) == (8, 3, "ledger")
    assert limit["origin"].startswith("provider table, version 2 by ")
    assert limit["here_from"] == f"{ops.config.name} line {before.splitlines().index('[providers.one]') + 2}"
    assert found["providers.one.events"]["value"] == ["*"]
    assert found["providers.one.kind"]["here_from"] is None
    assert "this configuration" in ops.run("settings", "providers.one").stdout


def test_one_table_one_setting_or_only_what_was_set_can_be_asked_for(ops: Ops) -> None:
    assert {one["table"] for one in ops.json("settings", "web")} == {"web"}
    assert [one["key"] for one in ops.json("settings", "store.url")] == ["url"]
    assert "default" not in {one["by"] for one in ops.json("settings", "--set")}
    assert "There is no setting or table wbe; tables are store," in ops.error("settings", "wbe", code=3)


def test_without_a_store_all_but_the_provider_table_is_told(ops: Ops, monkeypatch: Any) -> None:
    monkeypatch.setenv("ORDERCAST_STORE_URL", "redis://127.0.0.1:1/0")
    shown = ops.run("settings", "limits")
    assert shown.exit_code == 0
    assert "limits.max_pending" in shown.stdout
    assert "Without the ledger's provider table: " in shown.stderr
