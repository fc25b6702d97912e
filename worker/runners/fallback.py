"""Runners that a worker starts by itself while nobody can be called: the broker is away, or has no memory left.

So a broker apart from the store stops intake alone when it is away, and a store that is full still drains.
"""

from __future__ import annotations

import threading

from celery import Celery

from worker.ledger.store.shards import read_runner_address
from worker.messages import DELIVER


def run_locally(app: Celery, post: str, count: int) -> None:
    """Start so many runners at a provider (``desk``), or at one in a further shard (``desk#2``), each a thread of this
    process; it leaves at once where there is no place.

    A process that shuts down waits for the attempts they have in hand.
    """
    runner = app.tasks[DELIVER]
    for _ in range(count):
        threading.Thread(target=runner.apply, args=(read_runner_address(post),), name="ordercast-stand-in").start()
