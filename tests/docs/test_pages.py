"""The pages for users: short, linked, and with no command that does not exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from schemas.outcome import Reason
from tests.fakes.ledger import snapshot
from tests.fakes.ops import Ops
from tests.fakes.pages import DOCS, anchors, ordercast_commands, page, section, targets
from worker.ops.cli import cli
from worker.ops.local.supervisor import ROOT

PAGES = [
    "quick-start",
    "going-live",
    "runbook",
    "maintenance",
    "settings",
    "event-reference",
    "producers",
    "logs-and-json",
    "rehearsal",
]
TYPED = sorted({shlex.join(words) for name in PAGES for words in ordercast_commands(page(name))})
LASTING = re.compile(r"(?:up|demo|sandbox|vendor)\b|status --watch")
"""What a test cannot run by the way: what goes on, and what asks a vendor. It is only parsed."""
LOGGED = re.compile(r"""(?:log\.(?:info|warning|error|critical)|repeats\.tell)\(\s*"([a-z]+\.[a-z]+)\"""")
GATES = {"gate.tripped", "gate.held", "gate.opened", "gate.paused", "loop.recovered"}


def log_events(pattern: re.Pattern[str] = LOGGED) -> set[str]:
    """Every event that the code logs under a name of its own."""
    code = [path.read_text() for room in ("worker", "tasks") for path in (ROOT / room).rglob("*.py")]
    return {event for text in code for event in pattern.findall(text)} | GATES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_short_and_says_first_whom_it_is_for(name: str) -> None:
    lines = page(name).splitlines()
    assert len(lines) < 250
    assert lines[0].startswith("# ")
    assert lines[2].startswith("For ")
    assert max(map(len, [line for line in lines if not line.startswith(("|", '{"specversion"'))])) <= 130


@pytest.mark.parametrize("path", [*DOCS.rglob("*.md"), *ROOT.glob("*.md")], ids=lambda path: path.stem)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    for target, anchor in targets(path.read_text(encoding="utf-8")):
        file = path.parent / target if target else path
        assert file.exists(), target
        assert not anchor or file.suffix != ".md" or anchor in anchors(file), f"{target}#{anchor}"


def test_the_readme_lists_every_page() -> None:
    assert all(f"](docs/{name}.md)" in (ROOT / "README.md").read_text() for name in PAGES)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, with those behind it. Raises ``click.UsageError`` where there is none."""
    context = click.Context(cli)
    _, rest = cli.make_parser(context).parse_args(args=list(words))[:2]
    _, command, rest = cli.resolve_command(context, rest)
    assert command is not None
    if isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(context, rest[0])
        assert inner is not None, rest[0]
        return inner, rest[1:]
    return command, rest


@pytest.mark.parametrize("line", TYPED)
def test_every_command_and_option_of_the_pages_exists(line: str) -> None:
    command, rest = command_of(shlex.split(line))
    command.make_parser(click.Context(command)).parse_args(args=rest)


def test_a_command_or_an_option_that_does_not_exist_is_seen() -> None:
    for line in ("refill desk", "status --colour", "providers add desk"):
        with pytest.raises((click.UsageError, AssertionError)):
            test_every_command_and_option_of_the_pages_exists(line)


@pytest.fixture
def scene(ops: Ops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """A ledger with a dead letter and a refusal, a file with an event; and what stands for the pages' placeholders."""
    [dead] = ops.bury(snapshot("e1"))
    monkeypatch.chdir(tmp_path)
    ops.run("enqueue", "-", typed="{}")
    (tmp_path / "order.json").write_text(ops.run("event", dead).stdout)
    [refused] = ops.json("refusals")
    names = dict.fromkeys(["NAME", "orderdesk", "desk", "hook", "webhook"], "one")
    files = dict.fromkeys(["FILE", "orders.jsonl", "monday.jsonl", "order.json"], "order.json")
    return names | files | {"ID": dead, "NUMBER": "1001", "2001": "1001", "r12": refused["id"], "TEXT": "a test"}


def answered_words(scene: dict[str, str], line: str) -> list[str]:
    """The line with this ledger's names, and with what a person answers at a terminal: yes, and a file from the editor."""
    words = [scene.get(word, word) for word in shlex.split(line)]
    words = [scene["ID"] if re.fullmatch(r"d(?=\w*\d)[a-z2-7]{7}", word) else word for word in words]
    if words[0] in ("replay", "discard") and not {"--yes", "--dry-run"} & {*words}:
        words.append("--yes")
    if "--edit" in words and words[words.index("--edit") + 1] != "order.json":
        words.insert(words.index("--edit") + 1, "order.json")
    return [*words, "--timeout", "0"] if "--wait" in words else words


@pytest.mark.parametrize("line", [line for line in TYPED if " " in line and not LASTING.match(line)])
def test_every_command_of_the_pages_runs(ops: Ops, scene: dict[str, str], line: str) -> None:
    ran = CliRunner().invoke(cli, ["--config", str(ops.config), *answered_words(scene, line)])
    assert ran.exit_code in {0, 1, 3, 4, 5, 69}, ran.output  # 69: the store of these tests keeps nothing on disk
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.output


def test_the_runbook_has_one_line_for_each_reason() -> None:
    reasons = section(page("runbook"), "Every reason")
    rows = re.findall(r"^\| `([a-z_]+)` \|", reasons, re.MULTILINE)
    unused = re.search(r"^(`paused`.*?) are in the list", reasons, re.MULTILINE)
    assert unused is not None
    assert sorted([*rows, *re.findall(r"`(\w+)`", unused[1])]) == sorted(Reason)


def test_the_runbook_leads_from_every_warning_to_what_to_do() -> None:
    lines = section(page("runbook"), "Log lines")
    warned = re.compile(LOGGED.pattern.replace("info|", ""))
    assert set(re.findall(r"`([a-z]+\.[a-z]+)`", lines)) == log_events(warned)
