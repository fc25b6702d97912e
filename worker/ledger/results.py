"""Task results where Celery's result backend looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from worker.ledger.store.client import Store


class Results:
    """Writes results as Celery's Redis backend does. Raises ``StoreUnreachable``; a repeat is safe."""

    def __init__(self, store: Store) -> None:
        self.store = store.shards[0]
        self._answer = self.store.client.register_script(
            (files("worker.ledger") / "scripts" / "answer.lua").read_text()
        )

    def keep(self, results: Mapping[str, bytes], keep_s: int) -> None:
        """Store each task's result for so many seconds and tell who waits; the first result of a task id stands. One
        round trip, however many there are."""
        with self.store.errors():
            self._answer(keys=[f"celery-task-meta-{task_id}" for task_id in results], args=[keep_s, *results.values()])
