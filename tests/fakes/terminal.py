"""A command on a terminal of its own, with every stream a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.fakes.ops import Ops

PROGRAM = (sys.executable, "-c", "from worker.ops.cli import main; main()")


def on_terminal(ops: Ops, *words: str, typed: bytes = b"", **env: str) -> tuple[int, str]:
    """Its exit code, and all that it showed."""
    ours, theirs = pty.openpty()
    environ = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm", "COLUMNS": "150"} | env
    command = [*PROGRAM, "--config", str(ops.config), *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as running:
        os.close(theirs)
        os.write(ours, typed)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # Linux says so when the last of the other side has closed
            pass
    os.close(ours)
    return running.returncode, shown.decode()
