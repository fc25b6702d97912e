"""Task results where Celery's result backend looks for them."""

from __future__ import annotations

from collections.abc import Mapping

from worker.ledger.connection import Store


class Results:
    """Writes results as Celery's Redis backend does. Raises ``StoreUnreachable``; a repeat is safe."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def keep(self, results: Mapping[str, bytes], keep_s: int) -> None:
        """Store each task's result for so many seconds and tell who waits; the first result of a task id stands."""
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for task_id, result in results.items():
                pipe.set(f"celery-task-meta-{task_id}", result, ex=keep_s, nx=True)
                pipe.publish(f"celery-task-meta-{task_id}", result)
            pipe.execute()
