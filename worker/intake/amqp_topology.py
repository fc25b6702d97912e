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
from worker.messages import ACCEPT

CLASSIC: dict[str, Any] = {}
"""What a client declares that cannot give arguments. One node alone keeps it."""

QUORUM = {"x-queue-type": "quorum", "x-single-active-consumer": True}
"""Kept by several nodes where there are several; one consumer at a time, and the next only after what the one before
had not acknowledged: so one order's events keep their order."""

KNOWN: tuple[tuple[dict[str, Any], str], ...] = (
    (QUORUM, "a quorum queue with x-single-active-consumer"),
    ({"x-queue-type": "quorum"}, "a quorum queue without x-single-active-consumer"),
    (CLASSIC, "a classic queue"),
)
"""What a queue may have been made with, and what to call it where that is not what we make."""

_WANTED = {"quorum": QUORUM, "classic": CLASSIC}
_ADVICE = {
    "quorum": (
        "Declare it at the producers with queue_arguments"
        ' {"x-queue-type": "quorum", "x-single-active-consumer": True} (docs/rabbitmq.md), then stop them, let it run'
        " empty, and delete it: it is made anew. For clients that cannot declare arguments, say"
        ' [store] intake_queue_type = "classic" instead.'
    ),
    "classic": (
        'And [store] intake_queue_type is "classic": clients that cannot declare arguments cannot send to it. Stop the'
        ' producers and the workers, let it run empty, delete it, and start them again; or say "quorum".'
    ),
}


@dataclass(frozen=True, slots=True)
class FoundQueue:
    """A queue that is there, and what is to be said of it: nothing where it is as we make it."""

    queue: Queue
    advice: str = ""


def find_queue(connection: Connection, name: str, kind: str = "quorum") -> FoundQueue:
    """The queue, made where there was none as one of this kind: ``quorum`` or ``classic``. Raises ``StoreUnfit`` where
    it is one that may lose events, and the transport's errors."""
    if connection.transport.driver_type != "amqp":
        return FoundQueue(_declared(connection, name, {}))
    wanted = _WANTED[kind]
    for arguments, called in sorted(KNOWN, key=lambda known: known[0] != wanted):
        try:
            queue = _declared(connection, name, arguments)
        except PreconditionFailed:
            continue
        return FoundQueue(queue, "" if arguments == wanted else f"The queue {name} is {called}. {_ADVICE[kind]}")
    raise StoreUnfit(f"The queue {name} at the broker can lose events. {_ADVICE[kind]}")


def is_there(connection: Connection, name: str) -> bool:
    """Whether there is such a queue already."""
    return counted(connection, name) is not None


def counted(connection: Connection, name: str) -> tuple[int, int] | None:
    """How many messages wait in a queue, those in hand left out, and how many consumers it has; ``None`` where there is
    no such queue."""
    with connection.channel() as channel:
        try:
            found: Any = Queue(name).bind(channel).queue_declare(passive=True)
        except NotFound:
            return None
    return found.message_count, found.consumer_count


def first_is_call(connection: Connection, name: str) -> bool:
    """Whether the first message of a queue that nobody consumes is a call of ours. It is put back, marked as given out
    once."""
    opened: Any = connection.channel()  # of py-amqp, which has no types
    with opened as channel:
        message = channel.basic_get(name)
        if message is None:
            return False
        task = (message.properties.get("application_headers") or {}).get("task")
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        return bool(task == ACCEPT or f'"{ACCEPT}"'.encode() in body)


def _declared(connection: Connection, name: str, arguments: dict[str, Any]) -> Queue:
    """On a channel of its own, since a refusal closes it."""
    exchange = Exchange(name, type="direct")
    queue = Queue(name, exchange, routing_key=name, queue_arguments=arguments or None)
    with connection.channel() as channel:
        queue.bind(channel).declare()
    return queue
