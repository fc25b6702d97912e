"""The command line on a terminal of its own, where somebody answers what it asks."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.fakes.waiting import wait_until


def answered(config: Path, answer: str, *words: str) -> str:
    """What a command says; the answer is typed as soon as it asks."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    heard = bytearray()

    def hear() -> bytes:
        with suppress(OSError):  # nothing there yet, or everything said
            heard.extend(os.read(ours, 65_536))
        return bytes(heard)

    command = [sys.executable, "-c", "from worker.ops.cli import main; main()", "--config", str(config), *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        wait_until(lambda: b"?" in hear() or running.poll() is not None, 20)
        os.write(ours, f"{answer}\n".encode())
        wait_until(lambda: hear() and running.poll() is not None, 30)
    hear()
    os.close(ours)
    return heard.decode()
