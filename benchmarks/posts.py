"""What each account is sent of an event: the adapter's own first request, address and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.delivery import delivery_id
from schemas.event import Event
from worker.providers.base import Job, Provider


@dataclass(frozen=True, slots=True)
class Post:
    """One POST as any HTTP client can make it."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def post_of(provider: Provider, event: Event) -> Post:
    """The one call that casts a new order to this account."""
    config = provider.config
    identity = delivery_id(config.name, event.source, event.id)
    job = Job(delivery_id=identity, event=event, key=event.subject, idempotency_key=identity)
    request = next(provider.operation(job).converse())
    return Post(config.base_url + request.path, request.headers, request.body)
