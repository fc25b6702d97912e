"""The fan-out by huey: results kept for a day, retries by huey.

Its queue is a list that is popped: whatever a consumer has in hand is lost when it is killed.
"""

from __future__ import annotations

from typing import Any

from huey import RedisExpireHuey

from benchmarks.fanouts.work import MAX_RETRIES, PROVIDERS, URL, posted, validated

DAY_S = 86_400
RETRY_S = 5

huey = RedisExpireHuey("fanout", url=URL, expire_time=DAY_S)


@huey.task()
def accept(event: dict[str, Any]) -> None:
    """Validate an event and call one delivery for each account."""
    body = validated(event)
    for provider in PROVIDERS:
        deliver(provider, body)


@huey.task(retries=MAX_RETRIES, retry_delay=RETRY_S)
def deliver(provider: str, body: str) -> str:
    return posted(provider, body)


def send(event: dict[str, Any]) -> None:
    accept(event)
