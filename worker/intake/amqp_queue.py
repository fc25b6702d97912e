"""A Celery queue on a broker that acknowledges for real (RabbitMQ), read by the same consumer as on Redis.

The broker keeps what is unacknowledged and gives it to the next reader. The reader's place is a lease in the ledger
here too, so that one order's events keep their order whatever the broker does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from amqp.exceptions import AccessRefused
from celery import Celery
from kombu import Connection, Message
from kombu.transport.pyamqp import Message as PyAMQPMessage

from worker.brokers import broker_errors
from worker.errors import StoreUnreachable
from worker.intake.amqp_topology import FoundQueue, find_queue
from worker.intake.claimed import Gist
from worker.intake.gist import gist_of
from worker.intake.message import AcceptCall, Envelope, read_call
from worker.ledger.redis_queue import ReaderLease, Redeliveries, suspected, together
from worker.ledger.store.client import Store
from worker.log import get as get_logger

ARRIVE_S = 0.05
NEXT_S = 0.002
HEARTBEAT_S = 10

log = get_logger("ordercast.brokerbox")


@dataclass(frozen=True, slots=True)
class AmqpMessage:
    """One unacknowledged message. ``takeovers`` counts the readers that died with it in hand."""

    message: Message = field(repr=False)
    takeovers: int = 0

    @property
    def raw(self) -> bytes:
        body = self.message.body
        return body if isinstance(body, bytes) else str(body).encode()

    @property
    def digest(self) -> str:
        """By what the message is known again: its task id, which stays when the broker gives it once more, and its
        body, since the id is the producer's own word."""
        task_id = str((self.message.headers or {}).get("id", ""))
        return hashlib.sha256(task_id.encode() + b"\0" + self.raw).hexdigest()[:24]

    @property
    def is_strange(self) -> bool:
        """Whether it comes again, and nobody has counted that yet."""
        return not self.takeovers and bool((self.message.delivery_info or {}).get("redelivered"))

    @property
    def envelope(self) -> Envelope:
        message = self.message
        return Envelope(message.content_type, message.headers or {}, self.raw, message.properties or {})

    def read(self) -> AcceptCall:
        """The call in this message. Raises ``InvalidEvent``."""
        return read_call(self.envelope)

    def gist(self) -> Gist:
        """What can be made out of it where it is no call."""
        return gist_of(self.envelope)


class Unopened(PyAMQPMessage):
    """A message as it came. kombu would unpack a compressed one at once, however large it becomes."""

    def __init__(self, msg: Any, channel: Any = None, **options: Any) -> None:
        headers = msg.properties.get("application_headers") or {}
        compression = headers.pop("compression", None)
        super().__init__(msg, channel, **options)
        if compression is not None:
            self.headers["compression"] = compression


