"""README.md as a newcomer follows it: what it says to type is typed, in two terminals and an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.fakes.program import Program
from tests.fakes.terminal import Terminal
from tests.fakes.waiting import wait_until
from worker.ops.cli import cli
from worker.ops.local.supervisor import ROOT

README = (ROOT / "README.md").read_text()
ORDERS = (ROOT / "examples" / "orders.jsonl").read_text()
pytestmark = [pytest.mark.timeout(120), pytest.mark.alone]


def blocks(heading: str, language: str) -> list[str]:
    """The code blocks of this language below a heading, in their order."""
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Program]:
    """A folder in which Ordercast is installed, and nothing else. At the end nothing runs there."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    program = Program(tmp_path)
    yield program
    for pid in program.processes():
        os.kill(pid, signal.SIGKILL)


def typed(folder: Program, lines: str) -> str:
    """What a shell answers to these lines, which all succeed."""
    shell = subprocess.run(
        ["sh", "-e"],
        input=lines,
        cwd=folder.directory,
        env=folder.environ,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert shell.returncode == 0, (lines, shell.stdout, shell.stderr)
    return shell.stdout


def test_the_first_order_goes_from_the_second_terminal_to_every_simulated_vendor(folder: Program) -> None:
    [first, paste] = blocks("Try it", "sh")
    [snippet] = blocks("Send it orders", "python")
    [second] = blocks("Send it orders", "sh")
    assert first.split() == [".venv/bin/ordercast", "up", "--sandbox"]
    assert "Save this as `send.py`" in README
    (folder.directory / "send.py").write_text(snippet)
    with Terminal(folder, command=["sh", "-c", f"exec {first}"]) as terminal:
        said = terminal.until("Everything runs.", 60)
        printed = "".join(f"{line.strip()}\n" for line in said.splitlines() if line.strip().startswith("export "))
        assert printed == (folder.directory / "var" / "sandbox" / "up.env").read_text()
        for lines in (paste, printed):
            answers = typed(folder, lines + second)
            assert re.search(r"^(accepted|duplicate) \['d[a-z2-7]{25}', ", answers, re.MULTILINE)
            assert "2001" in answers
        (folder.directory / "wrong.py").write_text(snippet.replace('"EUR"', '"EURO"'))
        assert typed(folder, f"{paste}.venv/bin/python wrong.py").startswith(
            "refused [{'path': 'data.order.currency', "
        )
        table = re.findall(r"\| `(ordercast [^`]+)`", README)
        plain = [
            f".venv/bin/{line}"
            for line in table
            if not re.search(r"--why|vendor|link|resume|--fail-on|(?:event|rehearse) d3", line)
        ]
        assert len(plain) == 12
        typed(folder, paste + "\n".join(plain))
        wait_until(
            lambda: typed(folder, f"{paste}.venv/bin/ordercast deliveries --json").count('"delivered"') == 5, 20, 1
        )
        producer = f'.venv/bin/python {ROOT / "examples" / "producer.py"} "$BROKER"'
        assert typed(folder, f"{paste}{producer}").count("accepted ") == len(ORDERS.splitlines())
        terminal.interrupt()
        terminal.until("Ended.", 30)


def test_the_lines_for_ones_own_accounts_start_what_they_say(folder: Program) -> None:
    [block] = blocks("Run it", "")
    copies, checks, starts = [line.partition("#")[0].strip() for line in block.splitlines()]
    assert checks == ".venv/bin/ordercast check"  # it asks the vendors themselves, which a test must not
    shutil.copy(ROOT / "ordercast.example.toml", folder.directory)
    typed(folder, copies)
    missing = subprocess.run(
        ["sh", "-c", starts],
        cwd=folder.directory,
        env=folder.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert missing.returncode == 78
    names = re.findall(r'^[a-z_]+ = { env = "([A-Z_]+)"', (ROOT / "ordercast.example.toml").read_text(), re.MULTILINE)
    assert all(name in missing.stderr for name in names)
    folder.environ |= dict.fromkeys(names, "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")
    with Terminal(folder, command=["sh", "-c", f"exec {starts}"]) as terminal:
        said = terminal.until("Everything runs.", 60)
        assert "export BROKER=redis://:" in said
        terminal.interrupt()
        terminal.until("Ended.", 30)


def test_every_command_that_the_readme_names_is_one() -> None:
    named = set(re.findall(r"`ordercast ([a-z]+)", README)) | set(re.findall(r"bin/ordercast ([a-z]+)", README))
    assert named
    assert named <= set(cli.list_commands(click.Context(cli)))
