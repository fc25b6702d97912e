"""Processes that work together are started, weighed, held still and ended; one that ends by itself is told of."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.processes import cpu_s, crew
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="they are weighed by /proc")

BUSY = "import itertools, os; os.fork(); print('ready', flush=True); sum(0 for _ in itertools.count())"


def state(pid: int) -> str:
    """A letter, as in proc_pid_stat(5); empty where there is no such process any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return ""


def is_stopped(pid: int) -> bool:
    return state(pid) == "T"


def has_ended(pid: int) -> bool:
    return state(pid) in ("", "Z")


def test_a_process_and_its_child_are_weighed_held_and_ended(tmp_path: Path) -> None:
    with crew([[sys.executable, "-c", BUSY]], {}, tmp_path) as members:
        wait_until(lambda: members.last_words().count("ready") == 2)
        pids = members.pids
        assert len(pids) == 2
        members.hold_still()
        wait_until(lambda: all(map(is_stopped, pids)))
        held_s = cpu_s(pids)
        assert sum(members.rss_bytes()) > members.pss_bytes() > 1_000_000
        members.let_loose()
        wait_until(lambda: cpu_s(pids) > held_s)
    wait_until(lambda: all(map(has_ended, pids)))


def test_one_that_ended_by_itself_is_told_of_with_its_last_words(tmp_path: Path) -> None:
    with crew([[sys.executable, "-c", "raise SystemExit('no order today')"]], {}, tmp_path) as members:
        wait_until(lambda: members.leaders[0].poll() is not None)
        with pytest.raises(RuntimeError, match="no order today"):
            members.check()


def test_a_process_that_is_gone_has_used_nothing() -> None:
    assert cpu_s([2**22 + 1]) == 0
    assert cpu_s([os.getpid()]) > 0