class AmqpIntakeQueue:
    """One intake queue as seen by one would-be reader. Holds nothing of its own: what it took is the broker's still."""

    def __init__(self, app: Celery, ledger: Store, queue: str, prefetch: int, *, kind: str = "quorum") -> None:
        self.app = app
        self.lease = ReaderLease(ledger, queue)
        self.takeovers = Redeliveries(ledger, queue)
        self.queue = queue
        self.prefetch = prefetch
        self.kind = kind
        self._connection: Connection | None = None
        self._arrived: list[AmqpMessage] = []
        self._own: set[str] = set()

    def take_over(self) -> list[AmqpMessage]:
        """Begin to read. What the reader before us had in hand comes again from the broker."""
        self.close()
        connection = self.app.connection_for_read(heartbeat=HEARTBEAT_S)
        with self._errors(connection):
            connection.connect()
            self._connection = connection
            found = find_queue(connection, self.queue, self.kind)
            if found.advice:
                log.warning("queue.differs", queue=self.queue, message=found.advice)
            self._consume(connection, found)
        return []

    def take(self, most: int) -> list[AmqpMessage] | None:
        """Up to ``most`` messages, oldest first; ``None`` where we do not read. One that several readers died with
        comes alone."""
        connection = self._connection
        if connection is None:
            return None
        with self._errors(connection):
            connection.heartbeat_check()
            self._gather(connection, most)
        self._arrived[:most] = self._counted(self._arrived[:most])
        taken = self._arrived[: together([message.takeovers for message in self._arrived[:most]])]
        self._arrived = self._arrived[len(taken) :]
        self._own |= {message.digest for message in taken}
        if not taken:
            self.lease.go_on()
        return taken

    def wait(self, wait_s: float) -> None:
        """Nothing to wait for: ``take`` has waited."""

    def drop(self, messages: list[AmqpMessage]) -> bool:
        """Acknowledge what was accepted. False where we do not read any more: then it comes again, as a duplicate."""
        connection = self._connection
        if connection is None:
            return False
        digests = {message.digest for message in messages}
        self.takeovers.forget([message.digest for message in messages if message.takeovers])
        with self._errors(connection):
            for one in messages:
                one.message.ack()
        self._own -= digests
        self.lease.go_on()
        return True

    def close(self) -> None:
        """Stop reading; the broker takes back what was not acknowledged."""
        connection, self._connection, self._arrived = self._connection, None, []
        if connection is not None:
            with suppress(*connection.connection_errors, *connection.channel_errors):
                connection.close()

    def _consume(self, connection: Connection, found: FoundQueue) -> None:
        """Be given what is in the queue. A classic queue would give it to several at once, so that one order's events
        change places when readers do: there we ask to be its only consumer."""
        channel: Any = connection.default_channel
        if connection.transport.driver_type != "amqp":
            consumer = self.app.amqp.TaskConsumer(channel, queues=[found.queue], auto_declare=False)
            consumer.qos(prefetch_count=self.prefetch)
            consumer.on_message = self._arrive
            consumer.consume()
            return
        channel.Message = Unopened
        channel.basic_qos(0, self.prefetch, False)
        arrive = self._arrive
        try:
            channel.basic_consume(
                self.queue,
                callback=lambda raw: arrive(channel.message_to_python(raw)),
                exclusive=not found.queue.queue_arguments,
            )
        except AccessRefused as error:
            raise StoreUnreachable(
                f"The queue {self.queue} has another consumer still; it is read when that one has gone"
                " (rabbitmqctl list_consumers names it)."
            ) from error

    def _gather(self, connection: Connection, most: int) -> None:
        """Wait a moment for the first, then for as long as the next ones come at once."""
        until_s = monotonic() + ARRIVE_S
        wait_s = NEXT_S if self._arrived else ARRIVE_S
        while len(self._arrived) < most and monotonic() <= until_s:
            try:
                connection.drain_events(timeout=wait_s)
            except TimeoutError:
                return
            wait_s = NEXT_S

    def _counted(self, messages: list[AmqpMessage]) -> list[AmqpMessage]:
        """Those that come again, counted as taken over once more; by one reader once, and not where we had them in hand
        ourselves. What a dead reader had only fetched is not counted before its turn comes."""
        again = [
            "" if message.digest in self._own or not message.is_strange else message.digest for message in messages
        ]
        if not any(again):
            return messages
        counts = iter(self.takeovers.count([digest for digest in again if digest]))
        known = [next(counts) if digest else message.takeovers for digest, message in zip(again, messages, strict=True)]
        return [replace(message, takeovers=count) for message, count in zip(messages, suspected(known), strict=True)]

    def _arrive(self, message: Message) -> None:
        self._arrived.append(AmqpMessage(message))

    @contextmanager
    def _errors(self, connection: Connection) -> Iterator[None]:
        """Turns the broker's errors into ours; after one, reading begins anew."""
        try:
            with broker_errors(connection):
                yield
        except StoreUnreachable:
            self._connection, self._arrived = None, []
            connection.collect()  # a broker that is gone cannot be told goodbye
            raise
