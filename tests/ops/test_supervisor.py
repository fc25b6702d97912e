"""Supervised processes: started again when they die, gone when their foreman is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.waiting import wait_until
from worker.ops.local.signals import Wakeup
from worker.ops.local.supervisor import ROOT, ProcessSpec, ProcessSupervisor, SupervisedProcess

never = threading.Event()


def pids(noted: Path) -> list[int]:
    return [int(line) for line in noted.read_text().split()] if noted.exists() else []


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    return tmp_path / "pids"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(noted: Path, told: list[str]) -> Iterator[ProcessSupervisor]:
    made = ProcessSupervisor([ProcessSpec("idler", "tests.fakes.idler", (str(noted),))], os.environ, told.append)
    made.look()
    wait_until(lambda: pids(noted))
    yield made
    made.end(5, never.wait)


def test_who_is_killed_after_a_long_life_is_replaced_at_once(
    supervisor: ProcessSupervisor, noted: Path, told: list[str]
) -> None:
    supervisor.members[0].restarts.started_s -= 60
    os.kill(pids(noted)[0], signal.SIGKILL)
    wait_until(lambda: supervisor.look() or len(pids(noted)) == 2)
    assert told == ["idler was killed by signal 9; it is started again."]
    assert is_alive(supervisor.members[0].pid)


def test_who_dies_young_again_and_again_is_replaced_later_and_later() -> None:
    member = SupervisedProcess(ProcessSpec("young", "platform"))
    waits = [member.mourn(1, member.restarts.started_s + 1) for _ in range(8)]
    assert waits[:3] == [0.2, 0.4, 0.8]
    assert waits[-1] == 10
    assert member.mourn(1, member.restarts.started_s + 60) == 0


def test_who_is_not_due_is_not_started(told: list[str]) -> None:
    supervisor = ProcessSupervisor([ProcessSpec("young", "platform")], os.environ, told.append, out=subprocess.DEVNULL)
    wait_until(lambda: supervisor.look() or told)
    assert told == ["young ended with code 0; it is started again in 0.2 s."]
    assert supervisor.members[0].pid is None
    supervisor.end(1, never.wait)


def test_who_ends_when_asked_is_not_waited_for(noted: Path) -> None:
    supervisor = ProcessSupervisor(
        [ProcessSpec(f"idler{n}", "tests.fakes.idler", (str(noted),)) for n in (1, 2)], os.environ, print
    )
    supervisor.look()
    wait_until(lambda: len(pids(noted)) == 2)
    supervisor.end(60, never.wait)
    assert not any(map(is_alive, pids(noted)))


def test_who_does_not_end_is_killed_when_patience_is_over(noted: Path) -> None:
    supervisor = ProcessSupervisor([ProcessSpec("idler", "tests.fakes.idler", (str(noted),))], os.environ, print)
    supervisor.look()
    [pid] = wait_until(lambda: pids(noted))
    os.kill(pid, signal.SIGSTOP)  # a stopped process hears no SIGTERM
    supervisor.end(0.2, never.wait)
    assert not is_alive(pid)


def test_a_hurry_does_not_wait_for_the_patience_to_end(noted: Path) -> None:
    supervisor = ProcessSupervisor([ProcessSpec("idler", "tests.fakes.idler", (str(noted),))], os.environ, print)
    supervisor.look()
    [pid] = wait_until(lambda: pids(noted))
    os.kill(pid, signal.SIGSTOP)
    supervisor.end(3600, never.wait, hurry=lambda: True)
    assert not is_alive(pid)


def test_a_crew_dies_with_its_foreman_however_he_dies(noted: Path) -> None:
    with subprocess.Popen([sys.executable, "-m", "tests.fakes.foreman", str(noted)], cwd=ROOT) as foreman:
        [pid] = wait_until(lambda: pids(noted))
        assert is_alive(pid)
        foreman.kill()
    wait_until(lambda: not is_alive(pid))


def test_an_alarm_wakes_at_a_signal_and_leaves_things_as_they_were() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Wakeup() as alarm:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        alarm.wait(60)
        assert (alarm.asked, alarm.times) == (signal.SIGTERM, 1)
    assert signal.getsignal(signal.SIGTERM) is before
