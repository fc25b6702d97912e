"""What an adapter is given to do, made of an event and of what is known of its order."""

from __future__ import annotations

from schemas.delivery import Link, delivery_id
from schemas.event import Event
from schemas.order import Order
from worker.providers.base import Job, Provider
from worker.providers.naming import with_name


def job_of(
    provider: Provider, event: Event, link: Link | None, *, known_order: Order | None = None, edit: int = 0
) -> Job:
    """``known_order`` is the order as it was last accepted, for an event that carries none; ``edit`` the number of the
    edit that is sent in place of the event, 0 where none is."""
    config = provider.config
    sent = event if provider.is_log else with_name(event, config.placeholder_name)
    identity = delivery_id(config.name, event.source, event.id)
    return Job(
        delivery_id=identity,
        event=sent,
        key=config.order_key.format(number=event.subject, source=event.source),
        idempotency_key=f"{identity}.{edit}" if edit else identity,
        link=link or Link(),
        order=sent.data.order or known_order,
    )
