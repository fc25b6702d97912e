"""The intake queue as RabbitMQ knows it: made as it should be, or taken as a producer made it, with what to say of it.

RabbitMQ refuses to declare a queue with other arguments than it has (406 PRECONDITION_FAILED), and a producer in plain
Celery declares a classic one: whoever comes first decides. Arguments of a queue cannot be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amqp.exceptions import NotFound, PreconditionFailed
from kombu import Connection, Exchange, Queue

from worker.errors import StoreUnfit

QUORUM = {"x-queue-type": "quorum", "x-single-active-consumer": True}
"""Kept by several nodes where there are several; one consumer at a time, and the next only after what the one before
had not acknowledged: so one order's events keep their order."""

KNOWN: tuple[tuple[dict[str, Any], str], ...] = (
    (QUORUM, ""),
    ({"x-queue-type": "quorum"}, "a quorum queue without x-single-active-consumer"),
    ({}, "a classic queue"),
)
"""What a queue may have been made with, and what to call it where that is not what we make."""

_ADVICE = (
    "Declare it at the producers with queue_arguments"
    ' {"x-queue-type": "quorum", "x-single-active-consumer": True} (docs/operations.md), then stop them, let it run'
    " empty, and delete it: it is made anew."
)


@dataclass(frozen=True, slots=True)
class Found:
    """A queue that is there, and what is to be said of it: nothing where it is as we make it."""

    queue: Queue
    advice: str = ""


def find_queue(connection: Connection, name: str) -> Found:
    """The queue, made where there was none. Raises ``StoreUnfit`` where it is one that may lose events, and the
    transport's errors."""
    if connection.transport.driver_type != "amqp":
        return Found(_declared(connection, name, {}))
    for arguments, kind in KNOWN:
        try:
            queue = _declared(connection, name, arguments)
        except PreconditionFailed:
            continue
        return Found(queue, f"The queue {name} is {kind}. {_ADVICE}" if kind else "")
    raise StoreUnfit(f"The queue {name} at the broker is none that keeps events for sure. {_ADVICE}")


def is_there(connection: Connection, name: str) -> bool:
    """Whether there is such a queue already."""
    with connection.channel() as channel:
        try:
            Queue(name).bind(channel).queue_declare(passive=True)
        except NotFound:
            return False
    return True


def _declared(connection: Connection, name: str, arguments: dict[str, Any]) -> Queue:
    """On a channel of its own, since a refusal closes it."""
    exchange = Exchange(name, type="direct")
    queue = Queue(name, exchange, routing_key=name, queue_arguments=arguments or None)
    with connection.channel() as channel:
        queue.bind(channel).declare()
    return queue
