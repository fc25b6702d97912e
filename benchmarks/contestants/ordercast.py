"""Ordercast as it is shipped: two worker processes with the default pool, events by a plain Celery producer."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from benchmarks.accounts import SECRETS
from benchmarks.contestants import Scene
from benchmarks.contestants.producer import ALONE, ByCelery, Send, sender

PROCESSES = 2
DEFAULT_THREADS = 32


class Ordercast(ByCelery):
    """``celery -A worker worker``, twice; with ``threads`` more of them in each than the default."""

    uses_store = True

    def __init__(self, threads: int = DEFAULT_THREADS) -> None:
        self.name = "Ordercast" if threads == DEFAULT_THREADS else f"Ordercast (2 x -c {threads})"
        self.threads = threads

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        del scene
        celery = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "worker",
            "worker",
            "--loglevel",
            "INFO",
            "--apply-config",
            *ALONE,
        ]
        sized = celery if self.threads == DEFAULT_THREADS else [*celery, "-c", str(self.threads)]
        return [[*sized, "-n", f"bench{number}@%h"] for number in range(PROCESSES)]

    def environ(self, scene: Scene) -> Mapping[str, str]:
        return {**SECRETS, "ORDERCAST_CONFIG": str(scene.config)}

    def sender(self, scene: Scene) -> AbstractContextManager[Send]:
        return sender(scene.store.celery_url, "ordercast.accept", "ordercast.intake")
