"""A plain Celery producer: one message for each event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import Celery


def enqueue(url: str, task: str, queue: str, events: Sequence[dict[str, Any]]) -> None:
    """Put one call for each event on the broker. Returns when the broker has all of them."""
    app = Celery(broker=url, backend=url, set_as_current=False)
    with app, app.producer_or_acquire() as producer:
        for event in events:
            app.send_task(task, [event], queue=queue, producer=producer)
