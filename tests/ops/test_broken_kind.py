"""A package whose adapter cannot be loaded takes its own kind out of use, and no command, worker or other provider."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.config import Config
from tests.fakes import plugin
from tests.fakes.alerted import lines_of
from tests.fakes.ledger import snapshot
from tests.fakes.ops import Ops
from worker.ledger.provider_rows import Row, read_table
from worker.ledger.provider_table import apply_table
from worker.process import Process
from worker.settings import config_digest, load_settings

BROKEN = [
    pytest.param(plugin.SYNTAX_ERROR, "SyntaxError in {kind}.py line 3", id="a syntax error"),
    pytest.param(plugin.IMPORT_ERROR, "No module named 'no_such_module_of_anybody'", id="a missing module"),
    pytest.param(plugin.EXITS, "SystemExit in {kind}.py line 1", id="an exit"),
    pytest.param(plugin.WITHOUT_SCHEMA, "'options_schema'", id="no schema"),
]
TABLE = '\n[providers.{name}]\nkind = "{kind}"\ntoken = "x"\nsources = ["shop/*"]\n'

Install = Callable[[str], str]


@pytest.fixture
def installed(ops: Ops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs an adapter of this code, configures the provider ``box`` of its kind, and gives the kind's name."""
    made: list[str] = []
    packages = tmp_path / "packages"
    monkeypatch.syspath_prepend(str(packages))

    def install(code: str) -> str:
        kind = f"box{len(made)}{abs(hash(str(tmp_path))) % 10_000}"
        made.append(kind)
        plugin.install(packages, kind, code)
        ops.config.write_text(ops.config.read_text() + TABLE.format(name="box", kind=kind))
        return kind

    yield install
    for kind in made:
        sys.modules.pop(kind, None)


def rows(ops: Ops) -> dict[str, Row]:
    return {row.name: row for row in read_table(ops.ledger.store).rows}


def test_a_kind_from_a_package_is_a_kind_like_any(ops: Ops, installed: Install) -> None:
    installed(plugin.GOOD)
    assert ops.json("providers")[-1]["base_url"] == "https://box.example"
    assert "cannot be used" not in ops.run("status").output


@pytest.mark.parametrize(("code", "place"), BROKEN)
def test_every_command_goes_on_and_says_where_it_is_broken(ops: Ops, installed: Install, code: str, place: str) -> None:
    kind = installed(code)
    ops.bury(snapshot("e1"))
    for words in (["status"], ["dead"], ["deliveries"], ["order", "1001"], ["providers"], ["refusals"]):
        result = ops.run(*words)
        assert result.exit_code == 0, (words, result.output)
    said = ops.run("status").stderr
    assert f"box gets nothing from here. The kind '{kind}' cannot be used: " in said
    assert place.format(kind=kind) in said
    assert "and restart the workers" in said
    assert ops.json("providers")[-1]["broken"] in said


def test_a_provider_whose_kind_is_broken_does_not_count_as_one_that_delivers(ops: Ops, installed: Install) -> None:
    installed(plugin.SYNTAX_ERROR)
    ops.json("check", "--apply", code=1)
    ops.ledger.gates.beat("celery@here")
    assert "2 of 3 providers deliver." in ops.run("status").stderr


def test_a_package_is_named_with_its_version(ops: Ops, installed: Install) -> None:
    kind = installed(plugin.SYNTAX_ERROR)
    assert f"reinstall its package (ordercast-{kind} 1.0)" in ops.run("status").stderr


@pytest.mark.parametrize("code", [plugin.SYNTAX_ERROR, plugin.FAILS_TO_BEGIN])
def test_check_fails_for_that_provider_alone(ops: Ops, installed: Install, code: str) -> None:
    kind = installed(code)
    found = {one["what"]: one for one in ops.json("check", code=1)}
    assert found["provider box"]["level"] == "fail"
    assert f"{kind}.py line" in found["provider box"]["message"]
    assert "Its orders wait meanwhile." in found["provider box"]["message"]
    assert found["configuration"]["message"] == "It can be used, and all credentials of 2 providers are there."


