"""``python -m tests.fakes.idler FILE``: a process that writes down that it lives, and waits to be ended."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    with Path(sys.argv[1]).open("a") as noted:
        noted.write(f"{os.getpid()}\n")
    while True:
        signal.pause()
