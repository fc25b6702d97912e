"""The command line as a process of its own, in a directory of its own, with nothing of this environment's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from worker.ops.local.supervisor import ROOT


class Program:
    """``ordercast`` in a directory. ``started`` is running; ``ran`` has ended."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERCAST_", "CELERY_"))}
        kept.pop("REDIS_URL", None)
        # No desk but where a test asks for one: they would all want the same port.
        self.environ = {**kept, "PYTHONPATH": str(ROOT), "ORDERCAST_WEB_LISTEN": "off"}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from worker.ops.cli import main; main()", *words]

    def started(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words),
            cwd=self.directory,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ran(self, *words: str, code: int = 0, within_s: float = 100) -> tuple[str, str]:
        """Standard output and standard error."""
        with self.started(*words) as running:
            out, err = running.communicate(timeout=within_s)
        assert running.returncode == code, (running.returncode, out, err)
        return out, err

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.ran(*words, "--json", code=code)[0])

    def processes(self) -> list[int]:
        """Every process that has to do with the directory, by its command line."""
        found = []
        for one in Path("/proc").glob("[0-9]*"):
            try:
                told = (one / "cmdline").read_bytes() + b"\0" + os.fsencode((one / "cwd").readlink())
            except OSError:
                continue
            if os.fsencode(self.directory) in told:
                found.append(int(one.name))
        return found


def document(stream: Any) -> Any:
    """One JSON document over many lines from a stream that stays open: up to the line that closes it."""
    text = ""
    while line := stream.readline():
        text += line
        if line.rstrip() in ("}", "]"):
            return json.loads(text)
    raise AssertionError(f"the stream ended after {text!r}")
