"""`up --sandbox` is a world of its own: nothing it took reaches a provider of one's own, nor the other way round."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.program import Program, document
from tests.fakes.waiting import wait_until
from worker.embedded import place
from worker.ops.demo.sandbox_client import SandboxClient
from worker.ops.local.supervisor import ROOT
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox
from worker.sandbox.webhook import SECRET

pytestmark = [pytest.mark.timeout(180), pytest.mark.alone]
OWN = """[providers.webhook]
kind = "webhook"
base_url = "{url}"
allow_private = true
secret = {{ env = "OWN_SECRET" }}
"""
VENDORS = {"retargeting", "shopscript", "orderdesk", "openbizbox", "webhook"}
FIRST = ROOT / "tests" / "data" / "first-order.json"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def real() -> Iterator[Sandbox]:
    """The vendor behind the user's own provider."""
    vendor = Sandbox(load_vendors()).start()
    yield vendor
    vendor.stop()


@contextmanager
def up(program: Program, log: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """`up` without a terminal that controls it, and what it told; it has ended well afterwards."""
    with (
        log.open("w") as stream,
        subprocess.Popen(
            program.command("up", *words, "--workers", "1", "--json"),
            cwd=program.directory,
            env=program.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            start_new_session=True,
        ) as running,
    ):
        try:
            yield running, document(running.stdout)
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=60)
    assert running.returncode == 0


def order(number: str, tmp_path: Path) -> str:
    """A file with an order of this number."""
    event = json.loads(FIRST.read_text())
    event |= {"id": f"event-{number}", "subject": number}
    event["data"]["order"]["number"] = number
    file = tmp_path / f"order-{number}.json"
    file.write_text(json.dumps(event))
    return str(file)


def keys(orders: list[dict[str, Any]]) -> list[str]:
    return [one["key"] for one in orders]


def providers(program: Program, *words: str) -> set[str]:
    return {row["provider"] for row in program.json(*words, "status")["providers"]}


def test_commands_beside_a_sandbox_take_nothing_from_it_and_say_how_to_reach_it(
    program: Program, tmp_path: Path
) -> None:
    log = tmp_path / "up.log"
    with up(program, log, "--sandbox") as (running, told):
        config = Path(told["config"])
        _, said = program.ran("status")
        assert "For the sandbox that runs in this folder: `. var/sandbox/up.env`." in said
        assert "so nothing was applied" in program.ran("check", "--apply", "--yes", code=78)[1]
        assert providers(program, "--config", str(config)) == VENDORS
        _, said = program.ran("--config", str(config), "providers", "diff")
        assert said.startswith("Nothing: ")
        assert "up.env" not in said

        key = config.parent / "orderdesk.api_key"
        stamp = key.stat()
        key.write_text("another-key-as-lon")
        os.utime(key, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        running.send_signal(signal.SIGHUP)
        wait_until(lambda: "secret.reread" in log.read_text(), 20)
        assert "The workers read the secrets again." in log.read_text()
        assert running.poll() is None
    assert "is started again" not in log.read_text()


def test_what_waits_in_a_sandbox_is_never_tried_at_a_provider_of_the_same_name(
    program: Program, real: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "ordercast.toml").write_text(OWN.format(url=real.base_url("webhook")))
    program.environ["OWN_SECRET"] = SECRET
    with up(program, tmp_path / "sandbox.log", "--sandbox") as (_, told):
        sandbox = ("--config", told["config"])
        program.ran(*sandbox, "pause", "webhook", "--why", "a trial")
        program.ran(*sandbox, "enqueue", order("1", tmp_path))
        wait_until(lambda: keys(SandboxClient(told["sandbox"]).orders("orderdesk")) == ["1"], 20)
    assert "Your own providers (webhook) get nothing from the sandbox." in (tmp_path / "sandbox.log").read_text()

    with up(program, tmp_path / "own.log"):
        assert providers(program) == {"webhook"}
        assert program.json("enqueue", order("2", tmp_path), "--wait", "--timeout", "30")["delivered"] == 1
        with up(program, tmp_path / "sandbox.log", "--sandbox") as (_, told):  # beside it, in the same folder
            program.ran(*sandbox, "resume", "webhook", "--why", "the trial goes on")
            wait_until(lambda: keys(SandboxClient(told["sandbox"]).orders("webhook")) == ["1"], 20)
    assert keys(real.vendor("webhook").orders()) == ["2"]


def test_a_file_with_providers_whose_secrets_are_not_there_is_no_obstacle_to_a_sandbox(
    program: Program, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "ordercast.example.toml", tmp_path / "ordercast.toml")
    with up(program, tmp_path / "up.log", "--sandbox") as (_, told):
        assert providers(program, "--config", told["config"]) == VENDORS
    said = (tmp_path / "up.log").read_text()
    assert "Your own providers (desk, retargeting, shop, box, hook) get nothing from the sandbox." in said


@pytest.mark.parametrize("where", ["the file", "a variable", "a variable of others"])
def test_a_store_that_is_configured_counts_nothing_in_a_sandbox(program: Program, tmp_path: Path, where: str) -> None:
    away = "redis://127.0.0.1:1/0"
    if where == "the file":
        lines = f'[store]\nurl = "{away}"\ndir = "elsewhere"\nlisten = "off"\n[limits]\nmax_pending = 77\n'
        (tmp_path / "ordercast.toml").write_text(lines)
    elif where == "a variable":
        program.environ |= {
            "ORDERCAST_STORE_URL": away,
            "ORDERCAST_STORE_DIR": "elsewhere",
            "ORDERCAST_STORE_LISTEN": "off",
        }
    else:
        program.environ |= {"REDIS_URL": away, "CELERY_BROKER_URL": away}
    with up(program, tmp_path / "up.log", "--sandbox") as (_, told):
        assert told["embedded"]
        assert told["listen"]
        assert told["exports"] == str(tmp_path / "var" / "sandbox" / "up.env")
        again = program.json("--config", told["config"], "enqueue", str(FIRST), "--wait", "--timeout", "30")
        assert again["delivered"] == len(VENDORS)
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "var" / place.PASSWORD).exists()


def test_a_plain_up_never_runs_on_the_store_of_the_sandbox(program: Program, tmp_path: Path) -> None:
    with up(program, tmp_path / "up.log", "--sandbox") as (_, told):
        pass
    _, said = program.ran("--config", told["config"], "up", code=78)
    assert "is the sandbox's: `unset ORDERCAST_CONFIG` for your own, or say --sandbox" in said
    (tmp_path / "ordercast.toml").write_text('[store]\ndir = "var/sandbox"\n')
    _, said = program.ran("up", code=78)
    assert "store.dir: var/sandbox is where `ordercast up --sandbox` keeps its data; name another" in said


def test_a_folder_in_which_a_sandbox_can_write_nothing_is_told_in_one_sentence(
    program: Program, tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("no directory")
    _, said = program.ran("up", "--sandbox", code=69)
    assert f"The data directory {tmp_path / 'var' / 'sandbox'} cannot be written: Not a directory" in said
    assert "Traceback" not in said
