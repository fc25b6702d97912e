"""The fan-out by dramatiq: its default middleware, which retries with backoff, and results kept for a day."""

from __future__ import annotations

from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

from benchmarks.fanouts.work import MAX_RETRIES, PROVIDERS, URL, posted, validated

DAY_MS = 86_400_000

broker = RedisBroker(url=URL)
broker.add_middleware(Results(backend=RedisBackend(url=URL)))
dramatiq.set_broker(broker)


@dramatiq.actor(max_retries=MAX_RETRIES)
def accept(event: dict[str, Any]) -> None:
    """Validate an event and call one delivery for each account."""
    body = validated(event)
    for provider in PROVIDERS:
        deliver.send(provider, body)


@dramatiq.actor(max_retries=MAX_RETRIES, store_results=True, result_ttl=DAY_MS)
def deliver(provider: str, body: str) -> str:
    return posted(provider, body)


def send(event: dict[str, Any]) -> None:
    accept.send(event)
