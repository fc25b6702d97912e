"""A plain Celery producer: one message for each event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from celery import Celery

from benchmarks.contestants import Contestant, Scene

ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")
"""What workers tell each other in Celery's way: no contestant needs it, and each does without."""

Send = Callable[[dict[str, Any]], object]


@contextmanager
def sender(url: str, task: str, queue: str) -> Iterator[Send]:
    """Something that puts one call for an event on the broker, and returns when the broker has it."""
    app = Celery(broker=url, backend=url, set_as_current=False)
    with app, app.producer_or_acquire() as producer:
        yield lambda event: app.send_task(task, [event], queue=queue, producer=producer)


class Paced(Contestant, Protocol):
    """A contestant that can be given one order after another."""

    def sender(self, scene: Scene) -> AbstractContextManager[Send]:
        """What hands over one event, and returns when the broker has it."""


class ByCelery:
    """A contestant that takes Celery messages: a heap of orders is one after another."""

    def hand_over(self: Paced, scene: Scene, events: Sequence[dict[str, Any]]) -> None:
        with self.sender(scene) as send:
            for event in events:
                send(event)
