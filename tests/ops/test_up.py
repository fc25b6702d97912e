"""up: everything on this machine, kept running, ended warmly."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from schemas.config_fields import split_url
from tests.fakes.program import Program, document
from tests.fakes.terminal import Terminal
from tests.fakes.waiting import wait_until
from worker.embedded import place, resp
from worker.ops.demo.sandbox_client import SandboxClient

EXAMPLES = Path(__file__).parents[1] / "data" / "superstore-sample.jsonl.gz"
FIRST = Path(__file__).parents[1] / "data" / "first-order.json"
pytestmark = [pytest.mark.timeout(180), pytest.mark.alone]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


@contextmanager
def sure_to_end(running: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that a failing test does not wait for."""
    with running:
        try:
            yield running
        except BaseException:
            running.kill()
            raise


def begun(program: Program, *words: str) -> tuple[subprocess.Popen[str], Any]:
    running = program.started("up", "--json", *words)
    return running, document(running.stdout)


def test_what_dies_comes_back_and_every_order_is_at_every_vendor_exactly_once(program: Program) -> None:
    up, told = begun(program, "--sandbox", "--workers", "2")
    with sure_to_end(up):
        assert told["embedded"]
        assert set(told["workers"]) == {"worker1", "worker2"}
        program.environ["ORDERCAST_CONFIG"] = told["config"]
        with program.started("enqueue", str(EXAMPLES), "--wait", "--timeout", "120", "--json") as enqueue:
            os.kill(told["workers"]["worker1"], signal.SIGKILL)
            store = Path(split_url(told["store"]).path)
            os.kill(resp.server_pid(store, place.password(store.parent)), signal.SIGKILL)
            cast = document(enqueue.stdout)
        assert enqueue.returncode == 0
        assert (cast["accepted"], cast["dead"], cast["unfinished"]) == (100, 0, 0)
        played = SandboxClient(told["sandbox"])
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
    with sure_to_end(up):
        written = Path(told["config"])
        said = tomllib.loads(written.read_text())
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)
    assert up.returncode == 130
    assert said["limits"] == {"max_pending": 77}
    assert set(said["providers"]) == {"retargeting", "shopscript", "orderdesk", "openbizbox", "webhook"}
    files = [written, *written.parent.glob("*.*_*"), written.parent / "port", written.parent / place.PASSWORD]
    assert len(files) == 9
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert "test-orderdesk-key" not in written.read_text()


def test_nothing_is_left_when_up_itself_is_killed(program: Program) -> None:
    up, _ = begun(program, "--sandbox", "--workers", "1")
    with sure_to_end(up):
        up.kill()
    wait_until(lambda: not program.processes(), 20)


def test_a_configuration_that_cannot_be_used_starts_nothing(program: Program) -> None:
    (program.directory / "ordercast.toml").write_text("[stroe]\n")
    _, said = program.ran("up", code=78)
    assert "did you mean store" in said
    assert not (program.directory / "var").exists()


@pytest.mark.parametrize(("words", "directory"), [((), "var"), (("--sandbox",), "var/sandbox")])
def test_a_second_up_of_the_same_kind_in_the_folder_says_so_and_changes_nothing(
    program: Program, words: tuple[str, ...], directory: str
) -> None:
    up, told = begun(program, *words, "--workers", "1")
    with sure_to_end(up):
        data = program.directory / directory
        kept = [data / name for name in ("up.env", "store.password", "store.listen")]
        kept += [Path(told["config"])] if words else []
        before = [file.read_bytes() for file in kept]
        known = ("--config", told["config"]) if words else ()
        table = program.json(*known, "status")["providers"]
        _, said = program.ran("up", *words, "--workers", "1", code=1)
        assert f"ordercast up already runs here (process {up.pid}, with its data in {data})" in said
        assert f"kill {up.pid}" in said
        assert program.json(*known, "status")["providers"] == table
        assert [file.read_bytes() for file in kept] == before
        assert not words or SandboxClient(told["sandbox"]).is_up()
        up.terminate()
        up.communicate(timeout=60)
    assert up.returncode == 0


def test_another_up_runs_in_another_folder_at_the_same_time(program: Program, tmp_path: Path) -> None:
    other = Program(tmp_path / "other")
    other.directory.mkdir()
    (first, one), (second, two) = (
        begun(program, "--sandbox", "--workers", "1"),
        begun(other, "--sandbox", "--workers", "1"),
    )
    with sure_to_end(first), sure_to_end(second):
        assert one["sandbox"] != two["sandbox"]
        assert one["listen"] != two["listen"]
        for up in (first, second):
            up.terminate()
            up.communicate(timeout=60)


