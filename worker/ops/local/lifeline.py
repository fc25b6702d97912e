"""``python -m worker.ops.local.lifeline LINE MODULE [ARGUMENT]…``: a module run as a program that ends with its parent.

LINE is the number of an inherited descriptor: the reading end of a pipe whose other end only the parent holds. When the
parent is gone, however it went, the pipe ends, and this process is killed. The kernel's own way (PR_SET_PDEATHSIG) is
Linux's alone and watches a thread, not a process; the pipe is the same everywhere.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    line, module = int(sys.argv[1]), sys.argv[2]
    threading.Thread(target=die_after, args=(line,), name="bound", daemon=True).start()
    sys.argv[:] = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def die_after(line: int) -> None:
    """Wait for the end of the pipe, then kill this process. What it had in hand is the ledger's to find."""
    while os.read(line, 1):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
