"""Hands the events of a file to a fan-out, in a process of its own: ``python -m benchmarks.fanouts.send NAME FILE``.

By its own task, so that the message is what the queue's workers expect. FILE is a JSON array.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    fanout = import_module(f"benchmarks.fanouts.{sys.argv[1]}")
    for event in json.loads(Path(sys.argv[2]).read_bytes()):
        fanout.send(event)


if __name__ == "__main__":
    main()
