"""``python -m tests.fakes.foreman FILE``: a crew of one idler, supervised until somebody kills its foreman."""

from __future__ import annotations

import os
import sys
import threading

from worker.ops.local.supervisor import ProcessSpec, ProcessSupervisor

if __name__ == "__main__":
    crew = ProcessSupervisor([ProcessSpec("idler", "tests.fakes.idler", (sys.argv[1],))], os.environ, print)
    never = threading.Event()
    while True:
        crew.look()
        never.wait(0.05)
