"""How every command speaks, whatever it does."""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from schemas.json_schema import event_json_schema
from tests.fakes.ledger import snapshot
from tests.fakes.terminal import PROGRAM, on_terminal
from tests.fakes.waiting import wait_until
from worker.ops.cli import COMMANDS, cli

ELSEWHERE = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
MINE = [
    "status", "order", "deliveries", "dead", "refusals", "replay", "discard", "pause", "resume", "link", "vendor",
    "providers", "schema",
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_in_the_list_is_there_and_says_what_it_does(name):
    module, _ = COMMANDS[name]
    command = getattr(importlib.import_module(f"worker.ops.cli.{module}"), name)
    assert isinstance(command, click.Command)
    helped = CliRunner().invoke(cli, [name, "--help"])
    assert helped.exit_code == 0
    assert helped.stdout.splitlines()[2].strip()


def test_help_lists_every_command_and_imports_none():
    looked = (
        "import sys; from worker.ops.cli import cli; cli(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert not any(f"'{heavy}'" in shown for heavy in ("celery", "rich", "requests", "redis", "marshmallow"))


@pytest.mark.parametrize("name", MINE)
def test_json_is_everywhere(name):
    helped = CliRunner().invoke(cli, [name, "--help"]).stdout
    assert "--json " in helped
    assert "--jsonl " in helped


def test_an_unknown_command_or_option_is_exit_2_in_words_or_json(ops):
    assert "There is no command 'throw'; known are demo, up," in ops.error("throw", code=2)
    assert "There is no command 'stats'; did you mean status?" in ops.error("stats", code=2)
    failed = ops.run("deliveries", "--stat", "dead", "--json")
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert json.loads(failed.stderr)["error"]["reason"] == "usage"


def test_a_bad_configuration_is_exit_78_and_lists_every_problem(ops):
    ops.config.write_text("[store]\ncolour = 1\n[webb]\n")
    said = ops.error("deliveries", code=78)
    assert "store.colour" in said
    assert "webb" in said
    assert json.loads(ops.run("status", "--json").stderr)["error"]["reason"] == "config"


@pytest.mark.parametrize(
    "words",
    [
        ("status",), ("order", "1"), ("deliveries",), ("dead",), ("dead", "--group"), ("refusals",),
        ("replay", "dx", "--yes", "--why", "x"), ("discard", "--state", "dead", "--yes", "--why", "x"),
        ("pause", "one", "--why", "x"), ("resume", "one", "--why", "x"), ("link", "one", "1"),
    ],
)  # fmt: skip
def test_a_store_that_is_away_is_exit_69_without_a_traceback(ops, words):
    ops.config.write_text(ops.config.read_text().replace("unix://", "unix:///nowhere"))
    assert ops.error(*words, code=69).startswith("Error: The store at unix:///nowhere")
    failed = ops.run(*words, "--json")
    assert json.loads(failed.stderr.splitlines()[-1])["error"]["reason"] == "store_unreachable"


def test_the_schema_needs_neither_configuration_nor_store(tmp_path):
    printed = subprocess.run([*PROGRAM, "schema"], cwd=tmp_path, env=ELSEWHERE, capture_output=True, check=True).stdout
    assert json.loads(printed) == event_json_schema()
    assert not list(tmp_path.iterdir())


def test_without_a_store_address_the_embedded_store_runs_for_the_command_alone(tmp_path):
    ran = subprocess.run([*PROGRAM, "status", "--json"], cwd=tmp_path, env=ELSEWHERE, capture_output=True, check=True)
    assert json.loads(ran.stdout)["store"]["embedded"] is True
    assert not (tmp_path / "var" / "store.sock").exists()


def test_ctrl_c_ends_a_replay_between_two_and_reports_what_was_done(ops):
    dead = ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    words = [
        "--config",
        str(ops.config),
        "replay",
        "--state",
        "dead",
        "--rate",
        "0.001",
        "--yes",
        "--why",
        "x",
        "--json",
    ]
    with subprocess.Popen([*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        wait_until(lambda: ops.ledger.states(provider="one", state="pending"))
        running.send_signal(signal.SIGINT)
        answer, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert json.loads(answer) == {
        "matched": 2, "done": 1, "failed": 0, "dry_run": False,
        "results": [{"id": dead[0], "result": "replayed", "message": ""}], "job": "j1",
    }  # fmt: skip
    assert json.loads(said)["error"] == {"reason": "interrupted", "message": "Interrupted after 1 of 2."}
    assert ops.ledger.states(provider="one") == {"e1": "pending", "f1": "dead"}


def test_on_a_terminal_a_replay_counts_and_asks(ops):
    ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    code, shown = on_terminal(ops, "replay", "--state", "dead", "--why", "x", typed=b"n\n")
    assert "Replay 2 deliveries? [y/N]" in shown
    assert "Nothing was done." in shown
    assert code == 1
    assert ops.ledger.states(provider="one") == {"e1": "dead", "f1": "dead"}
    code, shown = on_terminal(ops, "replay", "--state", "dead", "--why", "x", typed=b"y\n")
    assert "2 matched, 2 done, 0 failed." in shown
    assert code == 0


def test_on_a_terminal_lists_are_tables_with_colours_unless_no_color_is_set(ops):
    [dead] = ops.bury(snapshot("e1"))
    _, coloured = on_terminal(ops, "deliveries")
    assert dead[:8] in coloured
    assert "\x1b[1;31mdead" in coloured
    _, plain = on_terminal(ops, "deliveries", NO_COLOR="")
    assert "\x1b[1;31m" not in plain
    assert dead[:8] in plain


def test_a_command_passes_over_what_was_loaded_for_it():
    gc.unfreeze()
    try:
        assert cli.get_command(click.Context(cli), "deliveries").name == "deliveries"
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_a_word_that_is_no_text_is_named_and_no_store_is_blamed(ops):
    said = ops.error("pause", "one", "--why", "caf\udcff", code=2)
    assert "b'caf\\xff' is not UTF-8: type it again." in said
    assert ops.json("log") == []
