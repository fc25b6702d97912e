"""Groups of worker processes: started, held, let loose, weighed, ended. Linux only: it reads /proc."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
END_S = 20.0
WORDS_CHARS = 1500

_TICKS = os.sysconf("SC_CLK_TCK")
_SESSION, _UTIME, _CSTIME = 3, 11, 14  # fields of /proc/PID/stat after the command's name: proc_pid_stat(5)


class Crew:
    """Processes that work together, each the leader of a session of its own, so that its children are known by it."""

    def __init__(self, leaders: Sequence[subprocess.Popen[bytes]], scratch: Path) -> None:
        self.leaders = leaders
        self.scratch = scratch

    @property
    def pids(self) -> list[int]:
        return [pid for leader in self.leaders for pid in _session_pids(leader.pid)]

    def hold_still(self) -> None:
        self._signal(signal.SIGSTOP)

    def let_loose(self) -> None:
        self._signal(signal.SIGCONT)

    def rss_bytes(self) -> list[int]:
        """Resident memory of each leader with its children; a page that they share counts for each."""
        return [sum(map(_rss_bytes, _session_pids(leader.pid))) for leader in self.leaders]

    def pss_bytes(self) -> int:
        """Memory of all of them; a page that several share counts once."""
        return sum(map(_pss_bytes, self.pids))

    def end(self) -> None:
        """End them warmly, by force after ``END_S`` seconds."""
        self.let_loose()
        for leader in self.leaders:
            leader.terminate()
        for leader in self.leaders:
            with suppress(subprocess.TimeoutExpired):
                leader.wait(END_S)
        self._signal(signal.SIGKILL)
        for leader in self.leaders:
            leader.wait()

    def check(self) -> None:
        """Raises ``RuntimeError`` where one has ended by itself."""
        for leader in self.leaders:
            if leader.poll() is not None:
                raise RuntimeError(f"A worker ended with code {leader.returncode}.\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of each worker's log."""
        logs = sorted(self.scratch.glob("worker-*.log"))
        return "\n".join(f"{log.name}: …{log.read_text(errors='replace')[-WORDS_CHARS:]}" for log in logs)

    def _signal(self, number: int) -> None:
        for leader in self.leaders:
            for pid in _session_pids(leader.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)


@contextmanager
def crew(commands: Sequence[Sequence[str]], environ: Mapping[str, str], scratch: Path) -> Iterator[Crew]:
    """One process for each command, with what it has to say in ``scratch/worker-N.log``."""
    started: list[subprocess.Popen[bytes]] = []
    members = Crew(started, scratch)
    try:
        for number, command in enumerate(commands, start=1):
            with (scratch / f"worker-{number}.log").open("wb") as log:
                started.append(_start(command, environ, log.fileno()))
        yield members
    finally:
        members.end()


def cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds of these processes, and of their children that have ended. One that is gone counts nothing."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        ticks += sum(map(int, fields[_UTIME : _CSTIME + 1])) if fields else 0
    return ticks / _TICKS


def _start(command: Sequence[str], environ: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _session_pids(session: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if (fields := _stat(pid)) and int(fields[_SESSION]) == session]


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(") ")[2].split()


def _rss_bytes(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _pss_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
