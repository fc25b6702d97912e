"""``python -m tests.fakes.foreman FILE``: one idler, supervised until somebody kills its supervisor."""

from __future__ import annotations

import os
import sys
import threading

from worker.ops.local.supervisor import ProcessSpec, ProcessSupervisor

if __name__ == "__main__":
    supervisor = ProcessSupervisor([ProcessSpec("idler", "tests.fakes.idler", (sys.argv[1],))], os.environ, print)
    never = threading.Event()
    while True:
        supervisor.look()
        never.wait(0.05)
