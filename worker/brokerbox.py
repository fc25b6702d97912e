"""A Celery queue on a broker that acknowledges for real (RabbitMQ), read by the same step as the letterbox on Redis.

The broker keeps what is unacknowledged and gives it to the next reader. The reader's place is a lease in the ledger
here too, so that one order's events keep their order whatever the broker does.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

from celery import Celery
from kombu import Connection, Message
from kombu.exceptions import OperationalError

from worker.envelope import Call, no_call, read_call
from worker.errors import StoreUnreachable
from worker.ledger.connection import Store, shown
from worker.ledger.mailbox import Seat

DRAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class BrokerLetter:
    """One unacknowledged message. ``takeovers`` counts how often it was given to a reader before."""

    message: Message = field(repr=False)

    @property
    def raw(self) -> bytes:
        body = self.message.body
        return body if isinstance(body, bytes) else str(body).encode()

    @property
    def takeovers(self) -> int:
        headers = self.message.headers or {}
        return int(headers.get("x-delivery-count", 0))

    def read(self) -> Call:
        """The call in this message. Raises ``InvalidEvent``."""
        if self.message.content_type != "application/json":
            raise no_call("send it as application/json (task_serializer = 'json')")
        return read_call(self.message.headers or {}, self.raw)


class BrokerBox:
    """One intake queue as seen by one would-be reader. Holds nothing of its own: what it took is the broker's still."""

    def __init__(self, app: Celery, ledger: Store, queue: str, prefetch: int) -> None:
        self.app = app
        self.seat = Seat(ledger, queue)
        self.queue = queue
        self.prefetch = prefetch
        self._connection: Connection | None = None
        self._arrived: list[BrokerLetter] = []

    def take_over(self) -> list[BrokerLetter]:
        """Begin to read. What the reader before us had in hand comes again from the broker."""
        self.close()
        with self._errors():
            self._connection = self.app.connection_for_read()
            consumer = self.app.amqp.TaskConsumer(
                self._connection.default_channel, queues=[self.app.amqp.queues[self.queue]]
            )
            consumer.qos(prefetch_count=self.prefetch)
            consumer.on_message = self._arrive
            consumer.consume()
        return []

    def take(self, most: int) -> list[BrokerLetter] | None:
        """Up to ``most`` messages, oldest first; ``None`` where we do not read."""
        if self._connection is None:
            return None
        with self._errors():
            while len(self._arrived) < most:
                try:
                    self._connection.drain_events(timeout=DRAIN_S)
                except TimeoutError:
                    break
        taken, self._arrived = self._arrived[:most], self._arrived[most:]
        return taken

    def drop(self, letters: list[BrokerLetter]) -> bool:
        """Acknowledge what was accepted. False where we do not read any more: then it comes again, as a duplicate."""
        if self._connection is None:
            return False
        with self._errors():
            for letter in letters:
                letter.message.ack()
        return True

    def close(self) -> None:
        """Stop reading; the broker takes back what was not acknowledged."""
        connection, self._connection, self._arrived = self._connection, None, []
        if connection is not None:
            connection.close()

    def _arrive(self, message: Message) -> None:
        self._arrived.append(BrokerLetter(message))

    def _errors(self) -> Any:
        return _BrokerErrors(self)


class _BrokerErrors:
    """Turns the broker's errors into ours; after one, reading begins anew."""

    def __init__(self, box: BrokerBox) -> None:
        self.box = box

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (OperationalError, OSError)) and not isinstance(error, socket.timeout):
            self.box.close()
            place = shown(self.box.app.conf.broker_url or "")
            raise StoreUnreachable(f"The broker at {place} does not answer: {error}") from error
