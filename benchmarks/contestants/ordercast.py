"""Ordercast as it is shipped: two worker processes with the default pool, events by a plain Celery producer."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accounts import SECRETS
from benchmarks.contestants import Scene
from benchmarks.contestants.producer import enqueue

PROCESSES = 2


class Ordercast:
    """``celery -A worker worker``, twice."""

    name = "Ordercast"
    uses_store = True

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        del scene
        celery = [sys.executable, "-m", "celery", "-A", "worker", "worker", "--loglevel", "INFO"]
        return [[*celery, "--apply-config", "-n", f"bench{number}@%h"] for number in range(PROCESSES)]

    def environ(self, scene: Scene) -> Mapping[str, str]:
        return {**SECRETS, "ORDERCAST_CONFIG": str(scene.config)}

    def hand_over(self, scene: Scene, events: Sequence[dict[str, Any]]) -> None:
        enqueue(scene.store.celery_url, "ordercast.accept", "ordercast.intake", events)
