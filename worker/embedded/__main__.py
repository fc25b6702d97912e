"""``python -m worker.embedded DIRECTORY LOCK``: a supervisor in the background. Started by ``worker.embedded.hold``.

LOCK is the number of an inherited descriptor that holds ``supervisor.lock``; standard input is the line to the starter.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from worker.embedded.supervisor import supervise


def main() -> int:
    directory, lock = Path(sys.argv[1]), int(sys.argv[2])
    # A grandchild is nobody's zombie: the starter may live for days after the store has ended.
    if os.fork():
        return 0
    os.set_inheritable(lock, False)
    return supervise(directory, socket.socket(fileno=0))


if __name__ == "__main__":
    sys.exit(main())
