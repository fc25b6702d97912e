"""A plain Celery fan-out as a competent engineer would write it, with the pool it is given."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accounts import SECRETS
from benchmarks.contestants import Scene
from benchmarks.contestants.producer import enqueue

POOLS = (("prefork", 2, 1), ("prefork", 2, 2), ("prefork", 2, 4), ("threads", 2, 4), ("threads", 2, 16))
"""What is tried before the contest: pool, worker processes, concurrency of each. The fastest runs."""


class Plain:
    """``celery -A benchmarks.fanout worker`` as often as said."""

    uses_store = True

    def __init__(self, pool: str, processes: int, concurrency: int) -> None:
        self.name = f"plain Celery ({processes} x {pool} -c {concurrency})"
        self.pool = pool
        self.processes = processes
        self.concurrency = concurrency

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        del scene
        celery = [sys.executable, "-m", "celery", "-A", "benchmarks.fanout", "worker", "--loglevel", "INFO"]
        sized = [*celery, "--pool", self.pool, "--concurrency", str(self.concurrency)]
        return [[*sized, "-n", f"plain{number}@%h"] for number in range(self.processes)]

    def environ(self, scene: Scene) -> Mapping[str, str]:
        return {**SECRETS, "BENCH_CONFIG": str(scene.config), "BENCH_URL": scene.store.celery_url}

    def hand_over(self, scene: Scene, events: Sequence[dict[str, Any]]) -> None:
        enqueue(scene.store.celery_url, "fanout.accept", "fanout", events)
