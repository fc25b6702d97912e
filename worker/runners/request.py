"""A call of a runner as a worker has received it: it may be lost, and so nobody answers for it to the broker.

Celery acknowledges when a thread takes the task. On Redis that costs as much as all the rest of a call, and where the
connection was lost meanwhile kombu 5.7 fails on the channel that is closed, and the worker ends with it.
"""

from __future__ import annotations

from typing import Any

from celery import Task
from celery.worker.request import Request


class UnackedTask(Task[Any, Any]):
    """A task whose calls are received so."""

    Request = "worker.runners.request:UnackedRequest"


class UnackedRequest(Request):
    """Celery's request, but for its answers to the broker."""

    def acknowledge(self) -> None:
        self.acknowledged = True

    def reject(self, requeue: bool = False) -> None:  # noqa: ARG002  Celery's signature
        self.acknowledged = True
