"""A plain Celery fan-out as a competent engineer would write it, with the pool it is given."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from benchmarks.accounts import SECRETS
from benchmarks.contestants import Scene
from benchmarks.contestants.producer import ALONE, ByCelery, Send, sender

POOLS = (("prefork", 2, 4), ("prefork", 2, 1), ("prefork", 2, 2), ("threads", 2, 4), ("threads", 2, 16))
"""Its ways: pool, worker processes, concurrency of each."""


class Plain(ByCelery):
    """``celery -A benchmarks.fanouts.by_celery worker`` as often as said."""

    uses_store = True

    def __init__(self, pool: str, processes: int, concurrency: int) -> None:
        self.name = f"plain Celery ({processes} x {pool} -c {concurrency})"
        self.pool = pool
        self.processes = processes
        self.concurrency = concurrency

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        del scene
        celery = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "benchmarks.fanouts.by_celery",
            "worker",
            "--loglevel",
            "INFO",
            *ALONE,
        ]
        sized = [*celery, "--pool", self.pool, "--concurrency", str(self.concurrency)]
        return [[*sized, "-n", f"plain{number}@%h"] for number in range(self.processes)]

    def environ(self, scene: Scene) -> Mapping[str, str]:
        return {**SECRETS, "BENCH_CONFIG": str(scene.config), "BENCH_URL": scene.store.celery_url}

    def sender(self, scene: Scene) -> AbstractContextManager[Send]:
        return sender(scene.store.celery_url, "fanout.accept", "fanout")
