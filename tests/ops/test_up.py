"""up: everything on this machine, kept running, ended warmly."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.config_fields import split_url
from tests.fakes.program import Program, document
from tests.fakes.waiting import wait_until
from worker.embedded import resp
from worker.ops.played import Played

EXAMPLES = Path(__file__).parents[1] / "data" / "superstore-sample.jsonl.gz"
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def begun(program: Program, *words: str) -> tuple[subprocess.Popen[str], Any]:
    running = program.started("up", "--json", *words)
    return running, document(running.stdout)


def test_what_dies_comes_back_and_every_order_is_at_every_vendor_exactly_once(program: Program) -> None:
    up, told = begun(program, "--sandbox", "--workers", "2")
    with up:
        assert told["embedded"]
        assert set(told["workers"]) == {"worker1", "worker2"}
        with program.started("enqueue", str(EXAMPLES), "--wait", "--timeout", "120", "--json") as enqueue:
            os.kill(told["workers"]["worker1"], signal.SIGKILL)
            store = Path(split_url(told["store"]).path)
            os.kill(resp.server_pid(store), signal.SIGKILL)
            cast = document(enqueue.stdout)
        assert enqueue.returncode == 0
        assert (cast["accepted"], cast["dead"], cast["unfinished"]) == (100, 0, 0)
        played = Played(told["sandbox"])
        keys = [
            sorted(order["key"] for order in played.orders(kind)) for kind in ("retargeting", "orderdesk", "webhook")
        ]
        assert keys[0] == keys[1] == keys[2]
        assert len(keys[0]) == len(set(keys[0])) == 50
        up.send_signal(signal.SIGTERM)
        _, said = up.communicate(timeout=60)
    assert up.returncode == 0
    assert "worker1 was killed by signal 9; it is started again" in said
    wait_until(lambda: not program.processes())


def test_the_sandbox_stands_beside_what_the_own_file_says_and_its_keys_are_kept_private(program: Program) -> None:
    (program.directory / "ordercast.toml").write_text("[limits]\nmax_pending = 77\n")
    up, told = begun(program, "--sandbox", "--workers", "1")
    with up:
        written = Path(told["config"])
        said = tomllib.loads(written.read_text())
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)
    assert up.returncode == 130
    assert said["limits"] == {"max_pending": 77}
    assert set(said["providers"]) == {"retargeting", "shopscript", "orderdesk", "openbizbox", "webhook"}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in written.parent.iterdir())
    assert "test-orderdesk-key" not in written.read_text()


def test_a_provider_of_ones_own_is_never_mistaken_for_the_sandbox(program: Program) -> None:
    program.environ["KEY"] = "secret-key"
    account = '[providers.retargeting]\nkind = "retargeting"\napi_key = { env = "KEY" }\n'
    (program.directory / "ordercast.toml").write_text(account)
    _, said = program.ran("up", "--sandbox", code=78)
    assert "providers.retargeting: a provider of the sandbox has this name" in said


def test_nothing_is_left_when_up_itself_is_killed(program: Program) -> None:
    up, _ = begun(program, "--sandbox", "--workers", "1")
    with up:
        up.kill()
    wait_until(lambda: not program.processes(), 20)


def test_a_configuration_that_cannot_be_used_starts_nothing(program: Program) -> None:
    (program.directory / "ordercast.toml").write_text("[stroe]\n")
    _, said = program.ran("up", code=78)
    assert "did you mean store" in said
    assert not (program.directory / "var").exists()
