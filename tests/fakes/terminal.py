"""A command on a terminal of its own, as a person at a keyboard has it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from typing import Self

from tests.fakes.program import Program


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
