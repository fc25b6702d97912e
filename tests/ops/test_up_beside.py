"""Beside `up --sandbox`: other commands of the folder take nothing away, and a hangup has the secrets read again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.ops import SECRET
from tests.fakes.program import Program, document
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.timeout(180)
OWN = """[providers.own]
kind = "webhook"
base_url = "http://127.0.0.1:1/hook"
allow_private = true
secret = { env = "OWN_SECRET" }
"""
VENDORS = {"retargeting", "shopscript", "orderdesk", "openbizbox", "webhook"}


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def begun_as_a_service(program: Program, log: Path, *words: str) -> subprocess.Popen[str]:
    """`up`, with the sandbox unless told otherwise, without a terminal that controls it."""
    command = [sys.executable, "-c", "from worker.ops.cli import main; main()"]
    with log.open("w") as stream:
        return subprocess.Popen(
            [*command, "up", *(words or ("--sandbox",)), "--workers", "1", "--json"],
            cwd=program.directory,
            env=program.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            start_new_session=True,
        )


def test_commands_beside_a_sandbox_remove_nothing_and_name_its_file(program: Program, tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    with begun_as_a_service(program, log) as up:
        config = Path(document(up.stdout)["config"])
        _, told = program.ran("status")
        assert f"`ordercast --config {config} status` looks with that one" in told
        assert "--apply" not in told
        program.ran("check", "--apply", "--yes", code=1)
        assert {row["provider"] for row in program.json("status")["providers"]} == VENDORS
        assert program.ran("--config", str(config), "providers", "diff")[1].startswith("Nothing: ")

        key = config.parent / "orderdesk.api_key"
        stamp = key.stat()
        key.write_text("another-key-as-lon")
        os.utime(key, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        up.send_signal(signal.SIGHUP)
        wait_until(lambda: "secret.reread" in log.read_text(), 20)
        assert "The workers read the secrets again." in log.read_text()
        assert up.poll() is None
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=60)
    assert up.returncode == 0
    assert "is started again" not in log.read_text()


def test_simulated_vendors_go_with_the_sandbox_and_come_back_with_it(program: Program, tmp_path: Path) -> None:
    (tmp_path / "ordercast.toml").write_text(OWN)
    program.environ["OWN_SECRET"] = SECRET
    for words, there in (
        (("--sandbox",), VENDORS | {"own"}),
        (("--verbose",), {"own"}),
        (("--sandbox",), VENDORS | {"own"}),
    ):
        log = tmp_path / "up.log"
        with begun_as_a_service(program, log, *words) as up:
            document(up.stdout)
            rows = {row["provider"] for row in program.json("status")["providers"]}
            up.send_signal(signal.SIGTERM)
            up.communicate(timeout=60)
        assert rows == there, words
        assert ("which `ordercast up --sandbox` simulates" in log.read_text()) == (words == ("--verbose",))
