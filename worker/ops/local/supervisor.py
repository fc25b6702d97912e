"""Supervised processes of this machine: started, started again when they die, ended warmly, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker.embedded.restarts import Restarts

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What a process is to run: a module as a program, its arguments, and open files that are handed on to it."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    descriptors: tuple[int, ...] = ()


@dataclass
class SupervisedProcess:
    """The process that runs by a specification at present, and its restarts. ``code`` is how the last one ended."""

    spec: ProcessSpec
    process: subprocess.Popen[bytes] | None = None
    restarts: Restarts = field(default_factory=lambda: Restarts(first_s=0.2, cap_s=10.0))
    code: int = 0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def mourn(self, code: int, now_s: float) -> float:
        """Note an end. Gives how long to wait before the next start."""
        self.process, self.code = None, code
        return self.restarts.end(now_s)


class ProcessSupervisor:
    """Processes and what they run by. ``tell`` is told what a person would want to know; ``out`` is where they write.

    Each runs in a process group of its own, so that Ctrl-C reaches nobody but us, and dies with us (``lifeline``).
    """

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        environ: Mapping[str, str],
        tell: Callable[[str], None],
        out: int = 2,
    ) -> None:
        self.members = [SupervisedProcess(spec) for spec in specs]
        self.environ = _importable(environ)
        self.tell = tell
        self.out = out
        self._line, self._held = os.pipe()

    def add(self, specs: Sequence[ProcessSpec]) -> None:
        """Have more processes run, from the next look on."""
        self.members += [SupervisedProcess(spec) for spec in specs]

    def look(self) -> None:
        """Note who has died, and start whoever is due. Returns at once."""
        now_s = time.monotonic()
        for member in self.members:
            if member.process is not None and (code := member.process.poll()) is not None:
                wait_s = member.mourn(code, now_s)
                self.tell(f"{member.spec.name} {_ended(code)}; it is started again{_after(wait_s)}.")
            if member.process is None and now_s >= member.restarts.due_s:
                self._start(member, now_s)

    def signal(self, number: int, *, but: str) -> None:
        """Send a signal to everybody but the process of one name."""
        _signal([member for member in self.members if member.spec.name != but], number)

    def end(
        self, patience_s: float, wait: Callable[[float], None], *, hurry: Callable[[], bool] = lambda: False
    ) -> None:
        """End everybody, the last first: ask, ``wait`` until they have ended, and kill who has not after
        ``patience_s`` seconds, or as soon as ``hurry`` says so."""
        until_s = time.monotonic() + patience_s
        names = [member.spec.name.rstrip("0123456789") for member in self.members]
        for name in reversed(dict.fromkeys(names)):
            group = [m for m, of in zip(self.members, names, strict=True) if of == name]
            _signal(group, signal.SIGTERM)
            while _running(group) and time.monotonic() < until_s and not hurry():
                wait(0.1)
            _signal(group, signal.SIGKILL)
            for member in group:
                if member.process is not None:
                    member.process.wait()
        os.close(self._line)
        os.close(self._held)

    def _start(self, member: SupervisedProcess, now_s: float) -> None:
        spec = member.spec
        command = [sys.executable, "-m", "worker.ops.local.lifeline", str(self._line), spec.module, *spec.arguments]
        member.process = subprocess.Popen(  # noqa: S603  ourselves, arguments as a list
            command,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.out,
            pass_fds=(self._line, *spec.descriptors),
            process_group=0,
        )
        member.restarts.begin(now_s)


def _importable(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with a path to our packages, where they run from a checkout that is not installed."""
    if str(ROOT) in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        return dict(environ)
    paths = [str(ROOT), *filter(None, environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _running(members: Sequence[SupervisedProcess]) -> bool:
    return any(member.process is not None and member.process.poll() is None for member in members)


def _signal(members: Sequence[SupervisedProcess], number: int) -> None:
    for member in members:
        if member.process is not None and member.process.poll() is None:
            member.process.send_signal(number)


def _ended(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"


def _after(wait_s: float) -> str:
    return f" in {wait_s:g} s" if wait_s else ""
