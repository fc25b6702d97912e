"""A command on a terminal of its own, as a person at a keyboard has it: every stream is a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from contextlib import suppress
from typing import Self

from tests.fakes.ops import Ops
from tests.fakes.program import Program

PROGRAM = (sys.executable, "-c", "from worker.ops.cli import main; main()")


def on_terminal(ops: Ops, *words: str, typed: bytes = b"", **env: str) -> tuple[int, str]:
    """Its exit code, and all that it showed."""
    ours, theirs = pty.openpty()
    environ = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm", "COLUMNS": "150"} | env
    command = [*PROGRAM, "--config", str(ops.config), *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as running:
        os.close(theirs)
        os.write(ours, typed)
        shown = all_shown(ours)
    return running.returncode, shown


def all_shown(screen: int) -> str:
    """What is written to a terminal until the last of its programs has gone. Closes our side of it."""
    shown = b""
    with suppress(OSError):  # Linux says so when the last of the other side has closed
        while chunk := os.read(screen, 65536):
            shown += chunk
    os.close(screen)
    return shown.decode()


class Terminal:
    """A command in the program's folder with a terminal for all three streams; of words alone, ``ordercast``'s.

    A context manager: at its end the command is gone.
    """

    def __init__(self, program: Program, *words: str, command: list[str] | None = None) -> None:
        self.screen, inner = pty.openpty()
        self.running = subprocess.Popen(
            command or program.command(*words),
            cwd=program.directory,
            env=program.environ,
            stdin=inner,
            stdout=inner,
            stderr=inner,
        )
        os.close(inner)
        self.said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.running.poll() is None:
            self.running.terminate()
        self.running.wait(60)
        os.close(self.screen)

    def until(self, text: str, within_s: float) -> str:
        """All that stands on the screen as soon as this text does. Raises ``AssertionError`` where it never comes."""
        give_up_s = time.monotonic() + within_s
        while text not in self.said:
            if not select.select([self.screen], [], [], max(0.0, give_up_s - time.monotonic()))[0]:
                raise AssertionError(f"{text!r} never came after {self.said!r}")
            try:
                self.said += os.read(self.screen, 4096).decode(errors="replace").replace("\r\n", "\n")
            except OSError as ended:  # the kernel's word for a terminal that nobody has any more
                raise AssertionError(f"{text!r} never came after {self.said!r}") from ended
        return self.said

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.running.send_signal(2)
