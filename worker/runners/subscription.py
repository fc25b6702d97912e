"""Which providers' queues a running worker reads: changed while it works, in the consumer's own thread."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from schemas.address import Address
from worker.brokers import queues
from worker.messages import deliver_queue


class Subscription:
    """The queues of one worker. A consumer that has no connection at the moment begins with what is selected."""

    def __init__(self, worker: Any, broker: Address) -> None:
        self.worker = worker
        self.broker = broker

    def change(self, come: Collection[str], gone: Collection[str]) -> None:
        """Read the queues of providers that have come, and no more those of providers that have gone. Calls in hand
        are carried out."""
        consumer, selected = self.worker.consumer, self.worker.app.amqp.queues
        for queue in queues(map(deliver_queue, come), self.broker):
            selected.select_add(queue)
            consumer.call_soon(_when_connected, consumer, "add_task_queue", queue.name)
        for name in map(deliver_queue, gone):
            selected.deselect(name)
            consumer.call_soon(_when_connected, consumer, "cancel_task_queue", name)


def _when_connected(consumer: Any, verb: str, queue: str) -> None:
    if consumer.task_consumer is not None:
        getattr(consumer, verb)(queue)
