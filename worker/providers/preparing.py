"""An event as its adapter is given it: the job, and the operation that it comes to."""

from __future__ import annotations

from schemas.delivery import Link, delivery_id
from schemas.event import Event
from schemas.healing import HEALS, without_heal
from schemas.order import Order
from schemas.outcome import OutcomeKind, Reason
from worker.providers.base import Job, Operation, Provider, nothing_to_send
from worker.providers.conversation import operation_of
from worker.providers.naming import with_name


def job_of(
    provider: Provider, event: Event, link: Link | None, *, known_order: Order | None = None, edit: int = 0
) -> Job:
    """``known_order`` is the order as it was last accepted, for an event that carries none; ``edit`` the number of the
    edit that is sent in place of the event, 0 where none is."""
    config = provider.config
    sent = event if provider.is_log else with_name(event, config.placeholder_name)
    identity = delivery_id(config.name, event.source, event.id)
    known = link or Link()
    return Job(
        delivery_id=identity,
        event=sent,
        key=config.order_key.format(number=event.subject, source=event.source),
        idempotency_key=f"{identity}.{edit}" if edit else identity,
        link=without_heal(known),
        order=sent.data.order or known_order,
        heals=event.is_snapshot and HEALS in known.notes,
    )


def prepared(
    provider: Provider, event: Event, *, edit: int, link: Link | None, known_order: Order | None, owner: str
) -> tuple[Job, Operation]:
    """The job of one event, and its operation. ``owner`` is the source that its key belongs to there: another's event
    is refused. The rest as ``job_of`` takes it."""
    job = job_of(provider, event, link, known_order=known_order, edit=edit)
    if owner != event.source:
        message = _CONFLICT.format(number=event.subject, owner=owner)
        return job, nothing_to_send(OutcomeKind.REJECTED, Reason.SOURCE_CONFLICT, message)
    return job, operation_of(provider, job)


_CONFLICT = (
    "The key of order {number} belongs to {owner} here: put {{source}} into order_key, or separate the accounts."
)