def test_on_a_terminal_up_says_what_it_does_and_prints_the_lines_that_another_one_needs(program: Program) -> None:
    with Terminal(program, "up", "--sandbox", "--workers", "1") as terminal:
        said = terminal.until("Everything runs.", 60)
        assert "Starting the store in var/sandbox" in said
        assert "Starting 1 worker:" in said
        assert "worker1 is ready." in said
        assert "test-orderdesk-key" in said
        [broker] = re.findall(r"^ *export BROKER=(redis://:\S+@127\.0\.0\.1:\d+/0)$", said, re.MULTILINE)
        [config] = re.findall(r"^ *export ORDERCAST_CONFIG=(\S+)$", said, re.MULTILINE)
        assert Path(config).is_file()
        assert "curl" not in said  # nothing listens for it yet
        with redis.Redis.from_url(broker) as client:
            assert client.ping()
        terminal.interrupt()
        terminal.until("Ended.", 60)
        assert terminal.running.wait(60) == 130


def test_in_a_log_the_password_is_not_printed_but_the_file_that_has_it_is_named(program: Program) -> None:
    with sure_to_end(program.started("up", "--workers", "1")) as up:
        said = ""
        while "Everything runs" not in said:
            said += up.stdout.readline()
        file = program.directory / "var" / "up.env"
        assert f". {file}" in said
        password = place.password(program.directory / "var")
        assert password
        assert password in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        said += "".join(program.ran("status", "--json") + program.ran("check"))
        up.terminate()
        out, err = up.communicate(timeout=60)
    assert password not in said + out + err
    assert not [path for path in (program.directory / "var").glob("*.log") if password in path.read_text()]
    assert "Ended." in err
    assert not file.exists()


def test_a_port_that_another_program_has_is_told_in_one_sentence_and_nothing_stays(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        program.environ["ORDERCAST_STORE_LISTEN"] = f"127.0.0.1:{other.getsockname()[1]}"
        _, said = program.ran("up", "--workers", "1", code=69)
    assert "cannot listen at 127.0.0.1:" in said
    assert "[store] listen" in said
    assert "Traceback" not in said
    wait_until(lambda: not program.processes())


def test_the_lines_that_up_gives_hold_in_every_folder(program: Program, tmp_path: Path) -> None:
    elsewhere = Program(tmp_path / "elsewhere")
    elsewhere.directory.mkdir()
    (program.directory / "ordercast.toml").write_text("[limits]\nmax_pending = 77\n")
    up, told = begun(program, "--sandbox", "--workers", "1")
    with sure_to_end(up):
        elsewhere.environ["ORDERCAST_CONFIG"] = told["config"]
        assert elsewhere.json("status")["store"]["url"] == told["store"]
        assert tomllib.loads(Path(told["config"]).read_text())["limits"] == {"max_pending": 77}
        assert not (elsewhere.directory / "var").exists()
        up.terminate()
        up.communicate(timeout=60)


def test_where_listening_is_off_celery_is_given_the_socket(program: Program) -> None:
    program.environ["ORDERCAST_STORE_LISTEN"] = "off"
    up, told = begun(program, "--workers", "1")
    with sure_to_end(up):
        assert told["listen"] is None
        assert Path(told["exports"]).read_text().startswith("export BROKER=redis+socket:///")
        assert not (program.directory / "var" / place.PASSWORD).exists()
        up.terminate()
        up.communicate(timeout=60)


def test_up_starts_again_in_a_shell_that_still_names_the_configuration_of_its_last_sandbox(program: Program) -> None:
    up, told = begun(program, "--sandbox", "--workers", "1")
    with sure_to_end(up):
        up.terminate()
        up.communicate(timeout=60)
    program.environ["ORDERCAST_CONFIG"] = told["config"]
    again, later = begun(program, "--sandbox", "--workers", "1")
    with sure_to_end(again):
        assert later["sandbox"] == told["sandbox"]
        assert later["listen"] == told["listen"]
        again.terminate()
        again.communicate(timeout=60)


def test_the_first_order_after_a_look_at_the_empty_store_goes_at_once(program: Program) -> None:
    """A look starts the embedded store and ends it, so that `up` finds it restarted."""
    first, told = begun(program, "--sandbox", "--workers", "1")
    with sure_to_end(first):
        first.terminate()
        first.communicate(timeout=60)
    program.environ["ORDERCAST_CONFIG"] = told["config"]
    program.ran("status")
    up, told = begun(program, "--sandbox", "--workers", "1")
    with sure_to_end(up):
        assert program.json("enqueue", str(FIRST), "--wait", "--timeout", "30")["delivered"] == 5
        asked = [f"{call['method']} {call['path']}" for call in SandboxClient(told["sandbox"]).calls("orderdesk")]
        assert asked[0] == "POST /api/v2/orders", "what may be there already would be looked for first"
        up.terminate()
        up.communicate(timeout=60)


def test_with_a_store_of_its_own_address_and_a_folder_that_takes_nothing_up_runs_all_the_same(
    program: Program, clean_store: str, tmp_path: Path
) -> None:
    (program.directory / "var").write_text("no directory")
    own = tmp_path / "own.toml"
    own.write_text("")
    program.environ["ORDERCAST_STORE_URL"] = clean_store
    up, told = begun(program, "--workers", "1", "--config", str(own))
    with sure_to_end(up):
        assert (told["embedded"], told["listen"], told["exports"]) == (False, None, None)
        up.terminate()
        up.communicate(timeout=60)
    assert up.returncode == 0