def test_what_an_adapter_says_that_has_seen_its_secrets_is_not_repeated(ops: Ops, installed: Install) -> None:
    kind = installed(plugin.FAILS_TO_BEGIN)
    ops.config.write_text(ops.config.read_text().replace('token = "x"', 'token = "pl4nted-m4rker"'))
    said = ops.run("check", "--json").output + ops.run("vendor", "box", "test").output
    assert f"ValueError in {kind}.py line" in said
    assert "pl4nted" not in said


def test_what_needs_that_provider_says_why_it_cannot_be_had(ops: Ops, installed: Install) -> None:
    installed(plugin.SYNTAX_ERROR)
    assert "providers.box.kind: The kind 'box" in ops.error("vendor", "box", "test", code=78)


def test_the_matrix_says_it_of_the_kind(ops: Ops, installed: Install) -> None:
    kind = installed(plugin.SYNTAX_ERROR)
    cells = [cell for cell in ops.json("providers", "--matrix") if cell["kind"] == kind]
    assert cells
    assert all("SyntaxError" in cell["because"] for cell in cells)


def test_what_is_wrong_beside_the_kind_is_said_too(ops: Ops, installed: Install) -> None:
    installed(plugin.SYNTAX_ERROR)
    ops.config.write_text(ops.config.read_text() + "max_in_flight = 0\n")
    assert "providers.box.max_in_flight" in ops.error("status", code=78)


def parts(ops: Ops, config: Config) -> Process:
    return Process(config, ops.ledger.store.url, ops.ledger.store.url)


@pytest.mark.parametrize("code", [plugin.SYNTAX_ERROR, plugin.FAILS_TO_BEGIN])
def test_a_worker_starts_without_that_kind_and_says_so(
    ops: Ops, installed: Install, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = installed(code)
    made = parts(ops, load_settings(str(ops.config)))
    with lines_of(monkeypatch) as lines:
        assert list(made.providers) == list(made.plans) == ["one", "two"]
        assert list(made.providers) == ["one", "two"]
        [line] = lines.read()
    assert (line["event"], line["level"], line["provider"], line["kind"]) == ("kind.broken", "warning", "box", kind)
    assert f"{kind}.py line" in line["message"]
    with made.place("box") as has_place:
        assert not has_place
    made.store.close()


def test_a_broken_kind_leaves_its_provider_in_the_table_as_it_was(ops: Ops, installed: Install) -> None:
    kind = installed(plugin.GOOD.replace('kind = "{kind}"', 'kind = "{kind}"\n    is_log = True'))
    healthy = load_settings(str(ops.config))
    apply_table(ops.ledger.store, healthy.providers, config_digest(healthy))
    before = rows(ops)["box"]
    assert before.keeps_all
    plugin.install(Path(sys.modules[kind].__file__ or "").parent, kind, plugin.SYNTAX_ERROR)
    del sys.modules[kind]
    broken = load_settings(str(ops.config))
    assert broken.providers["box"].broken
    apply_table(ops.ledger.store, broken.providers, config_digest(broken))
    assert rows(ops)["box"] == before
    assert read_table(ops.ledger.store).digest == config_digest(healthy)


def test_orders_for_a_provider_that_is_new_and_broken_are_taken_in_and_wait(ops: Ops, installed: Install) -> None:
    installed(plugin.SYNTAX_ERROR)
    config = load_settings(str(ops.config))
    apply_table(ops.ledger.store, config.providers, config_digest(config))
    assert rows(ops)["box"].sources == ("shop/*",)
    ops.ledger.accept(snapshot("e1"))
    [waiting] = ops.ledger.deliveries(provider="box")
    assert waiting.state.value == "pending"
