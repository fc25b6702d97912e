"""PHP's own web server with a script of ours behind every address: what a vendor's PHP makes of a request."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.waiting import wait_until

PHP = shutil.which("php")
needs_php = pytest.mark.skipif(PHP is None, reason="no php on this machine")


@contextlib.contextmanager
def php_server(script: str, directory: Path) -> Iterator[str]:
    """The URL of a running server, PHP's defaults in force. ``script`` is the code of one request; its working
    directory is ``directory``."""
    (directory / "index.php").write_text(f"<?php\n{script}\n")
    told = directory / "server.log"
    command = [str(PHP), "-n", "-S", "127.0.0.1:0", "index.php"]
    with told.open("wb") as log, subprocess.Popen(command, cwd=directory, stdout=log, stderr=log) as running:
        try:
            started = wait_until(lambda: re.search(r"\((http://127\.0\.0\.1:\d+)\) started", told.read_text()))
            yield started[1]
        finally:
            running.terminate()
