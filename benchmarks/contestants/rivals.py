"""The same fan-out by two other task queues: huey and dramatiq, each on the same store with its own workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accounts import SECRETS
from benchmarks.contestants import Scene
from benchmarks.processes import ROOT

CONSUMERS = (("thread", 2, 16), ("thread", 2, 8), ("process", 1, 2), ("process", 1, 4), ("process", 1, 8))
"""Huey's ways: what a worker is, consumers, workers of each."""

WORKERS = ((2, 8), (2, 4), (2, 16), (4, 4))
"""Dramatiq's ways: processes, threads of each."""


class _Rival:
    """A fan-out whose messages only its own code can write."""

    uses_store = True
    fanout: str

    def environ(self, scene: Scene) -> Mapping[str, str]:
        return {**SECRETS, "BENCH_CONFIG": str(scene.config), "BENCH_URL": scene.store.url}

    def hand_over(self, scene: Scene, events: Sequence[dict[str, Any]]) -> None:
        heap = scene.scratch / "handed.json"
        heap.write_text(json.dumps(events))
        command = [sys.executable, "-m", "benchmarks.fanouts.send", self.fanout, str(heap)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **self.environ(scene)}, check=True)


class Huey(_Rival):
    """``huey_consumer``, as often as said."""

    fanout = "by_huey"

    def __init__(self, kind: str, consumers: int, workers: int) -> None:
        self.name = f"huey ({consumers} x {workers} {kind})"
        self.consumers = consumers
        self.way = ["-k", kind, "-w", str(workers)]

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        del scene
        consumer = [sys.executable, "-m", "huey.bin.huey_consumer", "benchmarks.fanouts.by_huey.huey", *self.way]
        return [consumer] * self.consumers


class Dramatiq(_Rival):
    """``dramatiq``, once; it makes its own processes."""

    fanout = "by_dramatiq"

    def __init__(self, processes: int, threads: int) -> None:
        self.name = f"dramatiq ({processes} x {threads} threads)"
        self.way = ["--processes", str(processes), "--threads", str(threads)]

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        del scene
        return [[sys.executable, "-m", "dramatiq", "benchmarks.fanouts.by_dramatiq", *self.way]]
