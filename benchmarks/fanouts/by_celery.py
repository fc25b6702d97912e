"""The fan-out by plain Celery: ``acks_late``, Celery's retries with backoff, results kept by its defaults."""

from __future__ import annotations

from typing import Any

import requests
from celery import Celery

from benchmarks.fanouts.work import MAX_RETRIES, PROVIDERS, URL, posted, validated

app = Celery("fanout", broker=URL, backend=URL)
app.conf.update(task_default_queue="fanout", broker_connection_retry_on_startup=True)


@app.task(name="fanout.accept", acks_late=True)
def accept(event: dict[str, Any]) -> None:
    """Validate an event and call one delivery for each account."""
    body = validated(event)
    for provider in PROVIDERS:
        deliver.delay(provider, body)


@app.task(
    name="fanout.deliver",
    acks_late=True,
    autoretry_for=(requests.RequestException,),
    retry_backoff=True,
    max_retries=MAX_RETRIES,
)
def deliver(provider: str, body: str) -> str:
    return posted(provider, body)
