"""What Celery says in a worker's log of a broker that is away, in our words."""

from __future__ import annotations

import logging

from celery import Celery
from celery.worker.consumer.consumer import CONNECTION_ERROR  # type: ignore[attr-defined]  # celery-types lacks it

from worker.brokers import told


class Reworded(logging.Filter):
    """Celery names the address twice, and the user. It is told as often as Celery says it."""

    def __init__(self, app: Celery) -> None:
        super().__init__()
        self.app = app

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg == CONNECTION_ERROR and isinstance(record.args, tuple):
            match record.args:
                case (_, Exception() as error, then):
                    record.msg, record.args = "%s %s", (told(error, self.app), str(then).strip())
        return True
